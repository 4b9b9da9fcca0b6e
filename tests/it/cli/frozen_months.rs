//! Frozen months, which only endpoints on other machines have.

use std::fs;

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_local_aws::{Answer, Fault, World};
use serde_json::Value;

use crate::support::command::{CommandOutput, Machine};
use crate::support::dates::closed_month;
use crate::wire::support::sdk_clients;

/// The Plans table of the sample account.
const PLANS_TABLE: &str = "ApiStack-TieredAPIPlans4C7E21B9-1QK3V8ZT5MW0R";

fn machine_with_remote_aws() -> Machine {
    Machine::with_remote_aws(World::Sample)
}

fn report(machine: &Machine, flags: &str) -> CommandOutput {
    machine.run(&format!("report --month {} -o json {flags}", closed_month().strftime("%Y-%m")))
}

/// The flat price of globex for BasicPlan.
fn price(output: &CommandOutput) -> Value {
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
    let of_globex = report.as_array().into_iter().flatten().find(|charges| charges["tenant"] == "globex");
    let plans = of_globex.and_then(|charges| charges["plans"].as_array()).into_iter().flatten();
    let price = plans.into_iter().find(|line| line["plan"] == "BasicPlan").map(|line| line["price"].clone());
    price.unwrap_or_else(|| panic!("{}{}", output.stdout, output.stderr))
}

/// Writes the price of BasicPlan, as another program may.
#[tokio::main(flavor = "current_thread")]
async fn set_price(machine: &Machine, price: &str) {
    let (gateway, dynamodb) = sdk_clients(&machine.aws().endpoint());
    let plans = gateway.get_usage_plans().send().await.expect("plans");
    let basic = plans.items().iter().find(|plan| plan.name() == Some("BasicPlan")).and_then(|plan| plan.id());
    let request = dynamodb.update_item().table_name(PLANS_TABLE);
    let request = request.key("id", AttributeValue::S(basic.expect("the plan").to_owned()));
    let request = request.update_expression("SET price = :price");
    let request = request.expression_attribute_values(":price", AttributeValue::S(price.to_owned()));
    request.send().await.expect("the price is written");
}

#[test]
fn a_frozen_month_belongs_to_its_endpoint_account_and_region_and_keeps_its_figures() {
    let machine = machine_with_remote_aws();
    let first = report(&machine, "");
    assert!(first.status == 0 && first.stderr.contains(", frozen at "), "{}", first.stderr);
    set_price(&machine, "59");
    let again = report(&machine, "");
    assert_eq!(price(&again), 49, "{}", again.stderr);
    assert!(again.stderr.contains("difference: globex in BasicPlan: frozen as 49"), "{}", again.stderr);

    let other_endpoint = machine.with_env("AWS_ENDPOINT_URL", "http://other.example:4566");
    assert_eq!(price(&report(&other_endpoint, "")), 59);
    let machine = other_endpoint.with_env("AWS_ENDPOINT_URL", "http://aws.example:4566");
    assert_eq!(price(&report(&machine, "")), 49);
    let other_region = machine.with_env("AWS_REGION", "eu-west-1");
    assert_eq!(price(&report(&other_region, "")), 59);
    let machine = other_region.with_env("AWS_REGION", "us-east-1");
    let caller = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:root</Arn>\
                  </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let other_account = Answer::Body { status: 200, body: caller.to_owned() };
    machine.aws().faults().script(Fault::on("GetCallerIdentity", other_account).always());
    assert_eq!(price(&report(&machine, "")), 59);
    machine.aws().faults().clear();
    let refrozen = report(&machine, "--refreeze");
    assert!(price(&refrozen) == 59 && !refrozen.stderr.contains("difference:"), "{}", refrozen.stderr);
}

#[test]
fn figures_with_gaps_are_not_frozen_and_the_frozen_ones_are_shown_instead() {
    let machine = machine_with_remote_aws();
    let denied = Fault::on("GetUsage", Answer::AccessDenied { action: None });
    machine.aws().faults().script(denied.times(1));
    let unread = report(&machine, "");
    assert_eq!(unread.status, 1, "{}", unread.stderr);
    assert!(unread.stderr.contains("the month is not frozen: the usage of"), "{}", unread.stderr);
    set_price(&machine, "$199");
    let unpriced = report(&machine, "");
    assert_eq!(unpriced.status, 1, "{}", unpriced.stderr);
    for words in ["the month is not frozen: the price of BasicPlan cannot be read", ", not frozen"] {
        assert!(unpriced.stderr.contains(words), "{words}: {}", unpriced.stderr);
    }
    set_price(&machine, "49");
    let log = machine.path("access.log");
    fs::write(&log, "GET /pets 200\n").expect("written");
    let unreadable = report(&machine, &format!("--access-log {}", log.display()));
    assert!(unreadable.status == 1 && unreadable.stdout.is_empty(), "{}", unreadable.stderr);
    set_price(&machine, "48");
    let frozen = report(&machine, "");
    assert!(price(&frozen) == 48 && frozen.stderr.contains(", frozen at "), "{}", frozen.stderr);
    set_price(&machine, "199,90");
    let shown = report(&machine, "");
    assert_eq!((shown.status, price(&shown)), (0, 48.into()), "{}", shown.stderr);
    assert!(shown.stderr.contains("could not be compared with the current ones"), "{}", shown.stderr);
}
