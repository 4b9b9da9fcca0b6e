//! The indexes of a Keys table of earlier versions, on the command line.

use keypool_local_aws::World;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::command::{Machine, field_values};
use crate::support::old_tables::{create_old_tables, indexes};
use crate::wire::support::sdk_clients;

fn machine_with_old_tables() -> Machine {
    let machine = Machine::with_local_aws(World::Empty);
    machine.create_api();
    let (_, dynamodb) = sdk_clients(&machine.aws().endpoint());
    Runtime::new().expect("a runtime").block_on(create_old_tables(&dynamodb));
    machine
}

fn index_names(machine: &Machine) -> Vec<String> {
    let (_, dynamodb) = sdk_clients(&machine.aws().endpoint());
    let indexes = Runtime::new().expect("a runtime").block_on(indexes(&dynamodb));
    indexes.into_iter().map(|(name, _)| name).collect()
}

fn tables_step(machine: &Machine) -> (Value, Value, Value) {
    let steps: Value = serde_json::from_str(&machine.run("setup -o json").stdout).expect("JSON");
    let step =
        steps.as_array().expect("steps").iter().find(|step| step["step"] == "tables").expect("the step");
    (step["state"].clone(), step["detail"].clone(), step["command"].clone())
}

const OLD: [&str; 3] = ["by-owner", "by-plan", "by-pool-key"];

#[test]
fn setup_shows_a_missing_index_and_adds_it_once_confirmed() {
    let machine = machine_with_old_tables();
    let detail = "missing: index by-plan-owner of keypool-keys; outdated: index by-plan of keypool-keys";
    assert_eq!(tables_step(&machine), ("missing".into(), detail.into(), "keypool setup tables".into()));

    let planned = machine.json("setup tables --dry-run");
    assert_eq!(
        field_values(&planned["steps"], "step"),
        [
            "add the index by-plan-owner to the DynamoDB table keypool-keys, and wait until it has all items",
            "remove the index by-plan from the DynamoDB table keypool-keys",
        ]
    );
    assert!(planned["cautions"].to_string().contains("one write per item"), "{planned}");
    let index_rows = |tables: &Value| {
        let rows = tables.as_array().expect("rows").iter().filter(|row| row["index"] != Value::Null);
        rows.map(|row| json!([row["table"], row["index"], row["state"]])).collect::<Vec<_>>()
    };
    assert_eq!(
        index_rows(&planned["tables"]),
        [json!(["keypool-keys", "by-plan-owner", "missing"]), json!(["keypool-keys", "by-plan", "outdated"])]
    );
    assert_eq!(machine.run("setup tables").status, 2, "no terminal to confirm on");
    assert_eq!(machine.run("setup tables --yes --readonly").status, 2);
    assert_eq!(
        (index_names(&machine), machine.aws().calls().count("UpdateTable")),
        (OLD.map(str::to_owned).to_vec(), 0)
    );

    let done = machine.json("setup tables --yes");
    assert_eq!(
        index_rows(&done),
        [json!(["keypool-keys", "by-plan-owner", "added"]), json!(["keypool-keys", "by-plan", "removed"])]
    );
    assert_eq!(index_names(&machine), ["by-owner", "by-plan-owner", "by-pool-key"]);
    assert_eq!(tables_step(&machine), ("done".into(), "all tables exist".into(), Value::Null));
    assert_eq!(field_values(&machine.json("setup tables"), "state"), ["existing"; 3]);
}

#[test]
fn the_doctor_says_which_indexes_are_missing_and_setup_cures_it() {
    let machine = machine_with_old_tables();
    let remark = "missing: index by-plan-owner of keypool-keys; outdated: index by-plan of keypool-keys: `keypool setup \
                  tables` brings the indexes up to date";
    let doctor = machine.run("doctor");
    assert!(doctor.stderr.contains(remark), "{}{}", doctor.stdout, doctor.stderr);
    machine.json("setup tables --yes");
    let cured = machine.run("doctor");
    assert!(!cured.stderr.contains("by-plan"), "{}", cured.stderr);
}
