//! `--dry-run` of pool files, plan files, tables and the logging role, in the same form as other changes.

use keypool_local_aws::World;
use serde_json::{Value, json};

use crate::support::command::{Machine, field_values};

const FREE_PLAN: &str = "u5cq7z";
const TEST_PLAN: &str = "h3v9qk";

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample)
}

fn write_pool_file(machine: Machine, text: &str) -> (Machine, String) {
    let machine = machine.with_file("pools.json", text);
    let path = machine.path("pools.json").display().to_string();
    (machine, path)
}

/// Checks the fields that the dry run of every change has.
fn assert_is_announcement(announced: &Value) {
    for field in ["change", "needsConfirmation", "steps", "tenants", "plans", "apis", "stages", "cautions"] {
        assert!(!announced[field].is_null(), "no {field}: {announced}");
    }
}

#[test]
fn a_pool_import_lists_steps_tenants_plans_and_stages() {
    let text = format!("[{{\"planId\": \"{FREE_PLAN}\", \"capacity\": 77, \"apiKeys\": [\"33xtplpft7\"]}}]");
    let (machine, path) = write_pool_file(sample(), &text);
    let announced = machine.json(&format!("pools import {path} --dry-run"));
    assert_is_announcement(&announced);
    assert_eq!(
        (&announced["change"], &announced["needsConfirmation"]),
        (&json!("import 1 pool"), &json!(true))
    );
    assert_eq!(field_values(&announced["plans"], "name"), ["FreePlan"]);
    assert_eq!(announced["stages"], json!(["w4k8t2m7xq:prod"]));
    assert!(announced["tenants"].as_array().is_some_and(|tenants| !tenants.is_empty()), "{announced}");
    let steps = field_values(&announced["steps"], "step").join("\n");
    assert!(steps.contains("replace the pool of FreePlan with 33xtplpft7: 77 tenants each"), "{steps}");
    assert_eq!(field_values(&announced["pools"], "action"), ["replace"]);
    let shown = machine.run(&format!("pools import {path} --dry-run")).stdout;
    assert!(shown.contains("usage plans (1): FreePlan") && shown.contains("STRATEGY"), "{shown}");
    let asked = machine.run(&format!("pools import {path}"));
    assert!(asked.status == 2 && asked.stderr.contains("no terminal"), "{}", asked.stderr);
    assert_eq!(machine.run(&format!("pools import {path} --yes")).status, 0);
    let again = machine.json(&format!("pools import {path} --dry-run"));
    assert_is_announcement(&again);
    assert_eq!(
        (&again["change"], &again["needsConfirmation"]),
        (&json!("nothing would change"), &json!(false))
    );
    let trail = machine.json("audit");
    let done = trail.as_array().and_then(|entries| entries.first()).expect("an import");
    assert!(done["steps"].to_string().contains("replace the pool of FreePlan"), "{done}");
}

#[test]
fn importing_a_pool_adopts_its_plan_with_a_caution() {
    let machine = sample();
    assert_eq!(machine.run("plans release TestPlan --yes").status, 0);
    let key = &machine.json("keys list --plan TestPlan")[0];
    let id = key["apiKeyId"].as_str().expect("an id");
    let text = format!("[{{\"planId\": \"{TEST_PLAN}\", \"apiKeys\": [\"{id}\"]}}]");
    let (machine, path) = write_pool_file(machine, &text);
    let announced = machine.json(&format!("pools import {path} --dry-run"));
    let cautions = announced["cautions"].to_string();
    assert!(cautions.contains("this adopts usage plan TestPlan"), "{cautions}");
    assert!(cautions.contains(&format!("API key {id} is acme's own key")), "{cautions}");
    assert!(field_values(&announced["steps"], "step")[0].contains("to the Plans table"), "{announced}");
    let done = machine.run(&format!("pools import {path} --yes"));
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert_eq!(
        machine.json("doctor --only plan-without-price"),
        json!([]),
        "the plan has a price-list entry"
    );
}

#[test]
fn a_plan_file_lists_the_steps_for_pools_of_new_plans() {
    let machine = sample();
    let text = "[plans.Gold]\nthrottle = { rate = 5, burst = 10 }\nstages = [\"w4k8t2m7xq:prod\"]\n\
                pool = { keys = 2 }\n\
                [plans.FreePlan]\nthrottle = { rate = 1, burst = 1 }\npool = { keys = 2, capacity = 77 }\n";
    let output = machine.run_with_stdin("setup plan --dry-run -o json -f -", text);
    assert_eq!(output.status, 0, "{}", output.stderr);
    let announced: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_is_announcement(&announced);
    assert_eq!(announced["needsConfirmation"], true);
    let steps = field_values(&announced["steps"], "step").join("\n");
    for step in [
        "create usage plan \"Gold\"",
        "add the new API key to the pool of Gold",
        "usage plan FreePlan: ",
        "set the pool of FreePlan to capacity 77",
        "add the new API key to the pool of FreePlan",
    ] {
        assert!(steps.contains(step), "`{step}` is not in: {steps}");
    }
    assert_eq!(field_values(&announced["plans"], "name"), ["FreePlan"], "{announced}");
    assert!(announced["tenants"].as_array().is_some_and(|tenants| !tenants.is_empty()), "{announced}");
    let cautions = announced["cautions"].to_string();
    assert!(cautions.contains("calls above get 429"), "{cautions}");
    assert_eq!(field_values(&announced["planFile"], "action"), ["edit", "create"]);
    let shown = machine.run_with_stdin("setup plan --dry-run -f -", text).stdout;
    assert!(shown.contains("usage plans (1): FreePlan") && shown.contains("add the new API key"), "{shown}");
    let asked = machine.run_with_stdin("setup plan -f -", text);
    assert_eq!(asked.status, 2, "{}", asked.stderr);
    let done = machine.run_with_stdin("setup plan --yes -f -", text);
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert!(done.stderr.contains("throttle: "), "differences are printed first: {}", done.stderr);
    let again = machine.run_with_stdin("setup plan --dry-run -o json -f -", text);
    let again: Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert_is_announcement(&again);
    assert_eq!(again["change"], "nothing would change");
}

#[test]
fn creating_tables_mentions_their_cost() {
    let machine = Machine::with_local_aws(World::Empty);
    let announced = machine.json("setup tables --dry-run");
    assert_is_announcement(&announced);
    assert_eq!(announced["needsConfirmation"], true);
    assert_eq!(announced["steps"].as_array().map(Vec::len), Some(3), "{announced}");
    assert!(announced["cautions"].to_string().contains("DynamoDB charges"), "{announced}");
    assert_eq!(field_values(&announced["tables"], "state"), ["missing"; 3]);
    let done = machine.run("setup tables --yes");
    assert!(done.stderr.contains("note: DynamoDB charges"), "printed before the change: {}", done.stderr);
    let again = machine.json("setup tables --dry-run");
    assert_eq!((&again["change"], &again["steps"]), (&json!("nothing would change"), &json!([])));
}

#[test]
fn replacing_the_logging_role_names_the_old_one() {
    let machine = sample();
    let role = |name: &str| format!("setup role arn:aws:iam::123456789012:role/{name}");
    assert_eq!(machine.run(&role("theirs")).status, 2, "it asks");
    assert_eq!(machine.run(&format!("{} --yes", role("theirs"))).status, 0);
    let announced = machine.json(&format!("{} --dry-run", role("ours")));
    let cautions = announced["cautions"].to_string();
    assert!(
        cautions.contains("replaces the current logging role arn:aws:iam::123456789012:role/theirs"),
        "{cautions}"
    );
    let done = machine.run(&format!("{} --yes", role("ours")));
    assert!(done.stderr.contains("role/theirs"), "also with --yes: {}", done.stderr);
}
