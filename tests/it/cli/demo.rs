//! `--demo`: commands run on a local AWS, without an account, user settings or the network.

use crate::support::command::{Machine, field_values};

#[test]
fn the_demo_has_the_four_plans_of_the_sample() {
    let plans = Machine::new().json("--demo plans");
    assert_eq!(field_values(&plans, "name"), ["TestPlan", "FreePlan", "BasicPlan", "PremiumPlan"]);
    assert_eq!(field_values(&plans, "model"), ["siloed", "pooled", "sharded", "siloed"]);
}

#[test]
fn the_demo_ignores_aws_variables_and_files() {
    let machine = Machine::new()
        .with_env("AWS_PROFILE", "not-there")
        .with_env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .with_env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .with_env("AWS_SECRET_ACCESS_KEY", "secret")
        .with_env("HTTP_PROXY", "http://127.0.0.1:9")
        .with_file(".aws/config", "this is no configuration [")
        .with_file(".config/keypool/config.toml", "region = \"eu-west-1\"\n[tables]\nkeys = \"mine\"\n");
    assert_eq!(machine.json("pools --demo").as_array().map(Vec::len), Some(2));
}

#[test]
fn demo_changes_are_lost_after_the_command() {
    let machine = Machine::new();
    let created = machine.json("--demo keys create --plan TestPlan --tenant acme --name web --yes");
    assert_eq!(created[0]["mode"], "siloed");
    let id = created[0]["id"].as_str().expect("an id");
    assert!(!machine.ids("--demo keys list").contains(&id.to_owned()));
}

#[test]
fn demo_conflicts_with_profile() {
    let output = Machine::new().run("--demo --profile prod plans");
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("'--demo' cannot be used with '--profile <NAME>'"), "{}", output.stderr);
}
