//! `keypool whose`: look up a key by value, end of a value, API key id or tenant key id.

use keypool_local_aws::World;

use crate::support::accounts::both_machines;
use crate::support::command::{CommandOutput, Machine, field_values};

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample)
}

fn assert_not_printed(value: &str, output: &CommandOutput) {
    assert!(
        !output.stdout.contains(value) && !output.stderr.contains(value),
        "{}{}",
        output.stdout,
        output.stderr
    );
}

#[test]
fn json_of_a_found_key() {
    insta::assert_snapshot!(sample().run("whose 9ri19r0wyo -o json").stdout);
}

#[test]
fn a_value_or_its_end_finds_every_tenant_of_the_key() {
    let machine = sample();
    let shared = machine.json("keys list --plan FreePlan --reveal");
    let value = shared[0]["value"].as_str().expect("a value").to_owned();
    let end = format!("****{}", &value[value.len() - 6..]);
    for (clue, by) in [(value.as_str(), "value"), (end.as_str(), "valueEnd")] {
        let output = machine.run(&format!("whose {clue} -o json"));
        assert_eq!(output.status, 0, "{}", output.stderr);
        assert_not_printed(&value, &output);
        let found: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
        assert_eq!((&found[0]["by"], &found[0]["apiKeyId"]), (&by.into(), &"33xtplpft7".into()));
        assert_eq!(field_values(&found[0]["keys"], "tenant").len(), 12);
    }
}

#[test]
fn a_tenant_key_id_from_standard_input_finds_its_pool() {
    let machine = sample();
    let id = &machine.ids("keys list --plan BasicPlan")[0];
    let output = machine.run_with_stdin("whose - -o json", &format!("{id}\n"));
    let found: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!((&found[0]["by"], &found[0]["tenantKeyId"]), (&"tenantKeyId".into(), &id.as_str().into()));
    assert_eq!((&found[0]["plans"][0], &found[0]["pool"]["capacity"]), (&"BasicPlan".into(), &10.into()));
}

#[test]
fn values_that_are_not_stored_are_searched_in_api_gateway() {
    for machine in both_machines() {
        let machine = machine.with_env("KEYPOOL_STORE_VALUES", "false");
        let created = machine.json("keys create --plan PremiumPlan --tenant acme --name k --reveal");
        let (id, value) =
            (created[0]["id"].as_str().expect("an id"), created[0]["value"].as_str().expect("a value"));
        let output = machine.run(&format!("whose {} -o json", &value[value.len() - 8..]));
        assert_not_printed(value, &output);
        let found: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
        assert_eq!(
            (field_values(&found, "apiKeyId"), &found[0]["keys"][0]["tenant"]),
            (vec![id.to_owned()], &"acme".into())
        );
    }
}

#[test]
fn no_match_lists_what_was_searched_and_exits_1() {
    let output = sample().run("whose ****unknown");
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output.stderr.starts_with("error: no key matches; searched the ids of 34 tenant keys and "),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("the values of 14 API keys in API Gateway"), "{}", output.stderr);
    let short = sample().run("whose ***abc");
    assert_eq!(short.status, 2);
    assert!(short.stderr.contains("give at least the last 6"), "{}", short.stderr);
}
