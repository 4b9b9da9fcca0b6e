//! Why calls are answered as they are, as a script asks for it.

use keypool_local_aws::World;

use crate::support::command::{Machine, field_values};

#[test]
fn working_key_missing_stage_and_unknown_key() {
    let machine = Machine::with_local_aws(World::Sample);
    let row = machine.ids("keys list --plan TestPlan").remove(0);
    let sound = machine.run(&format!("explain {row} -o json"));
    assert_eq!(sound.status, 0, "{}{}", sound.stdout, sound.stderr);
    let chains: serde_json::Value = serde_json::from_str(&sound.stdout).expect("JSON");
    assert!(field_values(&chains[0]["links"], "state").iter().all(|state| state == "holds"), "{chains}");
    assert_eq!(
        field_values(&chains[0]["links"], "link").join(" "),
        "stage method key value enabled plan plan-stage plan-throttle stage-throttle account-throttle quota propagation"
    );

    let named = machine.run(&format!("explain {row} --stage TieredAPI:prod -o json"));
    assert_eq!(named.status, 0, "by the API's name: {}", named.stderr);
    let nowhere = machine.run(&format!("explain {row} --stage w4k8t2m7xq:nosuch -o json"));
    assert_eq!(nowhere.status, 1, "{}", nowhere.stderr);
    let chains: serde_json::Value = serde_json::from_str(&nowhere.stdout).expect("JSON");
    let answer = &chains[0]["answer"];
    assert_eq!((&answer["status"], &answer["message"]), (&403.into(), &"Forbidden".into()));
    assert!(nowhere.stderr.contains("there is no deployed stage w4k8t2m7xq:nosuch"), "{}", nowhere.stderr);

    let nobody = machine.run("explain nobody-of-that-name");
    assert_eq!((nobody.status, nobody.stdout.as_str()), (2, ""), "{}", nobody.stderr);
}

#[test]
fn a_tenant_is_explained_for_each_key_and_a_shared_key_without_a_tenant() {
    let machine = Machine::with_local_aws(World::Sample);
    let keys = machine.json("keys list --plan FreePlan");
    let tenant = keys[0]["tenant"].as_str().expect("a tenant").to_owned();
    let all = machine.ids(&format!("keys list --tenant {tenant}")).len();
    let said = machine.run(&format!("explain {tenant} -o json"));
    let chains: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(chains.as_array().map(Vec::len), Some(all), "{chains}");
    let shared = machine.json("explain 33xtplpft7");
    assert_eq!((&shared[0]["key"], &shared[0]["plan"]), (&serde_json::Value::Null, &"FreePlan".into()));
}
