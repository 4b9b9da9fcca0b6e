//! A key value given where an id is expected is recognised and never repeated.

use keypool_local_aws::{Answer, Fault, World};

use crate::support::accounts::both_machines;
use crate::support::command::{CommandOutput, Machine};

/// Every command that takes an id, with `{}` in its place.
const COMMANDS: [&str; 46] = [
    "keys show {}",
    "keys show {} -o json",
    "keys edit {} --name other",
    "keys delete {} --yes",
    "keys delete {} --dry-run",
    "keys rotate {} --grace 0 --yes",
    "keys isolate {} --yes",
    "keys consolidate {} --yes",
    "keys move {} --plan BasicPlan --yes",
    "keys list --plan {}",
    "keys create --plan {} --tenant acme --name web",
    "call --key {}",
    "explain {}",
    "usage --plan {}",
    "usage extend {} --add 5 --reason why --yes",
    "usage extend 29326ml64l --plan {} --add 5 --reason why --yes",
    "pools create TestPlan --key {} --yes",
    "pools create {} --new 1 --yes",
    "pools rotate {} --grace 0 --yes",
    "pools drain {} --yes",
    "pools retire {} --yes",
    "pools grow {} --yes",
    "pools set {} --capacity 20 --yes",
    "pools rebalance {} --yes",
    "pools dissolve {} --yes",
    "plans edit {} --name other --yes",
    "plans delete {} --yes",
    "plans adopt {} --yes",
    "plans release {} --yes",
    "plans link {} shop:prod --yes",
    "plans throttle {} GET / --none --yes",
    // In place of an API, a stage or a method.
    "plans link FreePlan {}:prod --yes",
    "plans unlink FreePlan {}:prod --yes",
    "plans create other --stage {}:prod --yes",
    "plans create other --stage shop:{} --yes",
    "plans throttle FreePlan GET / --stage {}:prod --rate 1 --burst 1 --yes",
    "plans throttle FreePlan {} / --rate 1 --burst 1 --yes",
    "setup --api {}",
    "setup deploy --api {} --yes",
    "explain 29326ml64l --stage {}:prod",
    "setup role {} --yes",
    // Refused by clap.
    "keys list {}",
    "keys rotate 29326ml64l --grace {}",
    "keys --key={}",
    "{}",
    "whose --value {}",
];

/// Whether the value is in the output, the log or the audit trail.
fn leaks(machine: &Machine, output: &CommandOutput, value: &str) -> bool {
    let files = [machine.path("keypool.log"), machine.path(".local/state/keypool/audit.jsonl")];
    let written = files.iter().filter_map(|file| std::fs::read_to_string(file).ok());
    written.chain([output.stdout.clone(), output.stderr.clone()]).any(|text| text.contains(value))
}

fn with_logging(line: &str, log: &str) -> String {
    format!("--log-file {log} --log-level trace {line}")
}

#[test]
fn no_command_repeats_a_value_given_as_an_id() {
    let machine = Machine::with_local_aws(World::Sample);
    let log = machine.path("keypool.log").display().to_string();
    let keys = machine.json("keys list --reveal");
    let first_key = |mode: &str| {
        let keys = keys.as_array().expect("keys");
        keys.iter().find(|key| key["mode"] == mode).expect("a key of this mode")
    };
    let siloed = first_key("siloed")["value"].as_str().expect("a value").to_owned();
    let pooled = first_key("pooled")["value"].as_str().expect("a value").to_owned();
    for value in [siloed.as_str(), pooled.as_str(), "AKeyOfAnotherAccount0123456789abcdefghij"] {
        for line in COMMANDS {
            let output = machine.run(&with_logging(&line.replace("{}", value), &log));
            assert_ne!(output.status, 0, "{line}: {}", output.stdout);
            assert!(
                !leaks(&machine, &output, value),
                "{line} repeats the value: {}{}",
                output.stdout,
                output.stderr
            );
            assert!(!output.stderr.trim().is_empty(), "{line} prints no error");
        }
    }
    assert!(std::fs::read_to_string(log).expect("a log").contains("keypool starts"));
    assert_eq!(machine.json("keys list --reveal"), keys, "nothing was changed");
}

#[test]
fn a_value_is_recognised_and_its_id_is_named() {
    let machine = Machine::with_local_aws(World::Sample);
    let keys = machine.json("keys list --reveal");
    let siloed =
        keys.as_array().expect("keys").iter().find(|key| key["mode"] == "siloed").expect("a siloed key");
    let (id, value) = (siloed["id"].as_str().expect("an id"), siloed["value"].as_str().expect("a value"));
    let end = &value[value.len() - 4..];
    for line in
        ["keys show {}", "keys delete {} --yes", "call --key {}", "explain {}", "pools drain {} --yes"]
    {
        let output = machine.run(&line.replace("{}", value));
        let words = format!("••••{end} is the value of key {id}, not an id");
        assert!(output.stderr.contains(&words), "{line}: {}", output.stderr);
    }
    let shared = machine.json("keys list --plan FreePlan --reveal");
    let output = machine
        .run(&format!("keys rotate {} --grace 0 --yes", shared[0]["value"].as_str().expect("a value")));
    assert!(output.stderr.contains("is the value of API key 33xtplpft7 (tenant keys "), "{}", output.stderr);
    assert!(output.stderr.contains(" and 9 more"), "{}", output.stderr);
}

#[test]
fn a_value_given_for_a_plan_is_recognised_while_a_plan_cannot_be_read() {
    for machine in both_machines() {
        let created = machine.json("keys create --plan PremiumPlan --tenant acme --name k --reveal");
        let (id, value) =
            (created[0]["id"].as_str().expect("an id"), created[0]["value"].as_str().expect("a value"));
        let body =
            r#"{"item":[{"id":"p","name":"Gold","quota":{"limit":"many","period":"DAY"}}]}"#.to_owned();
        machine
            .aws()
            .faults()
            .script(Fault::on("GetUsagePlans", Answer::Body { status: 200, body }).always());
        let output = machine.run(&format!("keys list --plan {value}"));
        assert!(output.stderr.contains(&format!("is the value of key {id}, not an id")), "{}", output.stderr);
        let output = machine.run("keys list --plan NoSuchPlan");
        assert!(output.stderr.contains("whether a usage plan has the id or name `NoSuchPlan` is not known"));
    }
}

#[test]
fn a_value_that_is_not_stored_is_recognised_too() {
    for machine in both_machines() {
        let machine = machine.with_env("KEYPOOL_STORE_VALUES", "false");
        let created = machine.json("keys create --plan PremiumPlan --tenant acme --name k --reveal");
        let (id, value) =
            (created[0]["id"].as_str().expect("an id"), created[0]["value"].as_str().expect("a value"));
        let output = machine.run(&format!("keys show {value}"));
        assert!(output.stderr.contains(&format!("is the value of key {id}, not an id")), "{}", output.stderr);
    }
}

#[test]
fn an_unknown_id_that_cannot_be_a_value_is_repeated() {
    for machine in both_machines() {
        let output = machine.run("keys show nosuchkey1");
        assert!(output.stderr.contains("tenant key nosuchkey1 does not exist"), "{}", output.stderr);
        let output = machine.run("keys list --plan NoSuchPlan");
        assert!(output.stderr.contains("no usage plan has the id or name `NoSuchPlan`"), "{}", output.stderr);
    }
}
