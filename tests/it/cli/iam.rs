//! `keypool iam`: the minimal IAM policy.

use keypool_local_aws::World;
use serde_json::Value;

use crate::support::command::Machine;

#[test]
fn the_policy_names_region_account_and_tables() {
    let machine = Machine::with_local_aws(World::Sample);
    let output = machine.run("iam --mode operator --region cn-north-1");
    assert_eq!(output.status, 0, "{}", output.stderr);
    let policy: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(policy["Version"], "2012-10-17");
    for part in [
        "\"arn:aws-cn:apigateway:cn-north-1::/usageplans/*/keys\"",
        "\"arn:aws-cn:dynamodb:cn-north-1:000000000000:table/ApiStack-TieredAPIKeys9A05D3F6-X2C6PLH74JB1\"",
        "\"dynamodb:ConditionCheckItem\"",
    ] {
        assert!(output.stdout.contains(part), "{part}: {}", output.stdout);
    }
    assert!(!output.stdout.contains("CreateTable"), "{}", output.stdout);
}

#[test]
fn the_read_only_policy_warns_that_tables_hold_values() {
    let machine = Machine::with_local_aws(World::Sample);
    let by_default = machine.run("iam --mode read-only -o csv");
    assert!(by_default.stdout.contains("Deny,apigateway:GET,arn:aws:apigateway:"), "{}", by_default.stdout);
    assert!(by_default.stderr.contains("contain values too"), "{}", by_default.stderr);
    let including_values = machine.run("iam --mode read-only --include-values -o csv");
    assert!(!including_values.stdout.contains("Deny"), "{}", including_values.stdout);
    assert_eq!(machine.run("iam --mode king").status, 2);
}
