//! Explaining and calling with keys in no plan, in two plans, and just changed.

use serde_json::Value;

use super::{account, refusal, succeeds};
use crate::support::command::{Machine, field_values};

const STARK: &str = "76kzof0yi2";

/// Puts the key of stark into a second plan, which covers the only stage of another API; returns that stage.
fn add_second_plan(machine: &Machine) -> String {
    let api = machine.create_api_named("maps");
    let plan = format!(r#"{{"name":"Maps","apiStages":[{{"apiId":"{api}","stage":"prod"}}]}}"#);
    let plan = machine.post("/usageplans", &plan)["id"].as_str().expect("an id").to_owned();
    let key = format!(r#"{{"keyId":"{STARK}","keyType":"API_KEY"}}"#);
    machine.post(&format!("/usageplans/{plan}/keys"), &key);
    format!("{api}:prod")
}

#[test]
fn a_key_in_no_plan_is_explained_as_such() {
    let machine = account();
    let unused = machine.ids("keys list --tenant partner").remove(0);
    let output = machine.run(&format!("explain {unused} -o json"));
    assert_eq!(output.status, 1, "{}", output.stderr);
    let why = format!("{unused}: 403 Forbidden: API key {unused} is in no usage plan");
    assert!(output.stderr.contains(&why), "{}", output.stderr);
    let diagnoses: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let checks = diagnoses[0]["checks"].as_array().expect("checks");
    let plan = checks.iter().find(|check| check["check"] == "plan").expect("the check");
    let fix =
        format!("move the key to a plan that covers the stage: `keypool keys move {unused} --plan PLAN`");
    assert_eq!((&plan["state"], &plan["fix"]), (&"fails".into(), &fix.into()));
    succeeds(&machine, &format!("keys move {unused} --plan TestPlan --yes"));
    assert_eq!(machine.run(&format!("explain {unused}")).status, 0);
}

#[test]
fn a_key_in_two_plans_is_explained_and_called_in_both() {
    let machine = account();
    let maps = add_second_plan(&machine);
    for given in [STARK, "stark"] {
        let explained = machine.run(&format!("explain {given} -o json")).stdout;
        let explained: Value = serde_json::from_str(&explained).expect("JSON");
        assert_eq!(field_values(&explained, "stage"), ["w4k8t2m7xq:prod", &maps], "{given}");
        assert_eq!(field_values(&explained, "plan"), ["PremiumPlan", "Maps"], "{given}");
    }
    let own = machine.json(&format!("call --key {STARK}"));
    assert_eq!((&own["plan"], &own["calls"][0]["status"]), (&"PremiumPlan".into(), &200.into()));
    let other = machine.json(&format!("call --key {STARK} --stage {maps}"));
    assert_eq!((&other["plan"], &other["calls"][0]["status"]), (&"Maps".into(), &200.into()), "{other}");
    assert!(other["request"]["url"].as_str().is_some_and(|url| url.ends_with("/prod/pets")), "{other}");
    let neither = refusal(&machine, &format!("call --key {STARK} --stage beta"));
    assert!(neither.contains(&maps) && neither.contains("w4k8t2m7xq:prod"), "{neither}");
}

#[test]
fn right_after_an_accepted_call_nothing_is_said_to_fail() {
    let machine = account();
    let created = machine.json("keys create --plan TestPlan --tenant newco --name web --yes");
    let id = created[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(machine.json(&format!("call --key {id}"))["calls"][0]["status"], 200);
    let explained = machine.run(&format!("explain {id}"));
    assert_eq!(explained.status, 0, "{}", explained.stderr);
    assert!(
        explained.stderr.contains("no check fails, but not checked: propagation"),
        "{}",
        explained.stderr
    );
    assert_eq!(machine.run(&format!("explain {id} --response ok")).status, 0);
    assert_eq!(machine.run(&format!("explain {id} --response forbidden")).status, 1);
}

#[test]
fn a_quota_of_0_is_explained_without_a_reset() {
    let machine = account();
    let key = machine.ids("keys list --plan TestPlan").remove(0);
    machine.patch(
        "/usageplans/h3v9qk",
        r#"{"patchOperations":[{"op":"replace","path":"/quota/limit","value":"0"}]}"#,
    );
    let words = "TestPlan has a quota of 0 calls per day: every call gets 429, and no reset changes that";
    let called = machine.run(&format!("call --key {key}"));
    assert!(called.stderr.contains(words), "{}", called.stderr);
    for other in ["resets expected", "before the reset"] {
        assert!(!called.stderr.contains(other), "{}", called.stderr);
    }
    let explained = machine.run(&format!("explain {key}"));
    assert!(
        explained.stderr.contains(words) && !explained.stdout.contains("resets expected"),
        "{}",
        explained.stdout
    );
}
