//! `keypool usage`: output and exit statuses.

use keypool_local_aws::{Answer, Fault, Switches, World};
use serde_json::Value;

use crate::support::accounts::both_machines;
use crate::support::command::{Machine, field_values};
use crate::support::dates::closed_month;
use crate::support::http_pipeline::PipelinedConnection;

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample)
}

fn set_remaining_quota(machine: &Machine, plan: &str, api_key: &str, calls: u32) {
    let patch =
        format!(r#"{{"patchOperations":[{{"op":"replace","path":"/remaining","value":"{calls}"}}]}}"#);
    let request = ("PATCH", format!("/usageplans/{plan}/keys/{api_key}/usage"), patch);
    assert_eq!(PipelinedConnection::connect(&machine.aws().endpoint()).send_all([request]), [200]);
}

fn total_calls(list: &Value) -> u64 {
    list.as_array().expect("a list").iter().map(|line| line["calls"].as_u64().expect("calls")).sum()
}

#[test]
fn every_view_has_its_columns() {
    let machine = sample();
    let columns = |line: &str| machine.run(line).stdout.lines().next().expect("a header").to_owned();
    let keys = columns("usage -o csv");
    assert!(
        keys.starts_with("planId,plan,apiKeyId,tenants,sharedBy,calls,used,limit,left,percent,"),
        "{keys}"
    );
    assert!(keys.ends_with("resetsAt,callsPerDay,runsOut,daysAtLimit,settling,source"), "{keys}");
    assert!(columns("usage --by plan -o csv").starts_with("planId,plan,keys,calls,used,limit,left,percent,"));
    let tenants = "tenant,calls,estimate,shared.planId,shared.apiKeyId,shared.calls,shared.sharedBy";
    assert_eq!(columns("usage --by tenant -o csv"), tenants);
    assert_eq!(columns("usage --by day -o csv"), "day,planId,plan,calls");
    let table = columns("usage");
    for heading in ["SHARED BY", "LEFT", "RUNS OUT", "RESETS (EXPECTED)"] {
        assert!(table.contains(heading), "{table}");
    }
    let output = machine.run("usage --by tenant");
    assert!(
        output.stdout.contains('~') && output.stderr.contains("API Gateway lags by minutes"),
        "{}",
        output.stderr
    );
}

#[test]
fn totals_agree_by_key_by_plan_by_day_and_by_range() {
    for (machine, has_shared_keys) in both_machines().zip([true, false]) {
        let total = total_calls(&machine.json("usage --days 40"));
        assert!(total > 10_000, "{total}");
        let by_plan = machine.json("usage --days 40 --by plan");
        assert_eq!(total_calls(&by_plan), total);
        let days = machine.json("usage --days 40 --by day");
        assert_eq!(total_calls(&days), total);
        let (dates, plan_count) = (field_values(&days, "day"), by_plan.as_array().map_or(0, Vec::len));
        assert_eq!(dates.len(), 40 * plan_count);
        let (begin, middle, end) = (&dates[0], &dates[20 * plan_count], &dates[40 * plan_count - 1]);
        let next = middle.parse::<jiff::civil::Date>().expect("a day").tomorrow().expect("a day");
        let parts = [format!("--from {begin} --to {middle}"), format!("--from {next} --to {end}")];
        let parts = parts.iter().map(|part| total_calls(&machine.json(&format!("usage {part}"))));
        assert_eq!(parts.sum::<u64>(), total);
        let attributed = total_calls(&machine.json("usage --days 40 --by tenant"));
        assert!(
            attributed > 0 && (attributed < total) == has_shared_keys,
            "calls of shared keys are not attributed to a tenant: {attributed} of {total}"
        );
    }
}

#[test]
fn a_usage_warning_exits_with_status_1() {
    let machine = sample();
    for key in field_values(&machine.json("usage --plan PremiumPlan"), "apiKeyId") {
        set_remaining_quota(&machine, "p9ts4e", &key, 1_000_000);
    }
    assert_eq!(machine.run("usage --plan PremiumPlan --warn 100").status, 0);
    set_remaining_quota(&machine, "b7m3xj", "5v2seh60kv", 0);
    let output = machine.run("usage --warn 100 -o json");
    let warnings: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(
        (output.status, &warnings[0]["kind"], &warnings[0]["apiKeyId"]),
        (1, &"exhausted".into(), &"5v2seh60kv".into())
    );
    assert!(warnings[0]["tenants"].as_array().is_some_and(|tenants| tenants.len() > 1), "{warnings}");
    assert!(!field_values(&warnings, "kind").contains(&"api-keys".to_owned()));
    set_remaining_quota(&machine, "b7m3xj", "5v2seh60kv", 5_000);
    let extended = &machine.json("usage --plan BasicPlan --by key");
    let key = extended
        .as_array()
        .expect("a list")
        .iter()
        .find(|key| key["apiKeyId"] == "5v2seh60kv")
        .expect("the key");
    assert_eq!(
        (&key["left"], key["limit"].as_u64()),
        (&5_000.into(), key["used"].as_u64().map(|used| used + 5_000))
    );
}

/// `used`, `limit`, `left` and `percent` of a pool key of BasicPlan in a list.
fn quota_figure(list: &Value) -> [Value; 4] {
    let key = list.as_array().expect("a list").iter().find(|key| key["apiKeyId"] == "5v2seh60kv");
    let key = key.unwrap_or_else(|| panic!("the key is missing: {list}"));
    ["used", "limit", "left", "percent"].map(|field| key[field].clone())
}

#[test]
fn the_quota_figure_is_the_same_in_every_range_after_an_extension_and_a_lowered_quota() {
    let machine = sample();
    let month = format!("--month {}", closed_month().strftime("%Y-%m"));
    let figures = || {
        let ranges = ["", "--days 7", "--days 1", "--days 40", &month];
        ranges.map(|range| quota_figure(&machine.json(&format!("usage --plan BasicPlan {range}"))))
    };
    let edit_quota = |limit: u64| {
        let output = machine.run(&format!("plans edit BasicPlan --quota {limit}/month --yes"));
        assert_eq!(output.status, 0, "{}", output.stderr);
    };
    let expected = |used: u64, limit: u64| {
        let percent = used * 100 / limit;
        [used, limit, limit.saturating_sub(used), percent].map(Value::from)
    };
    let used = quota_figure(&machine.json("usage --plan BasicPlan"))[0].as_u64().expect("a number");
    assert_eq!(figures(), [(); 5].map(|()| expected(used, 5_000)));
    // Late in a month, 4,500 calls of 1,500 are 300 %.
    let lowered = (used / 3).max(1);
    edit_quota(lowered);
    assert_eq!(figures(), [(); 5].map(|()| expected(used, lowered)));
    edit_quota(5_000);
    set_remaining_quota(&machine, "b7m3xj", "5v2seh60kv", 7_000);
    assert_eq!(figures(), [(); 5].map(|()| expected(used, used + 7_000)));
    set_remaining_quota(&machine, "b7m3xj", "5v2seh60kv", 0);
    let warnings = machine.run("usage --plan BasicPlan --warn 100 -o json").stdout;
    let warned = quota_figure(&serde_json::from_str(&warnings).expect("JSON"));
    assert_eq!(figures(), [(); 5].map(|()| warned.clone()));
}

#[test]
fn unreadable_usage_is_reported_and_invalid_ranges_are_refused() {
    let machine = sample();
    let denied = || Fault::on("GetUsage", Answer::AccessDenied { action: None });
    machine.aws().faults().script(denied());
    let output = machine.run("usage --warn 100 --plan PremiumPlan");
    assert_eq!(output.status, 2, "{}", output.stderr);
    machine.aws().faults().script(denied());
    let output = machine.run("usage --by plan -o csv");
    assert_eq!(
        (output.status, output.stdout.lines().count()),
        (0, 4),
        "three of four plans remain: {}",
        output.stdout
    );
    assert!(output.stderr.contains("cannot be read"), "{}", output.stderr);
    machine.aws().faults().script(denied().always());
    assert_eq!(machine.run("usage").status, 4);
    for wrong in [
        "--month 2026-13",
        "--days 0",
        "--from 2026-11-02 --to 2026-11-01",
        "--month 2026-10 --days 3",
        "--warn 80 --days 3",
    ] {
        assert_eq!(machine.run(&format!("usage {wrong}")).status, 2, "{wrong}");
    }
}

#[test]
fn a_remaining_quota_is_raised_and_lowered_with_a_reason() {
    let machine = sample();
    set_remaining_quota(&machine, "b7m3xj", "5v2seh60kv", 0);
    let extend = |how: &str| {
        machine.run_args(&[&["usage", "extend"], &how.split(' ').collect::<Vec<_>>()[..]].concat())
    };
    let output = extend("5v2seh60kv --add 500");
    assert!(output.status == 2 && output.stderr.contains("--reason TEXT"), "{}", output.stderr);
    let planned = extend("5v2seh60kv --add 500 --reason launch --dry-run");
    assert!(
        planned.stdout.contains("add 500 calls to the remaining quota of API key 5v2seh60kv in BasicPlan"),
        "{}",
        planned.stdout
    );
    assert_eq!(extend("5v2seh60kv --add 500 --reason launch --readonly").status, 2);
    let output = extend("5v2seh60kv --add 500 --reason launch -o json");
    let keys: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!((&keys[0]["before"], &keys[0]["left"]), (&0.into(), &500.into()), "{}", output.stderr);
    assert!(output.stderr.contains("shared by"), "{}", output.stderr);
    let trail = machine.json("audit");
    let change = &trail[0];
    assert_eq!(
        (trail.as_array().map(Vec::len), &change["reason"], &change["outcome"]),
        (Some(1), &"launch".into(), &"done".into())
    );
    assert_eq!((&change["before"][0]["left"], &change["after"][0]["left"]), (&0.into(), &500.into()));
    assert_eq!(extend("5v2seh60kv --take 500 --reason launch").status, 2, "no terminal to confirm on");
    assert_eq!(extend("5v2seh60kv --take 900 --reason launch --yes").status, 0);
    assert_eq!(machine.run("usage --plan BasicPlan --warn 100").status, 1);
}

#[test]
fn figures_that_lag_behind_an_extension_are_settling() {
    let machine = sample();
    let switches = machine.aws().switches();
    machine.aws().set_switches(Switches { usage_lag_seconds: 1_800, ..switches.clone() });
    assert_eq!(machine.run("call --key 29326ml64l").status, 0);
    machine.json("usage extend 29326ml64l --remaining 2 --reason launch --yes");
    let key = || {
        let keys = machine.json("usage --plan TestPlan");
        let key = keys.as_array().expect("keys").iter().find(|key| key["apiKeyId"] == "29326ml64l");
        let key = key.expect("the key").clone();
        (key["settling"].clone(), key["left"].clone())
    };
    assert_eq!(key(), (true.into(), Value::Null), "the call is not reported yet");
    let explained = machine.run("explain 29326ml64l").stdout;
    assert!(explained.contains("just extended, the new balance is not reported yet"), "{explained}");
    machine.aws().set_switches(switches);
    assert_eq!(key(), (false.into(), 2.into()));
    machine.json("usage extend 29326ml64l --remaining 4 --reason launch --yes");
    assert_eq!(key(), (false.into(), 4.into()), "the last extension decides");
}

#[test]
fn figures_of_aws_are_settling_after_an_extension_whatever_they_are() {
    let machine = super::report::sample_elsewhere();
    machine.json("usage extend 29326ml64l --remaining 2 --reason launch --yes");
    let keys = machine.json("usage --plan TestPlan");
    let key = keys.as_array().expect("keys").iter().find(|key| key["apiKeyId"] == "29326ml64l");
    assert_eq!(key.expect("the key")["settling"], Value::Bool(true));
}

#[test]
fn extend_takes_a_tenant_key_and_refuses_keys_of_two_plans() {
    let machine = sample();
    let keys = machine.json("keys list --plan BasicPlan");
    let (id, api_key) = (keys[0]["id"].as_str().expect("an id"), &keys[0]["apiKeyId"]);
    let output = machine.json(&format!("usage extend {id} --remaining 77 --reason launch --yes"));
    assert_eq!((&output[0]["apiKeyId"], &output[0]["left"]), (api_key, &77.into()));
    let mixed = machine.run(&format!("usage extend {id} 33xtplpft7 --add 1 --reason launch"));
    assert!(mixed.status == 2 && mixed.stderr.contains("BasicPlan, FreePlan"), "{}", mixed.stderr);
    assert_eq!(machine.run("usage extend unknown --add 1 --reason launch").status, 2);
    assert_eq!(machine.run("usage extend 33xtplpft7 --reason launch").status, 2);
}

#[test]
fn an_endpoint_without_update_usage_is_not_taken_for_an_extension() {
    let machine = sample();
    for (status, body) in [(200, "{}"), (501, "not implemented")] {
        machine.aws().faults().clear();
        let answer = Answer::Body { status, body: body.to_owned() };
        machine.aws().faults().script(Fault::on("UpdateUsage", answer).always());
        let output = machine.run("usage extend 5v2seh60kv --add 500 --reason launch --yes");
        assert_ne!(output.status, 0, "{status}: {}", output.stdout);
        assert!(output.stderr.contains("does not support UpdateUsage"), "{status}: {}", output.stderr);
    }
}

#[test]
fn extend_reports_unknown_ids_and_too_large_amounts() {
    let machine = sample();
    let output = machine.run("usage extend 5v2seh60kv --add 99999999999 --reason launch --yes");
    assert!(output.status == 2 && output.stderr.contains("maximum is 2147483647"), "{}", output.stderr);
    let output = machine.run("usage extend unknown --add 1 --reason launch");
    assert!(
        output.stderr.contains("no API key in a usage plan and no tenant key has the id `unknown`"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("keypool whose"), "{}", output.stderr);
    let tenant = field_values(&machine.json("keys list --plan BasicPlan"), "tenant").remove(0);
    let output = machine.run(&format!("usage extend {tenant} --add 1 --reason launch"));
    let is_tenant = format!("`{tenant}` is a tenant");
    assert!(output.status == 2 && output.stderr.contains(&is_tenant), "{}", output.stderr);
    assert!(output.stderr.contains("5v2seh60kv (BasicPlan)"), "{}", output.stderr);
    assert!(output.stderr.contains(&format!("keypool keys list --tenant {tenant}")), "{}", output.stderr);
}
