//! A tenant that is loud behind a shared key: counted in each source, named by `alerts`, isolated, and quiet again.

use std::io::Write;
use std::process::{Command, Stdio};

use keypool_local_aws::{Answer, Fault, World};
use serde_json::Value;

use super::usage_from_log::{call_loudly, logged_sample};
use crate::support::command::{CommandOutput, Machine};
use crate::support::logged_calls::{SHARED_KEY, call_as};

/// What a source has of the shared key: tenant and calls, most first, and the calls of all.
type SharedCalls = (Vec<(String, u64)>, u64);

/// Runs a command with each source: a file, standard input, FilterLogEvents and Logs Insights.
fn with_each_source(machine: &Machine, command: &str) -> Vec<CommandOutput> {
    let log = machine.aws().access_log().lines().join("\n");
    let file = machine.path("access.log");
    std::fs::write(&file, &log).expect("a file");
    let calls = |operation: &str| machine.aws().calls().count(operation);
    let in_file = machine.run(&format!("{command} --from-log {} --last 1h", file.display()));
    let on_stdin = machine.run_with_stdin(&format!("{command} --from-log - --last 1h"), &log);
    let before = (calls("FilterLogEvents"), calls("StartQuery"));
    let events = machine.run(&format!("{command} --from-log"));
    assert!(calls("FilterLogEvents") > before.0 && calls("StartQuery") == before.1);
    let insights = machine.run(&format!("{command} --from-log cloudwatch --last 1h"));
    assert!(calls("StartQuery") > before.1);
    vec![in_file, on_stdin, events, insights]
}

fn parse_list(output: &CommandOutput) -> Vec<Value> {
    let list: Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|why| panic!("{why}: {}", output.stderr));
    list.as_array().expect("a list").clone()
}

fn shared_calls(output: &CommandOutput) -> SharedCalls {
    let mut all = None;
    let tenants = parse_list(output).into_iter().filter_map(|tenant| {
        let key = tenant["keys"].as_array()?.iter().find(|key| key["apiKeyId"] == SHARED_KEY)?.clone();
        all = key["keyCalls"].as_u64();
        Some((tenant["tenant"].as_str()?.to_owned(), key["calls"].as_u64()?))
    });
    let mut tenants: Vec<_> = tenants.collect();
    tenants.sort_by_key(|(_, calls)| std::cmp::Reverse(*calls));
    (tenants, all.expect("a count"))
}

fn expected(calls: &[(&str, u64)], all: u64) -> SharedCalls {
    (calls.iter().map(|(tenant, calls)| ((*tenant).to_owned(), *calls)).collect(), all)
}

fn loud_alerts(output: &CommandOutput) -> Vec<Value> {
    parse_list(output).into_iter().filter(|alert| alert["kind"] == "loud-neighbour").collect()
}

const USAGE: &str = "usage --by tenant --plan BasicPlan -o json";

#[test]
fn the_loud_tenant_of_a_shared_key_is_named_isolated_and_then_no_alert_any_more() {
    let machine = logged_sample();
    call_loudly(&machine);
    for output in with_each_source(&machine, USAGE) {
        assert_eq!(output.status, 0, "{}", output.stderr);
        let shares = expected(&[("globex", 71), ("hooli", 18), ("wayne", 11)], 100);
        assert_eq!(shared_calls(&output), shares, "{}", output.stderr);
    }
    for output in with_each_source(&machine, "alerts -o json") {
        let alerts = loud_alerts(&output);
        let [alert] = &alerts[..] else { panic!("{alerts:?}: {}", output.stderr) };
        assert_eq!((&alert["object"], &alert["plan"]), (&SHARED_KEY.into(), &"BasicPlan".into()));
        assert_eq!(alert["tenants"], serde_json::json!(["globex", "hooli", "wayne"]));
        let loud = &alert["loud"];
        assert_eq!((&loud["tenant"], loud["share"].to_string()), (&"globex".into(), "71.0".to_owned()));
        assert_eq!((&loud["calls"], &loud["keyCalls"]), (&71.into(), &100.into()));
        assert_eq!(output.status, 1);
    }

    let keys = machine.json("keys list --plan BasicPlan --tenant globex");
    let shared = keys.as_array().expect("a list").iter().find(|key| key["apiKeyId"] == SHARED_KEY);
    let shared = shared.and_then(|key| key["id"].as_str()).expect("globex's key").to_owned();
    let alerts = loud_alerts(&machine.run("alerts --from-log -o json"));
    let remedy = alerts[0]["remedy"].as_str().expect("a remedy").to_owned();
    assert!(remedy.contains(&format!("`keypool keys isolate {shared}`")), "{remedy}");
    machine.json(&format!("keys isolate {shared} --yes"));
    let value_of = |id: &str| {
        let key = machine.get(&format!("/apikeys/{id}?includeValue=true"));
        key["value"].as_str().expect("a value").to_owned()
    };
    let keys = machine.json("keys list --plan BasicPlan --tenant globex");
    let own =
        keys.as_array().expect("a list").iter().find(|key| key["mode"] == "siloed").expect("its own key");
    let own = own["apiKeyId"].as_str().expect("an id").to_owned();
    let endpoint = machine.aws().endpoint();
    let statuses = [
        call_as(&endpoint, &value_of(&own), [("globex", 40)]),
        call_as(&endpoint, &value_of(SHARED_KEY), [("hooli", 6), ("wayne", 5)]),
    ];
    assert_eq!(statuses.concat(), vec![200; 51]);

    for output in with_each_source(&machine, USAGE) {
        // A call after the isolation checked that the new key works.
        assert_eq!(
            shared_calls(&output),
            expected(&[("hooli", 24), ("wayne", 16)], 111),
            "{}",
            output.stderr
        );
        let own_calls =
            parse_list(&output).iter().filter(|tenant| tenant["tenant"] == "globex").any(|tenant| {
                let keys = tenant["keys"].as_array().expect("keys");
                keys.iter().any(|key| {
                    key["apiKeyId"] == *own && key["calls"].as_u64().is_some_and(|calls| calls >= 40)
                })
            });
        assert!(own_calls, "{}", output.stdout);
        let left = "71 calls of globex, with a shared API key that it has no tenant key for: not listed";
        assert!(output.stderr.contains(left), "{}", output.stderr);
    }
    for output in with_each_source(&machine, "alerts -o json") {
        assert_eq!(loud_alerts(&output), Vec::<Value>::new(), "{}", output.stderr);
        assert!(!output.stderr.contains("no loud tenant was looked for"), "{}", output.stderr);
    }
}

#[test]
fn without_a_log_no_loud_tenant_is_looked_for_and_a_log_that_cannot_be_counted_is_noted() {
    let machine = Machine::with_local_aws(World::SampleLogged);
    let output = machine.run("alerts -o json");
    assert_eq!(loud_alerts(&output), Vec::<Value>::new());
    assert!(!output.stderr.contains("loud") && !output.stderr.contains("log group"), "{}", output.stderr);
    assert_eq!(machine.aws().calls().count("FilterLogEvents"), 0);

    machine.aws().faults().script(Fault::on("FilterLogEvents", Answer::AccessDenied { action: None }));
    let output = machine.run("alerts --from-log -o json");
    assert!(
        output.status == 1 && !parse_list(&output).is_empty(),
        "the other alerts remain: {}",
        output.stderr
    );
    assert!(
        output.stderr.contains("note: no loud tenant was looked for: not allowed: logs:FilterLogEvents"),
        "{}",
        output.stderr
    );
    let output = machine.run("alerts --from-log no-such-file");
    assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{}", output.stderr);
    assert!(output.stderr.contains("the access log no-such-file cannot be read"), "{}", output.stderr);
    assert_eq!(machine.run("alerts --last 1h").status, 2);
}

#[test]
fn a_log_without_tenants_or_without_a_call_of_a_shared_key_is_no_clean_account() {
    let machine = Machine::with_local_aws(World::Sample);
    let at = machine.aws().clock().now().as_millisecond();
    let line = |api_key: &str, tenant: &str| {
        format!(r#"{{"apiKeyId":"{api_key}","tenant":"{tenant}","status":200,"ts":{at}}}"#)
    };
    let stderr = |log: &str| machine.run_with_stdin("alerts -o json --from-log -", log).stderr;
    let foreign = stderr(&line("another-account", "acme"));
    assert!(foreign.contains("no loud tenant was looked for behind 6 shared API keys"), "{foreign}");
    let without = stderr(&[line(SHARED_KEY, "-")].join("\n"));
    assert!(
        without.contains("1 call without a tenant, with shared API keys: a loud tenant may be missed"),
        "{without}"
    );
    let known = stderr(&line(SHARED_KEY, "globex"));
    assert!(!known.contains("looked for") && !known.contains("missed"), "{known}");
}

#[test]
fn a_loud_tenant_is_reported_once_even_if_a_run_in_between_counts_no_log() {
    let machine = Machine::with_local_aws(World::SampleLogged);
    let log = machine.path("alerts.log");
    let command = format!("cat >> {}", log.display());
    let run = |options: &[&str]| {
        machine.run_args(&[&["alerts", "-o", "json", "--exec", &command], options].concat())
    };
    let reported = || std::fs::read_to_string(&log).unwrap_or_default().matches("loud-neighbour/").count();
    run(&["--from-log"]);
    assert_eq!(reported(), 1);
    run(&[]);
    run(&["--from-log"]);
    assert_eq!(reported(), 1, "a run that counts no log does not end the alert");
}

#[test]
fn ctrl_c_ends_alerts_that_wait_for_standard_input() {
    let machine = Machine::with_local_aws(World::SampleLogged);
    let lines = machine.aws().access_log().lines();
    let mut command = machine.command(&["alerts", "-o", "json", "--from-log", "-", "--last", "1h"]);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the binary runs");
    let mut input = child.stdin.take().expect("stdin");
    let text = lines.join("\n") + "\n";
    // This is more than the pipe and the program hold: once it is written, some of it has been counted.
    input.write_all(text.repeat(200).as_bytes()).expect("written");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("an exit");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    drop(input);
}
