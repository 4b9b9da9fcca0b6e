//! Exporting and importing pools as files.

use keypool_local_aws::World;

use crate::support::command::{Machine, field_values};

/// Plan ids of the sample.
const TEST_PLAN: &str = "h3v9qk";
const FREE_PLAN: &str = "u5cq7z";

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample)
}

/// Imports a pool file with this name and text.
fn import(
    machine: &Machine,
    name: &str,
    text: &str,
    args: &[&str],
) -> crate::support::command::CommandOutput {
    let path = machine.path(name);
    std::fs::write(&path, text).expect("a file");
    machine.run_args(&[&["pools", "import", path.to_str().expect("UTF-8")], args].concat())
}

#[test]
fn pools_are_exported_in_the_format_of_the_sample() {
    insta::assert_snapshot!(sample().run("pools export --format js").stdout);
}

#[test]
fn an_exported_pool_has_the_stored_name_of_its_plan_also_beside_a_namesake() {
    let machine = sample();
    machine.post("/usageplans", r#"{"name":"FreePlan"}"#);
    let pools = machine.json("pools");
    let shown = field_values(&pools, "plan");
    assert!(shown.contains(&format!("{FREE_PLAN} (FreePlan)")), "{shown:?}");
    let exported = machine.run("pools export --format json").stdout;
    assert!(exported.contains("\"planName\": \"FreePlan\""), "{exported}");
}

#[test]
fn json_of_an_import() {
    let machine = sample();
    let id = &machine.ids("keys list --plan TestPlan")[0];
    let text = format!("[{{\"planId\": \"{TEST_PLAN}\", \"apiKeys\": [\"{id}\"]}}]");
    let output = import(&machine, "pools.json", &text, &["--dry-run", "-o", "json"]);
    insta::assert_snapshot!(format!("{}\n{}", output.stdout, output.stderr));
    assert_eq!(machine.json("pools").as_array().map(Vec::len), Some(2), "a dry run writes nothing");
}

#[test]
fn an_exported_file_imports_without_changes() {
    let machine = sample();
    let pools = machine.json("pools");
    for format in ["js", "json"] {
        let path = machine.path(&format!("pools.{format}"));
        let path = path.to_str().expect("UTF-8");
        std::fs::write(path, "what was there").expect("a file");
        let output = machine.run(&format!("pools export --format {format} --output {path}"));
        assert_eq!((output.status, output.stdout.as_str()), (0, ""), "{}", output.stderr);
        let planned = machine.json(&format!("pools import {path}"));
        assert_eq!(field_values(&planned, "action"), ["unchanged", "unchanged"]);
    }
    assert_eq!(machine.json("pools"), pools);
}

#[test]
fn keys_of_a_plan_become_its_pool_by_id_or_value() {
    let machine = sample();
    let before = machine.json("keys list --plan TestPlan --reveal");
    let (id, value) =
        (before[0]["id"].as_str().expect("an id"), before[1]["value"].as_str().expect("a value"));
    let second = before[1]["id"].as_str().expect("an id");
    let text = format!(
        "exports.apiKeyPools = [{{planName: 'TestPlan' planId: '{TEST_PLAN}', apiKeys: ['{id}', '{value}']}}];"
    );
    let refused = import(&machine, "api_key_pools.js", &text, &[]);
    assert_eq!(refused.status, 2, "no terminal to confirm on: {}", refused.stderr);
    let output = import(&machine, "api_key_pools.js", &text, &["--yes", "--capacity", "7"]);
    assert_eq!(output.status, 0, "{}", output.stderr);
    assert!(output.stderr.contains(&format!("API key {id} is acme's own key")), "{}", output.stderr);
    assert!(!format!("{}{}", output.stdout, output.stderr).contains(value));
    let created = machine.json("keys create --plan TestPlan --tenant acme --name k --count 2");
    assert_eq!(field_values(&created, "mode"), ["pooled", "pooled"]);
    let mut used = field_values(&created, "apiKeyId");
    used.sort_unstable();
    let mut pool = [id.to_owned(), second.to_owned()];
    pool.sort_unstable();
    assert_eq!(used, pool);
}

#[test]
fn an_invalid_pool_file_is_refused_and_changes_nothing() {
    let machine = sample();
    let pools = machine.json("pools");
    let text = format!(
        "[{{planId: '{FREE_PLAN}', apiKeys: ['5v2seh60kv']}}, {{planId: '...', planName: 'BasicPlan', apiKeys: ['...']}}]"
    );
    let output = import(&machine, "api_key_pools.js", &text, &["--yes"]);
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    for words in [
        "API key 5v2seh60kv is not attached to usage plan FreePlan",
        "the pool of FreePlan omits 33xtplpft7, which 12 tenant keys use",
        "no usage plan has the id `...` (the one named \"BasicPlan\" has the id b7m3xj)",
    ] {
        assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
    }
    let broken = import(&machine, "api_key_pools.js", "const apiKeyPools = [\n  planId: 1", &["--yes"]);
    assert_eq!(broken.status, 2);
    assert!(
        broken.stderr.contains("api_key_pools.js, line 2, column 3: expected a pool"),
        "{}",
        broken.stderr
    );
    let binary = machine.path("binary.js");
    std::fs::write(&binary, [0xff, 0xfe, 0]).expect("a file");
    let output = machine.run(&format!("pools import {}", binary.display()));
    assert!(output.status == 2 && output.stderr.contains("is not UTF-8"), "{}", output.stderr);
    assert_eq!(machine.run("pools import nowhere.js").status, 1);
    assert_eq!(machine.json("pools"), pools);
}

#[test]
fn readonly_refuses_a_pool_import() {
    let machine = sample();
    let text = format!("[{{planId: '{FREE_PLAN}', capacity: 7, apiKeys: ['33xtplpft7']}}]");
    let output = import(&machine, "api_key_pools.js", &text, &["--readonly", "--yes"]);
    assert!(output.status == 2 && output.stderr.contains("read-only"), "{}", output.stderr);
}
