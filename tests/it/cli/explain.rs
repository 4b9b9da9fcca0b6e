//! `keypool explain`.

use keypool_local_aws::World;

use crate::support::accounts::both_machines;
use crate::support::command::{Machine, field_values};

#[test]
fn a_working_key_a_missing_stage_and_an_unknown_key_have_different_results() {
    for machine in both_machines() {
        let id = machine.ids("keys list --plan TestPlan").remove(0);
        let working = machine.run(&format!("explain {id} -o json"));
        assert_eq!(working.status, 0, "{}{}", working.stdout, working.stderr);
        let diagnoses: serde_json::Value = serde_json::from_str(&working.stdout).expect("JSON");
        assert!(
            field_values(&diagnoses[0]["checks"], "state")
                .iter()
                .enumerate()
                .all(|(at, state)| state == if at == 1 { "not-checked" } else { "holds" }),
            "{diagnoses}"
        );
        assert!(
            working.stderr.contains("should succeed, if the API's settings are deployed"),
            "{}",
            working.stderr
        );
        // Without tables, no value is stored that could differ.
        let checks = field_values(&diagnoses[0]["checks"], "check");
        assert_eq!(
            checks.iter().filter(|check| *check != "value").map(String::as_str).collect::<Vec<_>>().join(" "),
            "stage deployment web-acl endpoint resource-policy method key-source key enabled plan plan-stage plan-throttle \
         stage-throttle account-throttle quota authorization propagation"
        );

        let unexplained = machine.run(&format!("explain {id} --response forbidden"));
        assert_eq!(unexplained.status, 1, "{}", unexplained.stderr);
        assert!(
            unexplained.stderr.contains("no check explains this 403; recent edits of the API might not be"),
            "{}",
            unexplained.stderr
        );

        let by_name = machine.run(&format!("explain {id} --stage TieredAPI:prod -o json"));
        assert_eq!(by_name.status, 0, "by the API's name: {}", by_name.stderr);
        let missing_stage = machine.run(&format!("explain {id} --stage w4k8t2m7xq:nosuch -o json"));
        assert_eq!(missing_stage.status, 1, "{}", missing_stage.stderr);
        let diagnoses: serde_json::Value = serde_json::from_str(&missing_stage.stdout).expect("JSON");
        let response = &diagnoses[0]["response"];
        assert_eq!((&response["status"], &response["message"]), (&403.into(), &"Forbidden".into()));
        assert!(
            missing_stage.stderr.contains("stage w4k8t2m7xq:nosuch is not deployed"),
            "{}",
            missing_stage.stderr
        );

        let unknown_key = machine.run("explain no-such-key");
        assert_eq!((unknown_key.status, unknown_key.stdout.as_str()), (2, ""), "{}", unknown_key.stderr);
    }
}

#[test]
fn a_tenant_is_explained_for_each_key_and_a_shared_key_without_a_tenant() {
    let machine = Machine::with_local_aws(World::Sample);
    let keys = machine.json("keys list --plan FreePlan");
    let tenant = keys[0]["tenant"].as_str().expect("a tenant").to_owned();
    let key_count = machine.ids(&format!("keys list --tenant {tenant}")).len();
    let output = machine.run(&format!("explain {tenant} -o json"));
    let diagnoses: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(diagnoses.as_array().map(Vec::len), Some(key_count), "{diagnoses}");
    let shared = machine.json("explain 33xtplpft7");
    assert_eq!((&shared[0]["key"], &shared[0]["plan"]), (&serde_json::Value::Null, &"FreePlan".into()));
}
