//! `keypool doctor`: output, fixes and exit statuses.

use keypool_local_aws::{Answer, Fault, World};

use crate::support::command::Machine;
use crate::support::writes::write_operations;

#[test]
fn the_exit_status_tells_findings_from_failures() {
    let consistent = Machine::with_local_aws(World::Sample);
    assert_eq!(consistent.json("doctor"), serde_json::json!([]));
    let drifted = Machine::with_local_aws(World::SampleDrifted);
    let output = drifted.run("doctor");
    assert_eq!((output.status, output.stderr.as_str()), (1, ""), "findings are printed to standard output");
    assert!(output.stdout.contains("pool-key-disabled"), "{}", output.stdout);
    drifted.aws().faults().script(Fault::on("GetUsagePlans", Answer::AccessDenied { action: None }).always());
    let denied = drifted.run("doctor");
    assert_eq!(denied.status, 2);
    assert!(denied.stderr.contains("could not be checked") && denied.stderr.contains("apigateway:GET"));
}

#[test]
fn a_check_that_could_not_read_everything_is_unfinished() {
    let machine = Machine::with_local_aws(World::Sample);
    machine.aws().faults().script(Fault::on("GetRestApi", Answer::AccessDenied { action: None }).always());
    let unfinished = machine.run("doctor -o json");
    assert_eq!((unfinished.status, unfinished.stdout.trim()), (2, "[]"), "{}", unfinished.stderr);
    assert!(unfinished.stderr.contains("the check is unfinished"), "{}", unfinished.stderr);
}

#[test]
fn api_keys_that_cannot_be_read_leave_the_check_unfinished() {
    let machine = Machine::with_local_aws(World::Sample);
    let body = r#"{"item":[{"id":7,"name":"web","enabled":true},{"id":"odd","enabled":"perhaps"}]}"#;
    let answer = Answer::Body { status: 200, body: body.to_owned() };
    machine.aws().faults().script(Fault::on("GetApiKeys", answer).always());
    let output = machine.run("doctor");
    assert_eq!(output.status, 2, "{}", output.stderr);
    let remark = "note: 2 API keys of the list cannot be read: a key with the id 7 (id), odd (enabled): \
                  whether a key exists and is enabled is unknown";
    assert!(output.stderr.contains(remark), "{}", output.stderr);
    assert!(output.stderr.contains("the check is unfinished"), "{}", output.stderr);
}

#[test]
fn usage_plans_that_cannot_be_read_leave_the_check_unfinished() {
    let machine = Machine::with_local_aws(World::Sample);
    let plans = machine.get("/usageplans?limit=500");
    // The SDK reads the second.
    for (member, value) in [("limit", "many"), ("period", "FORTNIGHT")] {
        let mut items = plans["item"].as_array().expect("plans").clone();
        items[0]["quota"][member] = value.into();
        let answer = Answer::Body { status: 200, body: serde_json::json!({ "item": items }).to_string() };
        machine.aws().faults().script(Fault::on("GetUsagePlans", answer).always());
        let output = machine.run("doctor -o json");
        assert_eq!((output.status, output.stdout.trim()), (2, "[]"), "{}", output.stderr);
        let id = items[0]["id"].as_str().expect("an id");
        let remark = format!(
            "note: 1 usage plan of the list cannot be read: {id} (quota): their limits, stages and API keys are unknown"
        );
        assert!(output.stderr.contains(&remark), "{member}: {}", output.stderr);
        assert!(output.stderr.contains("the check is unfinished"), "{}", output.stderr);
        machine.aws().faults().clear();
    }
}

#[test]
fn fix_asks_shows_its_steps_and_reports_them() {
    let drifted = Machine::with_local_aws(World::SampleDrifted);
    let fix_line = "doctor --fix --only counter-differs";
    assert_eq!(drifted.run(fix_line).status, 2, "no terminal to confirm on");
    assert_eq!(drifted.run(&format!("{fix_line} --yes --readonly")).status, 2);
    let planned = drifted.json(&format!("{fix_line} --dry-run"));
    assert_eq!(
        planned[0]["steps"][0],
        "set the counter of pool key 5v2seh60kv to its number of tenant keys (3 when read)"
    );
    assert_eq!(planned, drifted.json(&format!("{fix_line} --dry-run")), "a dry run fixes nothing");
    let fixed = drifted.run(&format!("{fix_line} --yes -o json"));
    assert_eq!((fixed.status, fixed.stdout.trim()), (0, "[]"));
    assert_eq!(fixed.stderr.matches("fixed: the counter of pool key").count(), 3);
    assert_eq!(drifted.run("doctor --only counter-differs").status, 0);
    assert!(drifted.run("doctor --only rust").stderr.contains("choose one of counter-missing"));
}

#[test]
fn json_of_findings() {
    let drifted = Machine::with_local_aws(World::SampleDrifted);
    let output = drifted.run("doctor --only enabled-differs --only no-log-role -o json");
    insta::assert_snapshot!(output.stdout);
}

#[test]
fn fix_all_leaves_unrecognized_api_keys_alone() {
    let drifted = Machine::with_local_aws(World::SampleDrifted);
    let orphan = "q80idw3706";
    let fixed = drifted.run("doctor --fix --yes");
    assert_eq!(fixed.status, 1, "a finding that needs its own decision is left");
    assert!(fixed.stdout.contains("orphan-key"), "{}", fixed.stdout);
    assert!(!fixed.stderr.contains(orphan), "{}", fixed.stderr);
    assert!(drifted.api_key_ids().contains(&orphan.to_owned()));
    drifted.aws().calls().clear();
    let again = drifted.run("doctor --fix --yes");
    assert_eq!((again.status, again.stderr.as_str()), (1, ""));
    assert_eq!(write_operations(drifted.aws()), [] as [&str; 0], "a second fix writes nothing");

    let planned = drifted.run("doctor --fix --only orphan-key --dry-run -o json").stdout;
    for words in ["\"separate\"", "disable API key q80idw3706", "delete API key q80idw3706"] {
        assert!(planned.contains(words), "{words}: {planned}");
    }
    let explicit = drifted.run("doctor --fix --only orphan-key --yes");
    assert_eq!(explicit.status, 0, "{}{}", explicit.stdout, explicit.stderr);
    assert!(!drifted.api_key_ids().contains(&orphan.to_owned()), "disabled and deleted in one run");
}

#[test]
fn the_former_name_of_a_kind_is_accepted_with_a_warning() {
    let drifted = Machine::with_local_aws(World::SampleDrifted);
    let by_former_name = drifted.run("doctor --only shop-window-differs -o json");
    assert_eq!(by_former_name.status, 1, "{}", by_former_name.stderr);
    assert_eq!(
        by_former_name.stderr.lines().next(),
        Some(
            "warning: --only: `shop-window-differs` is now called `price-list-differs`; the old name still works"
        )
    );
    assert_eq!(by_former_name.stdout, drifted.run("doctor --only price-list-differs -o json").stdout);
}

#[test]
fn fix_without_prefer_overwrites_neither_source() {
    let drifted = Machine::with_local_aws(World::SampleDrifted);
    let fix_line = "doctor --fix --yes --only price-list-differs";
    let unresolved = drifted.run(fix_line);
    assert_eq!(unresolved.status, 1, "{}", unresolved.stderr);
    assert_eq!(write_operations(drifted.aws()), [] as [&str; 0]);
    let dry_run = drifted.run("doctor --fix --dry-run --only price-list-differs -o json").stdout;
    for words in [
        "\"choice\"",
        "\"prefer\": \"tables\"",
        "\"prefer\": \"api-gateway\"",
        "one UpdateUsagePlan per 20 s",
    ] {
        assert!(dry_run.contains(words), "{words}: {dry_run}");
    }
    let output = drifted.run(&format!("{fix_line} --prefer tables"));
    assert_eq!(output.status, 0, "{}{}", output.stdout, output.stderr);
    assert!(
        write_operations(drifted.aws()).contains(&"UpdateUsagePlan".to_owned()),
        "the plan gets the limits of the price list"
    );

    // The audit trail has the price-list entry before and after.
    let drifted = Machine::with_local_aws(World::SampleDrifted);
    assert_eq!(drifted.run(&format!("{fix_line} --prefer api-gateway")).status, 0);
    let trail = drifted.json("audit");
    let change =
        trail.as_array().unwrap().iter().find(|entry| entry["operation"].to_string().contains("BasicPlan"));
    let change = change.expect("the change");
    let quotas = [&change["before"][0]["priceList"]["quota"], &change["after"][0]["priceList"]["quota"]];
    assert_eq!(quotas, ["5000 per MONTH", "100 per MONTH"], "{change}");
    assert!(drifted.run("doctor --prefer neither").stderr.contains("choose one of tables, api-gateway"));
}
