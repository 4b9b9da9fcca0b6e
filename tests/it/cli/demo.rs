//! `--demo` with every command: no account, no settings of the user's, nothing but loopback.

use crate::support::command::{Machine, texts};

#[test]
fn shows_the_samples_four_plans() {
    let plans = Machine::bare().json("--demo plans");
    assert_eq!(texts(&plans, "name"), ["TestPlan", "FreePlan", "BasicPlan", "PremiumPlan"]);
    assert_eq!(texts(&plans, "model"), ["siloed", "pooled", "sharded", "siloed"]);
}

#[test]
fn reads_neither_variables_nor_files_of_aws() {
    let machine = Machine::bare()
        .with("AWS_PROFILE", "not-there")
        .with("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .with("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret")
        .with("HTTP_PROXY", "http://127.0.0.1:9")
        .with_file(".aws/config", "this is no configuration [")
        .with_file(".config/keypool/config.toml", "region = \"eu-west-1\"\n[tables]\nkeys = \"mine\"\n");
    assert_eq!(machine.json("pools --demo").as_array().map(Vec::len), Some(2));
}

#[test]
fn creates_and_deletes_within_one_demo_only() {
    let machine = Machine::bare();
    let created = machine.json("--demo keys create --plan TestPlan --tenant acme --name web --yes");
    assert_eq!(created[0]["mode"], "siloed");
    let id = created[0]["id"].as_str().expect("an id");
    assert!(!machine.ids("--demo keys list").contains(&id.to_owned()));
}

#[test]
fn is_told_apart_from_an_account() {
    let said = Machine::bare().run("--demo --profile prod plans");
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("'--demo' cannot be used with '--profile <NAME>'"), "{}", said.stderr);
}
