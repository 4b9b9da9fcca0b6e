//! Output for pool keys with an unreadable counter.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_local_aws::World;
use serde_json::Value;

use crate::support::command::Machine;
use crate::wire::support::sdk_clients;

/// Replaces the tenant count in a pool key's counter with text, and removes the capacity.
fn corrupt_counter(machine: &Machine, api_key: &str) {
    let (_, dynamodb) = sdk_clients(&machine.aws().endpoint());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let update = dynamodb
        .update_item()
        .table_name("keypool-pools")
        .key("id", text(&format!("key#{api_key}")))
        .update_expression("SET tenants = :odd REMOVE #capacity")
        .expression_attribute_names("#capacity", "capacity")
        .expression_attribute_values(":odd", text("three"));
    runtime.block_on(update.send()).expect("a corrupt counter");
}

#[test]
fn an_unreadable_counter_is_marked_in_every_format() {
    let machine = Machine::with_local_aws(World::Sample);
    let before = machine.json("pools");
    let api_key = before[0]["keys"][0]["apiKeyId"].as_str().expect("an id").to_owned();
    corrupt_counter(&machine, &api_key);
    let after = machine.json("pools");
    let key = &after[0]["keys"][0];
    assert_eq!((&key["tenants"], &key["capacity"]), (&Value::Null, &Value::Null));
    for format in ["csv", "table"] {
        let output = machine.run(&format!("pools -o {format}"));
        let line = output.stdout.lines().find(|line| line.contains(&api_key)).expect("its line");
        assert_eq!(line.matches('?').count(), 2, "{format}: {line}");
    }
    let found = machine.json(&format!("whose {api_key}"));
    assert_eq!(found[0]["pool"]["tenants"], Value::Null);
    let output = machine.run(&format!("whose {api_key} -o csv"));
    assert!(output.stdout.contains(",?,?,"), "{}", output.stdout);
}
