//! Bad input and faults: a sentence that says what and where, what to do, and an exit status for each kind.

use keypool_local_aws::{Answer, Fault, World};

use crate::support::command::{Machine, Said};

/// The status, and that the sentence and the hint are there, on stderr alone.
fn expect(said: &Said, status: i32, words: &[&str]) {
    assert_eq!((said.status, said.stdout.as_str()), (status, ""), "{}", said.stderr);
    assert!(said.stderr.starts_with("error: "), "{}", said.stderr);
    for word in words {
        assert!(said.stderr.contains(word), "`{word}` is not in: {}", said.stderr);
    }
}

#[test]
fn a_profile_that_is_not_there() {
    let machine = Machine::bare().with_file(".aws/config", "[profile prod]\nregion = us-east-1\n");
    expect(&machine.run("plans -p prdo"), 3, &["`prdo`", "hint: choose one of: ", "prod"]);
}

#[test]
fn no_region() {
    expect(&Machine::bare().run("plans"), 3, &["no AWS region", "--region"]);
}

#[test]
fn no_credentials() {
    expect(&Machine::bare().run("plans -r us-east-1"), 3, &["no AWS credentials", "aws configure", "--demo"]);
}

#[test]
fn nobody_at_the_endpoint() {
    let machine = Machine::bare().with_credentials();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    expect(&machine.run(&format!("plans --endpoint-url {url}")), 5, &[&url, "hint: "]);
}

#[test]
fn tables_that_are_missing_and_how_to_make_them() {
    let machine = Machine::serving(World::Empty);
    let missing = machine.run("plans");
    expect(&missing, 8, &["keypool setup tables"]);
    let planned = machine.json("setup tables --dry-run");
    assert_eq!(planned["tables"].as_array().map(Vec::len), Some(3));
    assert_eq!(planned["tables"][0]["state"], "missing");
    assert_eq!(machine.run("setup tables").status, 2, "no terminal to ask at");
    assert_eq!(machine.run("setup tables --yes --readonly").status, 2);
    assert_eq!(machine.json("setup tables --yes")[0]["state"], "created");
    assert_eq!(machine.json("setup tables")[0]["state"], "existing");
    assert_eq!(machine.json("plans"), serde_json::json!([]));
}

#[test]
fn a_table_that_was_named_wrongly() {
    let machine = Machine::serving(World::Sample)
        .with_file(".config/keypool/config.toml", "[tables]\nkeys = \"not-there\"\n");
    expect(&machine.run("keys list"), 8, &["not-there"]);
}

#[test]
fn plans_and_keys_that_are_not_there() {
    let machine = Machine::serving(World::Sample);
    let create = |plan| format!("keys create --plan {plan} --tenant acme --name web --yes");
    expect(
        &machine.run(&create("GoldPlan")),
        2,
        &["no usage plan has the id or name `GoldPlan`", "`keypool plans` lists them"],
    );
    expect(&machine.run("keys list --plan GoldPlan"), 2, &["`GoldPlan`"]);
    expect(&machine.run("keys show nothere000"), 2, &["nothere000", "`keypool keys list` lists them"]);
    expect(&machine.run("keys delete nothere000 --yes"), 2, &["nothere000"]);
}

#[test]
fn fields_that_are_empty_or_too_long() {
    let machine = Machine::serving(World::Sample);
    let create = |tenant: &str, name: &str| {
        machine
            .run_words(&["keys", "create", "--plan", "TestPlan", "--tenant", tenant, "--name", name, "--yes"])
    };
    expect(&create("", "web"), 2, &["the tenant is empty"]);
    expect(&create("acme", " "), 2, &["the name is empty"]);
    expect(&create(&"x".repeat(257), "web"), 2, &["257 characters", "at most 256"]);
    expect(&create("acme", &"x".repeat(1_025)), 2, &["1025 characters", "at most 1024"]);
    expect(&create("a;b", "web"), 2, &["the tenant holds ';'"]);
}

#[test]
fn a_pool_that_is_full() {
    let machine = Machine::serving(World::Sample);
    let create = "keys create --plan BasicPlan --tenant acme --name web --yes";
    expect(&machine.run(&format!("{create} --count 51")), 2, &["BasicPlan has room for", "grow the pool"]);
    expect(&machine.run(&format!("{create} --count 0")), 2, &["0 keys cannot be created"]);
}

#[test]
fn flags_that_are_not_there() {
    let said = Machine::bare().run("plans --outptu json");
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("--output"), "{}", said.stderr);
}

#[test]
fn what_iam_does_not_allow_is_named() {
    let machine = Machine::serving(World::Sample);
    machine.aws().faults().script(Fault::on("GetUsagePlans", Answer::AccessDenied { action: None }).always());
    expect(
        &machine.run("plans"),
        4,
        &["not allowed: apigateway:GET", "ask for the IAM action apigateway:GET"],
    );
}

#[test]
fn credentials_that_have_expired() {
    let machine = Machine::serving(World::Sample);
    machine.aws().faults().script(Fault::on("GetUsagePlans", Answer::ExpiredToken).always());
    expect(&machine.run("plans"), 3, &["expired", "hint: "]);
}

#[test]
fn a_create_that_fails_halfway_leaves_nothing_behind() {
    let machine = Machine::serving(World::Sample);
    let before = machine.json("plans");
    machine
        .aws()
        .faults()
        .script(Fault::on("TransactWriteItems", Answer::AccessDenied { action: None }).always());
    machine.aws().faults().script(Fault::on("PutItem", Answer::AccessDenied { action: None }).always());
    for plan in ["TestPlan", "BasicPlan"] {
        let said = machine.run(&format!("keys create --plan {plan} --tenant acme --name web --yes"));
        expect(&said, 4, &["not allowed: dynamodb:PutItem", "table/"]);
    }
    machine.aws().faults().clear();
    assert_eq!(machine.json("plans"), before);
}
