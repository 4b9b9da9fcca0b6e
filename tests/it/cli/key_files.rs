//! Keys out of a file and into one, as people do it.

use std::collections::BTreeSet;

use keypool_local_aws::World;
use serde_json::Value;

use crate::support::command::{Machine, field_values};

/// Whose key is what, and by which value.
fn tenants_names_and_values(machine: &Machine, plan: &str) -> BTreeSet<[String; 3]> {
    let list = machine.json(&format!("keys list --plan {plan} --reveal"));
    let field = |name: &str| field_values(&list, name);
    let fields = field("tenant").into_iter().zip(field("name")).zip(field("value"));
    fields.map(|((tenant, name), value)| [tenant, name, value]).collect()
}

#[test]
fn exported_keys_work_after_import_into_another_account() {
    let from = Machine::with_local_aws(World::Sample);
    let file = from.path("keys.csv");
    let export = format!("keys export --include-values --file {}", file.display());
    let said = from.run(&export);
    assert_eq!((said.status, said.stdout.as_str()), (0, ""), "{}", said.stderr);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "values are their owner's alone");
    }
    assert_eq!(from.run(&export).status, 1, "a file that is there is left alone");

    let to = Machine::with_local_aws(World::Sample);
    let gone = to.ids("keys list --plan PremiumPlan");
    assert_eq!(to.run(&format!("keys delete {} --yes", gone.join(" "))).status, 0);
    let import = format!("keys import {} -o json", file.display());
    let said = to.run(&import);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let report: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let report = report.as_array().expect("a list");
    assert!(report.iter().all(|line| line["done"] == true), "{report:?}");
    let created = report.iter().filter(|line| line["action"] == "create").count();
    assert_eq!(created, gone.len(), "what is there is left as it is");
    assert_eq!(to.aws().calls().count("ImportApiKeys"), 1);
    assert_eq!(tenants_names_and_values(&to, "PremiumPlan"), tenants_names_and_values(&from, "PremiumPlan"));
    let row = &to.ids("keys list --plan PremiumPlan")[0];
    assert_eq!(to.json(&format!("call --key {row}"))["counts"]["ok"], 1);
    assert_eq!(to.run("doctor").status, 0, "all of it fits together");

    let before = to.aws().calls().count("ImportApiKeys") + to.aws().calls().count("TransactWriteItems");
    assert_eq!(to.run(&import).status, 0);
    let after = to.aws().calls().count("ImportApiKeys") + to.aws().calls().count("TransactWriteItems");
    assert_eq!(before, after, "the second time nothing is written");
}

#[test]
fn an_invalid_file_lists_every_error_and_changes_nothing() {
    let machine = Machine::with_local_aws(World::Sample).with_file(
        "keys.csv",
        "Name,Key,UsagePlanIds,Tenant\nweb,tooshort,NoSuchPlan,acme\n,,BasicPlan,acme\nok,,TestPlan,acme\n",
    );
    let said = machine.run(&format!("keys import {}", machine.path("keys.csv").display()));
    assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{}", said.stderr);
    for told in
        ["2 errors; nothing was changed", "line 2, column 5: the Key has 8", "line 3, column 1: the name"]
    {
        assert!(said.stderr.contains(told), "{told}: {}", said.stderr);
    }
    assert_eq!(machine.aws().calls().count("ImportApiKeys"), 0);
}

#[test]
fn an_import_never_prints_or_records_values() {
    let value = "a-value-that-nobody-should-see-0001";
    let text = format!("Name,Key,UsagePlanIds,Tenant,Colour\nweb,{value},TestPlan,newcomer,red\n");
    let machine = Machine::with_local_aws(World::Sample).with_file("keys.csv", &text);
    let line = format!("keys import {}", machine.path("keys.csv").display());
    let dry = machine.run(&format!("{line} --dry-run"));
    assert!(dry.stdout.contains("import 1 API key with their usage plans"), "{}", dry.stdout);
    assert!(dry.stderr.contains("the column `Colour` is not known and left out"), "{}", dry.stderr);
    let done = machine.run(&line);
    assert_eq!(done.status, 0, "{}", done.stderr);
    let audit = machine.run("audit -o json");
    assert!(audit.stdout.contains("import 1 API key and 1 tenant key"), "{}", audit.stdout);
    let trail = std::fs::read_to_string(machine.path(".local/state/keypool/audit.jsonl")).expect("a trail");
    for text in [&dry.stdout, &dry.stderr, &done.stdout, &done.stderr, &audit.stdout, &trail] {
        assert!(!text.contains(value), "{text}");
    }
    let renamed = machine.with_file("keys.csv", &text.replace("web", "renamed"));
    let refused = renamed.run(&line);
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("--overwrite"), "{}", refused.stderr);
    assert_eq!(renamed.run(&format!("{line} --overwrite")).status, 2, "nobody is there to ask");
    let overwritten = renamed.run(&format!("{line} --overwrite --yes -o json"));
    assert!(overwritten.stdout.contains("\"renamed\""), "{}{}", overwritten.stdout, overwritten.stderr);
    let key = renamed.json("keys list --tenant newcomer");
    assert_eq!(field_values(&key, "name"), ["renamed"], "the row follows");
    assert_eq!(renamed.run("doctor").status, 0);
}

#[test]
fn csv_cells_that_look_like_formulas_are_escaped() {
    let machine = Machine::with_local_aws(World::Sample);
    let said =
        machine.run_args(&["keys", "create", "--plan", "TestPlan", "--tenant", "=cmd", "--name", "@x"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let csv = machine.run("keys list --tenant =cmd -o csv").stdout;
    assert!(csv.contains(",'@x,'=cmd,"), "{csv}");
    let json = machine.json("keys list --tenant =cmd");
    assert_eq!(
        (field_values(&json, "name"), field_values(&json, "tenant")),
        (vec!["@x".into()], vec!["=cmd".into()])
    );
}

#[test]
fn the_tenant_key_of_a_pool_key_is_listed_and_exported_as_shared() {
    let machine = Machine::with_local_aws(World::Sample);
    let key = machine.ids("keys list --plan PremiumPlan").remove(0);
    machine.json(&format!("pools create PremiumPlan --key {key} --yes"));
    let modes = field_values(&machine.json("keys list --plan PremiumPlan"), "mode");
    assert_eq!(modes.iter().filter(|mode| *mode == "pool-key").count(), 1, "{modes:?}");
    assert!(modes.iter().any(|mode| mode == "siloed"), "{modes:?}");
    assert_eq!(machine.json(&format!("keys show {key}"))["mode"], "pool-key");
    assert_eq!(machine.json(&format!("whose {key}"))[0]["keys"][0]["mode"], "pool-key");

    let export = machine.run("keys export --include-values");
    assert!(export.stderr.contains("`keypool keys list -o csv` lists those"), "{}", export.stderr);
    let machine = machine.with_file("keys.csv", &export.stdout);
    let line = format!("keys import {}", machine.path("keys.csv").display());
    let actions = field_values(&machine.json(&line), "action");
    assert!(actions.iter().all(|action| action == "unchanged"), "{actions:?}");
}
