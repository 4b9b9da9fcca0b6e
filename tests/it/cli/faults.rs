//! Errors: message, hint and exit status.

use keypool_local_aws::{Answer, Fault, World};

use crate::support::command::{CommandOutput, Machine};

/// Checks exit status and words of an error, which is printed only to standard error.
fn assert_error(output: &CommandOutput, status: i32, words: &[&str]) {
    assert_eq!((output.status, output.stdout.as_str()), (status, ""), "{}", output.stderr);
    assert!(output.stderr.starts_with("error: "), "{}", output.stderr);
    for word in words {
        assert!(output.stderr.contains(word), "`{word}` is not in: {}", output.stderr);
    }
}

#[test]
fn a_missing_profile_lists_the_known_ones() {
    let machine = Machine::new().with_file(".aws/config", "[profile prod]\nregion = us-east-1\n");
    assert_error(&machine.run("plans -p prdo"), 3, &["`prdo`", "hint: choose one of: ", "prod"]);
}

#[test]
fn a_missing_region_is_an_error() {
    assert_error(&Machine::new().run("plans"), 3, &["no AWS region", "--region"]);
}

#[test]
fn missing_credentials_are_an_error() {
    assert_error(
        &Machine::new().run("plans -r us-east-1"),
        3,
        &["no AWS credentials", "aws configure", "--demo"],
    );
}

#[test]
fn a_refused_connection_names_the_endpoint() {
    let machine = Machine::new().with_credentials();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    assert_error(&machine.run(&format!("plans --endpoint-url {url}")), 5, &[&url, "hint: "]);
}

#[test]
fn missing_tables_can_be_created() {
    let machine = Machine::with_local_aws(World::Empty);
    let missing = machine.run("plans");
    assert_eq!(missing.status, 0, "it is read without tables: {}", missing.stderr);
    assert!(missing.stderr.contains("note: no tables"), "{}", missing.stderr);
    let planned = machine.json("setup tables --dry-run");
    assert_eq!(planned["tables"].as_array().map(Vec::len), Some(3));
    assert_eq!(planned["tables"][0]["state"], "missing");
    assert_eq!(machine.run("setup tables").status, 2, "no terminal to confirm on");
    assert_eq!(machine.run("setup tables --yes --readonly").status, 2);
    assert_eq!(machine.json("setup tables --yes")[0]["state"], "created");
    assert_eq!(machine.json("setup tables")[0]["state"], "existing");
    assert_eq!(machine.json("plans"), serde_json::json!([]));
}

#[test]
fn a_wrong_table_name_is_reported() {
    let machine = Machine::with_local_aws(World::Sample)
        .with_file(".config/keypool/config.toml", "[tables]\nkeys = \"not-there\"\n");
    assert_error(&machine.run("keys list"), 8, &["not-there"]);
}

#[test]
fn unknown_plans_and_keys_are_reported() {
    let machine = Machine::with_local_aws(World::Sample);
    let create = |plan| format!("keys create --plan {plan} --tenant acme --name web --yes");
    assert_error(
        &machine.run(&create("GoldPlan")),
        2,
        &["no usage plan has the id or name `GoldPlan`", "`keypool plans` lists them"],
    );
    assert_error(&machine.run("keys list --plan GoldPlan"), 2, &["`GoldPlan`"]);
    assert_error(&machine.run("keys show nothere000"), 2, &["nothere000", "`keypool keys list` lists them"]);
    assert_error(&machine.run("keys delete nothere000 --yes"), 2, &["nothere000"]);
}

#[test]
fn empty_and_too_long_fields_are_refused() {
    let machine = Machine::with_local_aws(World::Sample);
    let create = |tenant: &str, name: &str| {
        machine
            .run_args(&["keys", "create", "--plan", "TestPlan", "--tenant", tenant, "--name", name, "--yes"])
    };
    assert_error(&create("", "web"), 2, &["tenant is required"]);
    assert_error(&create("acme", " "), 2, &["name is required"]);
    assert_error(&create(&"x".repeat(257), "web"), 2, &["257 characters", "the maximum is 256"]);
    assert_error(&create("acme", &"x".repeat(1_025)), 2, &["1025 characters", "the maximum is 1024"]);
    assert_error(&create("a;b", "web"), 2, &["tenant contains ';'"]);
}

#[test]
fn a_full_pool_refuses_more_keys() {
    let machine = Machine::with_local_aws(World::Sample);
    let create = "keys create --plan BasicPlan --tenant acme --name web --yes";
    assert_error(
        &machine.run(&format!("{create} --count 51")),
        2,
        &["BasicPlan has room for", "grow the pool"],
    );
    assert_error(&machine.run(&format!("{create} --count 0")), 2, &["cannot create 0 keys"]);
}

#[test]
fn an_unknown_flag_suggests_the_right_one() {
    let output = Machine::new().run("plans --outptu json");
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("--output"), "{}", output.stderr);
}

#[test]
fn a_wrong_argument_is_shown_on_its_line_and_cannot_control_the_terminal() {
    let forged = "keys\nerror: forged\u{1b}[2J\u{202e}";
    for arguments in [&[forged][..], &["plans", forged], &["report", "--month", forged]] {
        let output = Machine::new().run_args(arguments);
        assert_eq!(output.status, 2);
        let shown = &output.stderr;
        assert!(shown.contains(r"keys\nerror: forged\u{1b}[2J\u{202e}"), "{shown:?}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    }
    // Escaped, it is as long as a key value, which would be masked.
    let short = Machine::new().run_args(&["plans", "x\u{1b}[31m\u{7}\u{202e}"]).stderr;
    assert!(short.contains(r"'x\u{1b}[31m\u{7}\u{202e}'"), "{short:?}");
}

#[test]
fn a_denied_iam_action_is_named() {
    let machine = Machine::with_local_aws(World::Sample);
    machine.aws().faults().script(Fault::on("GetUsagePlans", Answer::AccessDenied { action: None }).always());
    assert_error(
        &machine.run("plans"),
        4,
        &["not allowed: apigateway:GET", "ask for the IAM action apigateway:GET"],
    );
}

#[test]
fn a_configured_number_of_attempts_includes_those_refused_because_of_the_rate() {
    let machine = Machine::with_local_aws(World::Sample).with_env("AWS_MAX_ATTEMPTS", "2");
    machine
        .aws()
        .faults()
        .script(Fault::on("GetUsagePlans", Answer::Throttled { retry_after: None }).always());
    assert_error(&machine.run("plans"), 6, &["GetUsagePlans"]);
    assert_eq!(machine.aws().calls().count("GetUsagePlans"), 2);
}

#[test]
fn expired_credentials_are_reported() {
    let machine = Machine::with_local_aws(World::Sample);
    machine.aws().faults().script(Fault::on("GetUsagePlans", Answer::ExpiredToken).always());
    assert_error(&machine.run("plans"), 3, &["expired", "hint: "]);
}

#[test]
fn a_create_that_fails_midway_leaves_nothing_behind() {
    let machine = Machine::with_local_aws(World::Sample);
    let before = machine.json("plans");
    machine
        .aws()
        .faults()
        .script(Fault::on("TransactWriteItems", Answer::AccessDenied { action: None }).always());
    machine.aws().faults().script(Fault::on("PutItem", Answer::AccessDenied { action: None }).always());
    for plan in ["TestPlan", "BasicPlan"] {
        let output = machine.run(&format!("keys create --plan {plan} --tenant acme --name web --yes"));
        assert_error(&output, 4, &["not allowed: dynamodb:PutItem", "table/"]);
    }
    machine.aws().faults().clear();
    assert_eq!(machine.json("plans"), before);
}
