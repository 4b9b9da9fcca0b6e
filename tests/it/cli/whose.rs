//! Whose key is this: by value, end of a value, API key id and row id.

use keypool_local_aws::World;

use crate::support::command::{Machine, Said, texts};

fn sample() -> Machine {
    Machine::serving(World::Sample)
}

fn nowhere_shown(value: &str, said: &Said) {
    assert!(!said.stdout.contains(value) && !said.stderr.contains(value), "{}{}", said.stdout, said.stderr);
}

#[test]
fn json_of_a_found_key() {
    insta::assert_snapshot!(sample().run("whose 9ri19r0wyo -o json").stdout);
}

#[test]
fn a_value_or_its_end_leads_to_every_tenant_behind_it() {
    let machine = sample();
    let shared = machine.json("keys list --plan FreePlan --reveal");
    let value = shared[0]["value"].as_str().expect("a value").to_owned();
    let end = format!("****{}", &value[value.len() - 6..]);
    for (clue, by) in [(value.as_str(), "value"), (end.as_str(), "valueEnd")] {
        let said = machine.run(&format!("whose {clue} -o json"));
        assert_eq!(said.status, 0, "{}", said.stderr);
        nowhere_shown(&value, &said);
        let found: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
        assert_eq!((&found[0]["by"], &found[0]["apiKeyId"]), (&by.into(), &"33xtplpft7".into()));
        assert_eq!(texts(&found[0]["keys"], "tenant").len(), 12);
    }
}

#[test]
fn a_row_id_leads_to_its_pool_and_a_pipe_hides_what_is_asked() {
    let machine = sample();
    let row = &machine.ids("keys list --plan BasicPlan")[0];
    let said = machine.run_reading("whose - -o json", &format!("{row}\n"));
    let found: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!((&found[0]["by"], &found[0]["tenantKeyId"]), (&"tenantKeyId".into(), &row.as_str().into()));
    assert_eq!((&found[0]["plans"][0], &found[0]["pool"]["capacity"]), (&"BasicPlan".into(), &10.into()));
}

#[test]
fn where_rows_hold_no_values_api_gateway_is_asked_once() {
    let machine = sample().with("KEYPOOL_STORE_VALUES", "false");
    let created = machine.json("keys create --plan PremiumPlan --tenant acme --name k --reveal");
    let (id, value) =
        (created[0]["id"].as_str().expect("an id"), created[0]["value"].as_str().expect("a value"));
    let said = machine.run(&format!("whose {} -o json", &value[value.len() - 8..]));
    nowhere_shown(value, &said);
    let found: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(
        (texts(&found, "apiKeyId"), &found[0]["keys"][0]["tenant"]),
        (vec![id.to_owned()], &"acme".into())
    );
}

#[test]
fn nothing_found_says_where_it_looked_and_is_status_1() {
    let said = sample().run("whose ****nobody");
    assert_eq!((said.status, said.stdout.as_str()), (1, ""));
    assert!(
        said.stderr.starts_with("error: no key fits it; looked at the ids of 34 rows and "),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("the values of 14 API keys in API Gateway"), "{}", said.stderr);
    let short = sample().run("whose ***abc");
    assert_eq!(short.status, 2);
    assert!(short.stderr.contains("give at least the last 6"), "{}", short.stderr);
}
