//! Importing and exporting keys as files.

use std::collections::BTreeSet;

use keypool_local_aws::World;
use serde_json::Value;

use crate::support::command::{Machine, field_values};

/// Tenant, name and value of each key of a plan.
fn tenants_names_and_values(machine: &Machine, plan: &str) -> BTreeSet<[String; 3]> {
    let list = machine.json(&format!("keys list --plan {plan} --reveal"));
    let field = |name: &str| field_values(&list, name);
    let fields = field("tenant").into_iter().zip(field("name")).zip(field("value"));
    fields.map(|((tenant, name), value)| [tenant, name, value]).collect()
}

#[test]
fn exported_keys_work_after_import_into_another_account() {
    let source = Machine::with_local_aws(World::Sample);
    let file = source.path("keys.csv");
    let export = format!("keys export --include-values --file {}", file.display());
    let output = source.run(&export);
    assert_eq!((output.status, output.stdout.as_str()), (0, ""), "{}", output.stderr);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner can read the values");
    }
    assert_eq!(source.run(&export).status, 1, "an existing file is not overwritten");

    let target = Machine::with_local_aws(World::Sample);
    let deleted = target.ids("keys list --plan PremiumPlan");
    assert_eq!(target.run(&format!("keys delete {} --yes", deleted.join(" "))).status, 0);
    let import = format!("keys import {} -o json", file.display());
    let output = target.run(&import);
    assert_eq!(output.status, 0, "{}", output.stderr);
    let report: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let report = report.as_array().expect("a list");
    assert!(report.iter().all(|line| line["done"] == true), "{report:?}");
    let created = report.iter().filter(|line| line["action"] == "create").count();
    assert_eq!(created, deleted.len(), "existing keys are left alone");
    assert_eq!(target.aws().calls().count("ImportApiKeys"), 1);
    assert_eq!(
        tenants_names_and_values(&target, "PremiumPlan"),
        tenants_names_and_values(&source, "PremiumPlan")
    );
    let id = &target.ids("keys list --plan PremiumPlan")[0];
    assert_eq!(target.json(&format!("call --key {id}"))["counts"]["ok"], 1);
    assert_eq!(target.run("doctor").status, 0, "no findings");

    let before =
        target.aws().calls().count("ImportApiKeys") + target.aws().calls().count("TransactWriteItems");
    assert_eq!(target.run(&import).status, 0);
    let after =
        target.aws().calls().count("ImportApiKeys") + target.aws().calls().count("TransactWriteItems");
    assert_eq!(before, after, "a repeated import writes nothing");
}

#[test]
fn an_invalid_file_lists_every_error_and_changes_nothing() {
    let machine = Machine::with_local_aws(World::Sample).with_file(
        "keys.csv",
        "Name,Key,UsagePlanIds,Tenant\nweb,tooshort,NoSuchPlan,acme\n,,BasicPlan,acme\nok,,TestPlan,acme\n",
    );
    let output = machine.run(&format!("keys import {}", machine.path("keys.csv").display()));
    assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{}", output.stderr);
    for words in [
        "2 errors; nothing was changed",
        "line 2, column 5: the Key has 8",
        "line 3, column 1: name is required",
    ] {
        assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
    }
    assert_eq!(machine.aws().calls().count("ImportApiKeys"), 0);
}

#[test]
fn an_import_never_prints_or_records_values() {
    let value = "a-secret-value-that-is-never-shown-1";
    let text = format!("Name,Key,UsagePlanIds,Tenant,Colour\nweb,{value},TestPlan,newcomer,red\n");
    let machine = Machine::with_local_aws(World::Sample).with_file("keys.csv", &text);
    let line = format!("keys import {}", machine.path("keys.csv").display());
    let dry_run = machine.run(&format!("{line} --dry-run"));
    assert!(dry_run.stdout.contains("import 1 API key with their usage plans"), "{}", dry_run.stdout);
    assert!(dry_run.stderr.contains("column `Colour` is unknown and ignored"), "{}", dry_run.stderr);
    let done = machine.run(&line);
    assert_eq!(done.status, 0, "{}", done.stderr);
    let audit = machine.run("audit -o json");
    assert!(audit.stdout.contains("import 1 API key and 1 tenant key"), "{}", audit.stdout);
    let trail = std::fs::read_to_string(machine.path(".local/state/keypool/audit.jsonl")).expect("a trail");
    for text in [&dry_run.stdout, &dry_run.stderr, &done.stdout, &done.stderr, &audit.stdout, &trail] {
        assert!(!text.contains(value), "{text}");
    }
    let machine = machine.with_file("keys.csv", &text.replace("web", "renamed"));
    let refused = machine.run(&line);
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("--overwrite"), "{}", refused.stderr);
    assert_eq!(machine.run(&format!("{line} --overwrite")).status, 2, "no terminal to confirm on");
    let overwritten = machine.run(&format!("{line} --overwrite --yes -o json"));
    assert!(overwritten.stdout.contains("\"renamed\""), "{}{}", overwritten.stdout, overwritten.stderr);
    let key = machine.json("keys list --tenant newcomer");
    assert_eq!(field_values(&key, "name"), ["renamed"], "the tenant key is renamed too");
    assert_eq!(machine.run("doctor").status, 0);
}

#[test]
fn csv_cells_that_look_like_formulas_are_escaped() {
    let machine = Machine::with_local_aws(World::Sample);
    let output =
        machine.run_args(&["keys", "create", "--plan", "TestPlan", "--tenant", "=cmd", "--name", "@x"]);
    assert_eq!(output.status, 0, "{}", output.stderr);
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
