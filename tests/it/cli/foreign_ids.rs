//! Commands given the id of an API key or plan that belongs to another team: nothing is changed.

use std::collections::BTreeSet;

use clap::{Arg, Command, CommandFactory};
use keypool::cli::Cli;
use keypool_local_aws::World;
use serde_json::json;

use crate::support::command::{Machine, field_values};

const FOREIGN_KEY_VALUE: &str = "theirs-0123456789-0123456789-0123456789";
/// Value names of arguments that take an id.
const ID_NAMES: [&str; 4] = ["ID", "API KEY ID", "PLAN", "NAME|ID"];

/// Error of a command that would adopt the plan and needs confirmation.
const PROMPT_REFUSAL: &str = "there is no terminal to confirm it";

/// Each command and a part of its error.
///
/// `{key}` is a foreign API key in TestPlan, the foreign plan, `{loose}` a foreign API key in no plan, and `{ours}` a
/// tenant key of ours in another plan.
const COMMANDS: [(&str, &str); 30] = [
    ("pools retire {key} --yes", "not managed by keypool"),
    ("pools retire {loose} --yes", "is in no usage plan and not managed by keypool"),
    ("pools drain {key} --yes", "is in no pool"),
    ("pools rotate {key} --grace 0 --yes", "is in no pool"),
    ("pools create TestPlan --key {key}", PROMPT_REFUSAL),
    ("pools create BasicPlan --key {key} --yes", "already has a pool"),
    ("pools create PremiumPlan --key {key} --yes", "is not in PremiumPlan"),
    ("pools grow TestPlan --yes", "has no pool"),
    ("pools set TestPlan --capacity 5 --yes", "has no pool"),
    ("pools rebalance TestPlan --yes", "has no pool"),
    ("pools dissolve TestPlan --yes", "has no pool"),
    ("keys edit {key} --disable --yes", "does not exist"),
    ("keys delete {key} --yes", "does not exist"),
    ("keys rotate {key} --grace 0 --yes", "does not exist"),
    ("keys isolate {key} --yes", "does not exist"),
    ("keys consolidate {key} --yes", "does not exist"),
    ("keys move {key} --plan BasicPlan --yes", "does not exist"),
    ("keys move {ours} --plan TestPlan", PROMPT_REFUSAL),
    ("keys create --plan TestPlan --tenant acme --name web", PROMPT_REFUSAL),
    ("keys import keys.csv --overwrite --yes", "not managed by keypool"),
    ("usage extend {key} --add 5 --reason why --yes", "keypool plans adopt TestPlan"),
    ("usage extend {key} --plan TestPlan --take 5 --reason why --yes", "keypool plans adopt TestPlan"),
    ("plans edit TestPlan --rate 1 --burst 1 --yes", "keypool plans adopt TestPlan"),
    ("plans delete TestPlan --yes", "keypool plans adopt TestPlan"),
    ("plans link TestPlan w4k8t2m7xq:beta --yes", "there is no stage"),
    ("plans unlink TestPlan w4k8t2m7xq:prod --yes", "keypool plans adopt TestPlan"),
    ("plans throttle TestPlan GET /api --rate 1 --burst 1 --yes", "keypool plans adopt TestPlan"),
    ("plans release TestPlan --yes", "not managed"),
    ("plans adopt TestPlan", PROMPT_REFUSAL),
    ("setup plan -f plans.toml --yes", "keypool plans adopt TestPlan"),
];

/// A machine with the ids `[key, loose, ours]` of [`COMMANDS`].
fn machine_with_foreign_keys() -> (Machine, [String; 3]) {
    let machine = Machine::with_local_aws(World::Sample);
    let ours = machine.ids("keys list --plan PremiumPlan").remove(0);
    assert_eq!(machine.run("plans release TestPlan --yes").status, 0);
    let create_api_key = |name: &str, value: &str| {
        let before = machine.api_key_ids();
        let body = json!({ "name": name, "enabled": true, "value": value });
        machine.post("/apikeys", &body.to_string());
        machine.api_key_ids().into_iter().find(|id| !before.contains(id)).expect("an API key")
    };
    let (key, loose) = (
        create_api_key("theirs", FOREIGN_KEY_VALUE),
        create_api_key("loose", &FOREIGN_KEY_VALUE.replace("theirs", "loose")),
    );
    machine.post("/usageplans/h3v9qk/keys", &json!({ "keyId": key, "keyType": "API_KEY" }).to_string());
    let csv = format!("name,key,enabled,usageplanIds\nours,{FOREIGN_KEY_VALUE},true,BasicPlan\n");
    let machine = machine
        .with_file("keys.csv", &csv)
        .with_file("plans.toml", "[plans.TestPlan]\nthrottle = { rate = 1, burst = 1 }\n");
    (machine, [key, loose, ours])
}

/// The contents of API Gateway and of the tables.
fn account_snapshot(machine: &Machine) -> String {
    let lists = ["keys list", "plans", "pools", "keys export --format csv"];
    let output = lists.map(|line| machine.run(line).stdout);
    format!("{}{:?}", output.join("\n"), machine.api_key_ids())
}

#[test]
fn no_command_changes_foreign_keys_or_plans() {
    let (machine, [key, loose, ours]) = machine_with_foreign_keys();
    let before = account_snapshot(&machine);
    for (line, words) in COMMANDS {
        let line = line.replace("{key}", &key).replace("{loose}", &loose).replace("{ours}", &ours);
        let path_in_home = |file: &str| machine.path(file).display().to_string();
        let line = line
            .replace("keys.csv", &path_in_home("keys.csv"))
            .replace("plans.toml", &path_in_home("plans.toml"));
        let output = machine.run(&line);
        assert_ne!(output.status, 0, "{line}: {}{}", output.stdout, output.stderr);
        assert!(output.stderr.contains(words), "{line}: `{words}` is not in: {}", output.stderr);
        assert!(!output.stderr.contains(FOREIGN_KEY_VALUE), "{line}");
    }
    assert_eq!(account_snapshot(&machine), before);
    let fixed = machine.run("doctor --fix --only orphan-key --yes");
    assert_eq!((fixed.status, account_snapshot(&machine)), (0, before), "{}", fixed.stderr);
}

#[test]
fn verify_skips_foreign_plans() {
    let (machine, _) = machine_with_foreign_keys();
    let before = account_snapshot(&machine);
    let results = machine.json("verify --count 1 --yes");
    assert!(!field_values(&results, "plan").contains(&"TestPlan".to_owned()), "{results}");
    let output = machine.run("plans edit TestPlan --rate 5 --burst 5");
    assert!(output.stderr.contains("plans adopt TestPlan"), "it is not managed: {}", output.stderr);
    assert_eq!(account_snapshot(&machine), before);
}

/// Collects the commands that write and take an id.
fn collect_commands_with_ids(command: &Command, path: &str, found: &mut BTreeSet<String>) {
    let is_id = |arg: &Arg| {
        arg.get_value_names().is_some_and(|names| names.iter().any(|name| ID_NAMES.contains(&name.as_str())))
    };
    let writes = command.get_arguments().any(|arg| arg.get_long() == Some("dry-run"));
    // The steps of `setup` take the id of a REST API, never of an API key or plan.
    let is_setup_step = path.starts_with("setup ");
    if writes && !is_setup_step && command.get_arguments().any(is_id) {
        found.insert(path.to_owned());
    }
    for subcommand in command.get_subcommands() {
        collect_commands_with_ids(subcommand, format!("{path} {}", subcommand.get_name()).trim(), found);
    }
}

#[test]
fn every_command_that_writes_and_takes_an_id_is_tested() {
    let mut found = BTreeSet::new();
    collect_commands_with_ids(&Cli::command(), "", &mut found);
    assert!(found.len() > 15, "{found:?}");
    let is_tested = |path: &&String| COMMANDS.iter().any(|(line, _)| line.starts_with(&format!("{path} ")));
    let missing: Vec<_> = found.iter().filter(|path| !is_tested(path)).collect();
    assert_eq!(missing, [] as [&String; 0]);
}
