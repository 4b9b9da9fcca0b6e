//! Commands in an account whose Keys table has more items than they read as a whole.

use keypool_local_aws::World;

use crate::support::command::{Machine, field_values};

/// An account with tables of keypool's own and three tenant keys, one more than the limit.
fn large_account() -> Machine {
    let machine = Machine::with_local_aws(World::Empty);
    machine.create_api();
    for line in [
        "setup tables --yes",
        "plans create Basic --rate 10 --burst 20",
        "plans create Pro --rate 10 --burst 20",
        "keys create --plan Basic --tenant acme --name web",
        "keys create --plan Basic --tenant globex --name web",
        "keys create --plan Pro --tenant acme --name app",
    ] {
        let output = machine.run(line);
        assert_eq!(output.status, 0, "{line}: {}", output.stderr);
    }
    machine.with_env("KEYPOOL_TABLES_SCAN_LIMIT", "2")
}

#[test]
fn a_large_table_is_read_by_plan_and_tenant_and_as_a_whole_only_if_asked() {
    let machine = large_account();
    for line in ["keys list", "whose abcdef", "doctor", "keys rotate x --grace 0 --yes", "pools"] {
        let refused = machine.run(line);
        assert_eq!(refused.status, 2, "{line}: {}{}", refused.stdout, refused.stderr);
        for part in [
            "table keypool-keys has about 3 items, and a command reads at most 2 of them (`scan_limit` under [tables])",
            "--scan reads the whole table all the same; without it, `keypool keys list` reads only what it lists",
        ] {
            assert!(refused.stderr.contains(part), "{line}: {}", refused.stderr);
        }
    }
    let tenants = |line: &str| field_values(&machine.json(line), "name");
    assert_eq!(tenants("keys list --plan Basic"), ["web", "web"]);
    let mut of_acme = tenants("keys list --tenant acme");
    of_acme.sort_unstable();
    assert_eq!(of_acme, ["app", "web"]);
    assert_eq!(tenants("keys list --tenant acme --plan Pro"), ["app"]);
    assert_eq!(tenants("keys list --scan").len(), 3);
    assert_eq!(machine.run("pools --scan").status, 0);
    let revealed = machine.json("keys list --plan Pro --reveal");
    assert!(!revealed[0]["value"].as_str().expect("a value").is_empty());
}

#[test]
fn above_the_limit_keys_are_shown_edited_and_created_by_what_they_name() {
    let machine = large_account();
    let id = machine.ids("keys list --tenant acme --plan Pro").remove(0);
    machine.aws().calls().clear();
    assert_eq!(machine.json(&format!("keys show {id}"))["name"], "app");
    // Those of the Plans and Pools tables.
    assert_eq!((machine.aws().calls().count("Scan"), machine.aws().calls().count("GetItem")), (2, 1));
    let edited = machine.json(&format!("keys edit {id} --name app2 --disable --yes"));
    assert_eq!((&edited[0]["name"], &edited[0]["enabled"]), (&"app2".into(), &false.into()));
    let created = machine.json("keys create --plan Basic --tenant hooli --name web");
    assert_eq!(created[0]["tenant"], "hooli");
    assert_eq!(field_values(&machine.json("keys list --tenant hooli"), "name"), ["web"]);
    for (line, why) in [
        (format!("keys edit {id} --customer-id c --yes"), "this needs all of them"),
        ("keys edit nosuchkey --name x --yes".to_owned(), "tenant key nosuchkey does not exist"),
        ("keys show nosuchkey".to_owned(), "tenant key nosuchkey does not exist"),
    ] {
        let refused = machine.run(&line);
        assert_ne!(refused.status, 0, "{line}: {}", refused.stdout);
        assert!(refused.stderr.contains(why), "{line}: {}", refused.stderr);
    }
}

#[test]
fn above_the_limit_a_plan_is_created_and_a_reference_deleted_but_no_siloed_key() {
    let machine = large_account();
    let created = machine.json("plans create Gold --rate 10 --burst 20");
    assert_eq!((&created[0]["name"], &created[0]["tenantKeys"]), (&"Gold".into(), &0.into()));
    assert_eq!(machine.run("pools create Gold --new 1 --capacity 5 --scan --yes").status, 0);
    let pooled = machine.json("keys create --plan Gold --tenant hooli --name web")[0]["id"].clone();
    let pooled = pooled.as_str().expect("an id");
    let deleted = machine.json(&format!("keys delete {pooled} --yes"));
    assert_eq!((&deleted[0]["id"], &deleted[0]["tenant"]), (&pooled.into(), &"hooli".into()));
    let siloed = machine.ids("keys list --tenant acme --plan Pro").remove(0);
    for (line, why) in [
        (format!("keys delete {siloed} --yes"), "this needs all of them"),
        (format!("keys delete {pooled} --yes"), "does not exist"),
    ] {
        let refused = machine.run(&line);
        assert_ne!(refused.status, 0, "{line}: {}", refused.stdout);
        assert!(refused.stderr.contains(why), "{line}: {}", refused.stderr);
    }
    let pools = machine.json("pools --scan");
    assert_eq!(pools[0]["keys"][0]["tenants"], 0, "{pools}");
}
