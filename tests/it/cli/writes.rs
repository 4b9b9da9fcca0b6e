//! Creating, editing and deleting tenant keys.

use keypool_local_aws::World;

use crate::support::accounts::both_machines;
use crate::support::command::{Machine, field_values};

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample)
}

const CREATE: &str = "keys create --plan BasicPlan --tenant acme --name web";

#[test]
fn a_created_key_is_printed_as_keys_list_prints_it() {
    for machine in both_machines() {
        let created = machine.json(&format!("{CREATE} --description shop --disabled --yes"));
        let fields: Vec<&String> = created[0].as_object().expect("an object").keys().collect();
        let expected = "id name tenant plan planId mode apiKeyId enabled description createdAt customerId \
                    expiresAt apiKeyCreatedAt ageDays rotation rotatedAt";
        assert_eq!(fields, expected.split(' ').collect::<Vec<_>>());
        assert_eq!(created[0]["enabled"], false);
        assert_eq!(created[0]["description"], "shop");
        let id = created[0]["id"].as_str().expect("an id");
        assert_eq!(machine.json(&format!("keys show {id}")), created[0]);
    }
}

#[test]
fn several_new_keys_are_numbered() {
    for machine in both_machines() {
        let created = machine.json(&format!("{CREATE} --count 3 --yes --reveal"));
        let names: Vec<_> = created.as_array().expect("a list").iter().map(|key| &key["name"]).collect();
        assert_eq!(names, ["web-1", "web-2", "web-3"]);
        assert!(created[0]["value"].is_string());
    }
}

#[test]
fn an_edit_changes_only_the_given_fields() {
    for machine in both_machines() {
        let before = machine.json("keys list --plan PremiumPlan")[0].clone();
        let id = before["id"].as_str().expect("an id");
        let after = machine.json(&format!("keys edit {id} --name other --disable --yes"))[0].clone();
        let mut expected = before.clone();
        expected["name"] = "other".into();
        expected["enabled"] = false.into();
        assert_eq!(after, expected);
        let again = machine.run(&format!("keys edit {id} --disable --yes"));
        assert_eq!((again.status, again.stderr.as_str()), (2, "error: nothing would change\n"));
    }
}

#[test]
fn a_dry_run_writes_nothing() {
    for machine in both_machines() {
        let ids = machine.ids("keys list");
        let pools = machine.json("pools");
        for line in [
            CREATE.to_owned(),
            "keys create --plan TestPlan --tenant acme --name web --count 4".to_owned(),
            format!("keys edit {} --name other", ids[0]),
            format!("keys delete {}", ids.join(" ")),
        ] {
            let output = machine.run(&format!("{line} --dry-run"));
            assert_eq!(output.status, 0, "{line}: {}", output.stderr);
            assert!(output.stdout.lines().count() > 1, "{line}: {}", output.stdout);
        }
        assert_eq!((machine.ids("keys list"), machine.json("pools")), (ids, pools));
    }
}

#[test]
fn without_a_terminal_only_harmful_changes_need_yes() {
    for machine in both_machines() {
        let ids = machine.ids("keys list --plan PremiumPlan");
        let output = machine.run(&format!("keys delete {}", ids[0]));
        let refused = "error: this changes the account, and there is no terminal to confirm it\n\
                   hint: check it with --dry-run, then run it with --yes\n";
        assert_eq!((output.status, output.stderr.as_str()), (2, refused));
        assert_eq!(machine.ids("keys list --plan PremiumPlan"), ids);
        assert_eq!(machine.json(CREATE)[0]["plan"], "BasicPlan");
        assert_eq!(machine.json(&format!("keys edit {} --name other", ids[0]))[0]["name"], "other");
    }
}

#[test]
fn readonly_by_flag_or_config_refuses_every_write() {
    for machine in both_machines() {
        let ids = machine.ids("keys list");
        let delete = format!("keys delete {} --yes", ids[0]);
        for line in
            [format!("{CREATE} --yes"), format!("keys edit {} --disable --yes", ids[0]), delete.clone()]
        {
            let output = machine.run(&format!("--readonly {line}"));
            assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{line}");
            assert!(output.stderr.contains("read-only"), "{}", output.stderr);
        }
        let machine = machine.with_file(".config/keypool/config.toml", "readonly = true\n");
        assert_eq!(machine.run(&delete).status, 2);
        assert_eq!(machine.ids("keys list"), ids);
    }
}

#[test]
fn deleting_a_shared_key_warns_that_its_value_still_works() {
    let machine = sample();
    let id = machine.ids("keys list --plan FreePlan")[0].clone();
    let output = machine.run(&format!("keys delete {id} {id} --yes -o json"));
    assert_eq!(output.status, 0, "{}", output.stderr);
    assert!(output.stderr.starts_with("note: this key is shared: "), "{}", output.stderr);
    assert_eq!(output.stderr.matches("note: this key is shared").count(), 1, "{}", output.stderr);
    let deleted: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(deleted.as_array().map(Vec::len), Some(1));
    assert_eq!(deleted[0]["id"], id.as_str());
    assert!(!machine.ids("keys list").contains(&id));
}

#[test]
fn a_pool_is_created_from_new_keys() {
    let machine = Machine::with_local_aws(World::Sample);
    assert_eq!(machine.run("pools create PremiumPlan").status, 2, "--key or --new is required");
    let pools = machine.json("pools create PremiumPlan --new 2 --strategy sticky --capacity 5 --yes");
    let premium = pools.as_array().expect("a list").iter().find(|pool| pool["plan"] == "PremiumPlan");
    let premium = premium.expect("the pool");
    assert_eq!((&premium["strategy"], &premium["capacity"]), (&"sticky".into(), &5.into()));
    let keys = field_values(&premium["keys"], "apiKeyId");
    let created = machine.json("keys create --plan PremiumPlan --tenant acme --name shared");
    assert_eq!((keys.len(), &created[0]["mode"]), (2, &"pooled".into()));
    assert!(keys.contains(&created[0]["apiKeyId"].as_str().expect("an id").to_owned()), "{created}");
}
