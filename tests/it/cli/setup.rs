//! `keypool setup`: from a REST API to a tenant's first call, and plan files.

use keypool_local_aws::{Answer, Fault, World};
use serde_json::{Value, json};

use crate::support::command::{Machine, field_values};

/// An account that has only a REST API, deployed to `prod`, whose one method needs no API key.
fn machine_with_bare_api() -> Machine {
    let machine = Machine::with_local_aws(World::Empty);
    machine.create_api();
    machine
}

fn step_state(machine: &Machine, step: &str) -> String {
    let output = machine.run("setup -o json");
    let steps: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let found = steps
        .as_array()
        .expect("a list")
        .iter()
        .find(|candidate| candidate["step"] == step)
        .expect("the step");
    found["state"].as_str().expect("a state").to_owned()
}

fn run_ok(machine: &Machine, line: &str) {
    let output = machine.run(line);
    assert_eq!(output.status, 0, "{line}: {}", output.stderr);
}

#[test]
fn a_bare_api_is_set_up_command_by_command() {
    let machine = machine_with_bare_api();
    let output = machine.run("setup");
    assert_eq!(output.status, 1, "steps are missing: {}", output.stderr);
    insta::assert_snapshot!(mask_ids(&output.stdout));
    for (step, line) in [
        ("tables", "setup tables --yes"),
        ("plan", "plans create Basic --rate 10 --burst 20 --quota 5/day --price 49"),
        ("methods", "setup methods --require GET /pets"),
        ("deployment", "setup deploy --yes"),
        ("log-role", "setup role arn:aws:iam::123456789012:role/logs --yes"),
        ("execution-log", "setup logging --level info"),
        ("access-log", "setup logging --access-log arn:aws:logs:us-east-1:123456789012:log-group:calls"),
    ] {
        assert_ne!(step_state(&machine, step), "done", "{step}");
        run_ok(&machine, line);
        assert_eq!(step_state(&machine, step), "done", "{step} after `{line}`");
    }
    let path = machine.json("setup methods")[0]["path"].as_str().map(str::to_owned);
    assert_eq!(path.as_deref(), Some("/pets"));
    let api = machine.api_id();
    run_ok(&machine, &format!("plans link Basic {api}:prod"));
    assert_eq!(
        (step_state(&machine, "link"), step_state(&machine, "price-list")),
        ("done".into(), "done".into())
    );
    let id = machine.ids("keys create --plan Basic --tenant acme --name web").remove(0);
    let call = machine.json(&format!("call --key {id} --count 6"));
    assert_eq!((&call["counts"]["ok"], &call["counts"]["quota"]), (&5.into(), &1.into()), "{call}");
    let last = machine.run("setup");
    assert_eq!(last.status, 0, "all steps are done");
    assert!(
        last.stdout.contains("keypool pools create PLAN --new NUMBER"),
        "a pool is optional: {}",
        last.stdout
    );
}

/// Replaces generated ids, which differ from run to run.
fn mask_ids(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let id = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_id = id.len() == 10 && id.chars().any(|c| c.is_ascii_digit());
        if is_id { word.replace(id, "abcde12345") } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_stage_that_does_not_take_keys_from_its_callers_is_not_done() {
    let machine = Machine::with_local_aws(World::Sample);
    let api = machine.api_id();
    let patch = |path: &str, value: &str| {
        let patches = json!({ "patchOperations": [{ "op": "replace", "path": path, "value": value }] });
        machine.patch(&format!("/restapis/{api}"), &patches.to_string());
    };
    let states = || (step_state(&machine, "methods"), step_state(&machine, "stage"));
    assert_eq!(states(), ("done".into(), "done".into()));
    patch("/apiKeySource", "AUTHORIZER");
    assert_eq!(states(), ("missing".into(), "done".into()));
    let doctor = machine.run("doctor -o json");
    assert_eq!(doctor.status, 1, "{}", doctor.stderr);
    assert!(doctor.stdout.contains("\"keys-from-authorizer\""), "{}", doctor.stdout);
    patch("/apiKeySource", "HEADER");

    patch("/disableExecuteApiEndpoint", "true");
    assert_eq!(states(), ("done".into(), "missing".into()));
    machine.post("/domainnames", r#"{"domainName":"api.example.com"}"#);
    let mapping = json!({ "basePath": "v1", "restApiId": api, "stage": "prod" });
    machine.post("/domainnames/api.example.com/basepathmappings", &mapping.to_string());
    assert_eq!(states(), ("done".into(), "done".into()));
    let denied = Fault::on("GetBasePathMappings", Answer::AccessDenied { action: None });
    machine.aws().faults().script(denied.always());
    assert_eq!(states(), ("done".into(), "unknown".into()));
}

#[test]
fn an_access_log_that_report_cannot_read_is_not_done() {
    let machine = Machine::with_local_aws(World::Sample);
    let set_format = |format: &str| {
        let patches = json!({ "patchOperations": [
            { "op": "replace", "path": "/accessLogSettings/destinationArn", "value": "arn:aws:logs:us-east-1:1:log-group:l" },
            { "op": "replace", "path": "/accessLogSettings/format", "value": format },
        ] });
        machine.patch(&format!("/restapis/{}/stages/prod", machine.api_id()), &patches.to_string());
    };
    set_format("$context.identity.sourceIp [$context.requestTime] \"$context.httpMethod\" $context.status");
    assert_eq!(step_state(&machine, "access-log"), "missing");
    set_format(
        r#"{"ts":"$context.requestTimeEpoch","apiKeyId":"$context.identity.apiKeyId","tenant":"$context.authorizer.org","status":"$context.status"}"#,
    );
    assert_eq!(step_state(&machine, "access-log"), "done");
}

#[test]
fn an_unknown_api_and_an_unconfirmed_deployment_exit_with_status_2() {
    let machine = machine_with_bare_api();
    let output = machine.run("setup --api nope");
    assert_eq!(output.status, 2);
    assert!(
        output.stderr.contains("there is no REST API with the id or name `nope`; available:"),
        "{}",
        output.stderr
    );
    assert_eq!(machine.run("setup deploy --readonly --yes").status, 2);
    let unconfirmed = machine.run("setup deploy");
    assert_eq!(unconfirmed.status, 2, "a deployment asks first: {}", unconfirmed.stderr);
}

#[test]
fn plans_are_linked_throttled_by_method_and_deleted() {
    let machine = machine_with_bare_api();
    run_ok(&machine, "setup tables --yes");
    let api = machine.api_id();
    for line in ["plans create Basic --stage shop:beta", "plans create Basic --stage nope:prod"] {
        let refused = machine.run(line);
        assert_eq!(refused.status, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains(&format!("; available: {api}:prod (shop)")), "{}", refused.stderr);
    }
    run_ok(&machine, "plans create Basic --rate 10 --burst 20 --stage shop:prod");
    run_ok(&machine, "plans unlink Basic shop:prod --yes");
    assert_eq!(machine.run("plans link Basic shop:beta").status, 2);
    run_ok(&machine, &format!("plans link Basic {api}:prod"));
    assert_eq!(machine.run("plans throttle Basic fetch /pets --rate 1 --burst 2").status, 2);
    run_ok(&machine, "plans throttle Basic get /pets --rate 1 --burst 2 --stage shop:prod --yes");
    let throttles = &machine.json("plans")[0]["methodThrottles"];
    assert_eq!(throttles[0], format!("GET /pets on {api}:prod: 1 req/s, burst 2"));
    let refused = machine.run("plans edit Basic --no-throttle");
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("which method throttles require"), "{}", refused.stderr);
    let output = machine.json("plans delete Basic --dry-run");
    assert_eq!(output["steps"].as_array().map(Vec::len), Some(3), "{output}");
    run_ok(&machine, "plans delete Basic --yes");
    assert_eq!(machine.json("plans"), Value::Array(Vec::new()));
    assert_eq!(machine.json("doctor --only price-without-plan"), Value::Array(Vec::new()));
}

#[test]
fn an_exported_plan_file_changes_nothing() {
    let machine = Machine::with_local_aws(World::Sample);
    let file = machine.run("setup plan --export");
    assert_eq!(file.status, 0, "{}", file.stderr);
    insta::assert_snapshot!(file.stdout);
    let machine = machine.with_file("plans.toml", &file.stdout);
    let line = format!("setup plan --yes -f {}", machine.path("plans.toml").display());
    assert_eq!(field_values(&machine.json(&line), "action"), ["unchanged"; 4]);
}

#[test]
fn every_error_in_a_plan_file_has_its_position() {
    let text = r#"[plans.Basic]
quota = { limit = 5, period = "year" }
stages = ["nope:prod", 3]
prise = 5
throttle = { rate = -1, burst = 2 }
pool = { keys = 100, strategy = "fair", capacity = 0 }
[plans.Other]
price = "cheap"
pool = 3
[plans.Other.methods]
"fetch" = { rate = 1, burst = 1 }
[pool.x]
"#;
    let machine = machine_with_bare_api().with_file("plans.toml", text);
    run_ok(&machine, "setup tables --yes");
    let path = machine.path("plans.toml");
    let output = machine.run(&format!("setup plan -f {}", path.display()));
    assert_eq!(output.status, 2);
    let stderr = output.stderr.replace(&format!("{}", path.display()), "plans.toml");
    for words in [
        "plans.toml:2:31: \"year\" is not a period",
        "plans.toml:3:11: there is no stage `nope:prod`",
        "plans.toml:3:24: this is 3: must be text",
        "plans.toml:4:1: unknown field `prise`: did you mean `price`?",
        "plans.toml:6:17: this is 100: must be from 1 to 99",
        "plans.toml:6:33: `fair` is not an assignment strategy",
        "plans.toml:6:52: this is 0: must be from 1",
        "plans.toml:8:9: `cheap` is not a price",
        "plans.toml:9:8: this is 3: write a table, or \"none\"",
        "plans.toml:11:1: `fetch` is not a method",
        "plans.toml:12:2: unknown table `pool`",
    ] {
        assert!(stderr.contains(words), "{words} is not in\n{stderr}");
    }
    let refused = machine_with_bare_api()
        .with_file("plans.toml", "[plans.Basic]\nthrottle = { rate = -1, burst = 2 }\n");
    run_ok(&refused, "setup tables --yes");
    let output = refused.run(&format!("setup plan -f {}", refused.path("plans.toml").display()));
    assert!(output.stderr.contains("plans.toml:1:8: rate must be 0 or more, not -1"), "{}", output.stderr);
}

#[test]
fn a_plan_file_is_read_from_standard_input() {
    let machine = Machine::with_local_aws(World::Sample);
    let text = "[plans.BasicPlan]\ndescription = \"from a pipe\"\n";
    let output = machine.run_with_stdin("setup plan --yes -o json -f -", text);
    assert!(output.status == 0 && output.stdout.contains("edit"), "{}{}", output.stdout, output.stderr);
    let wrong = machine.run_with_stdin("setup plan -f -", "[plans.BasicPlan]\nprise = 5\n");
    assert!(wrong.stderr.contains("standard input:2:1: unknown field `prise`"), "{}", wrong.stderr);
}

#[test]
fn a_throttle_for_a_method_the_api_lacks_is_noted() {
    let machine = Machine::with_local_aws(World::Sample);
    let throttle = "--rate 1 --burst 1 --yes";
    let has_note = |stderr: &str| stderr.contains("note: API ") && stderr.contains("has no method GET /nope");
    let output = machine.run(&format!("plans throttle BasicPlan GET /nope {throttle}"));
    assert!(output.status == 0 && has_note(&output.stderr), "{}", output.stderr);
    let output = machine.run(&format!("plans throttle BasicPlan GET /api {throttle}"));
    assert!(output.status == 0 && !output.stderr.contains("has no method"), "{}", output.stderr);
    let text = "[plans.FreePlan.methods]\n\"GET /nope\" = { rate = 1, burst = 1 }\n";
    let output = machine.run_with_stdin("setup plan --dry-run -f -", text);
    assert!(output.status == 0 && has_note(&output.stderr), "{}", output.stderr);
}
