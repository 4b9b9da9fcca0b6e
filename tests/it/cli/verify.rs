//! `keypool verify`.

use keypool_local_aws::{Answer, Fault, World};

use crate::support::accounts::both_machines;
use crate::support::command::{Machine, field_values};

#[test]
fn the_sample_passes_and_is_left_unchanged() {
    // A pool has one more expectation than a plan without one.
    for (machine, expectations) in both_machines().zip([4, 3]) {
        let before = (machine.json("keys list"), machine.json("plans"), machine.json("pools"));
        let results = machine.json("verify --yes --count 5");
        let checks = results.as_array().expect("a list");
        assert!(checks.iter().all(|check| check["holds"] == true), "{results}");
        let of_plan = field_values(&results, "plan").iter().filter(|plan| *plan == "FreePlan").count();
        assert_eq!(of_plan, expectations, "{results}");
        assert_eq!((machine.json("keys list"), machine.json("plans"), machine.json("pools")), before);
    }
}

#[test]
fn a_failing_plan_is_reported_and_the_others_are_still_checked() {
    let machine = Machine::with_local_aws(World::Sample);
    let output = machine.run("verify --yes --count 60 -o json");
    assert_eq!(output.status, 1, "{}", output.stderr);
    let results: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    let failed = results.as_array().expect("a list").iter().filter(|check| check["holds"] == false);
    let failed: Vec<_> = failed.map(|check| (check["plan"].as_str(), check["actual"].as_str())).collect();
    let [(Some("BasicPlan"), Some(reason))] = failed[..] else { panic!("{failed:?}") };
    assert!(reason.contains("room for 36 more keys"), "{reason}");
}

#[test]
fn a_failure_midway_leaves_nothing_behind() {
    for machine in both_machines() {
        let before = machine.json("keys list");
        machine.aws().faults().script(Fault {
            skip: 7,
            times: None,
            ..Fault::on("CreateApiKey", Answer::AccessDenied { action: None })
        });
        let output = machine.run("verify --yes");
        assert_eq!(output.status, 4, "{}", output.stderr);
        assert_eq!(machine.json("keys list"), before);
        assert_eq!(machine.json("doctor"), serde_json::json!([]));
    }
}

#[test]
fn verify_asks_first_and_respects_read_only() {
    let machine = Machine::with_local_aws(World::Sample);
    machine.aws().calls().clear();
    assert_eq!(machine.run("verify").status, 2);
    assert_eq!(machine.run("verify --yes --readonly").status, 2);
    assert_eq!(machine.aws().calls().all(), [], "AWS was not called");
}
