//! `keypool alerts`: one list of what is broken or about to be, and a command for what is new.

use keypool_local_aws::{Answer, Fault, World};
use serde_json::Value;

use crate::support::command::{CommandOutput, Machine};

/// The ids of the alerts of the sample account, with an old key in its grace period.
fn alert_ids(output: &CommandOutput) -> Vec<String> {
    let alerts: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let id = |alert: &Value| alert["id"].as_str().expect("an id").to_owned();
    alerts.as_array().expect("a list").iter().map(id).collect()
}

fn alerts(machine: &Machine) -> CommandOutput {
    machine.run("alerts -o json")
}

#[test]
fn an_alert_has_its_object_tenants_time_and_what_to_do_and_status_1() {
    let machine = Machine::with_local_aws(World::Sample);
    machine.json("keys rotate biz3mbrpjd --grace 1h --yes");
    let output = alerts(&machine);
    assert_eq!(output.status, 1, "{}", output.stderr);
    let all: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let all = all.as_array().expect("a list");
    let ending = all.iter().find(|alert| alert["kind"] == "key-ending").expect("the old key");
    assert_eq!((&ending["object"], &ending["tenants"][0]), (&"biz3mbrpjd".into(), &"acme".into()));
    assert_eq!(ending["plan"], "PremiumPlan");
    assert!(
        ending["at"].is_string()
            && ending["remedy"].as_str().is_some_and(|text| text.contains("retire --due"))
    );
    let kinds: Vec<_> = all.iter().map(|alert| alert["kind"].as_str().expect("a kind")).collect();
    let findings = machine.run("doctor -o json").stdout;
    let findings: Value = serde_json::from_str(&findings).expect("JSON");
    let problems = kinds.iter().filter(|kind| **kind == "problem").count();
    assert_eq!(Some(problems), findings.as_array().map(Vec::len), "every problem of the doctor is an alert");
}

#[test]
fn a_command_runs_once_for_each_new_alert_with_its_json() {
    let machine = Machine::with_local_aws(World::Sample);
    let log = machine.path("alerts.log");
    let command = format!("cat >> {}", log.display());
    let run = |command: &str| machine.run_args(&["alerts", "-o", "json", "--exec", command]);
    let logged = || std::fs::read_to_string(&log).unwrap_or_default();
    let failed = run("exit 3");
    assert!(
        failed.stderr.contains("--exec failed for") && failed.stderr.contains("exit status: 3"),
        "{}",
        failed.stderr
    );
    let first = run(&command);
    let before = alert_ids(&first);
    assert!(!before.is_empty() && before.iter().all(|id| logged().contains(id)), "{}", first.stderr);
    run("exit 3");
    let again = run(&command);
    assert_eq!(again.stderr.matches("--exec failed").count(), 0, "{}", again.stderr);
    let lines = logged().lines().filter(|line| line.contains("\"id\"")).count();
    assert_eq!(lines, before.len(), "each once");

    machine.json("keys rotate biz3mbrpjd --grace 1h --yes");
    let third = run(&command);
    let new: Vec<_> = alert_ids(&third).into_iter().filter(|id| !before.contains(id)).collect();
    assert!(new.iter().any(|id| id.starts_with("key-ending/biz3mbrpjd/")), "{new:?}");
    let lines = logged().lines().filter(|line| line.contains("\"id\"")).count();
    assert_eq!(lines, before.len() + new.len());
}

#[test]
fn a_damaged_file_of_reported_alerts_is_named_and_no_failure_of_the_check() {
    let machine = Machine::with_local_aws(World::Sample);
    machine.json("keys rotate biz3mbrpjd --grace 1h --yes");
    let run = || machine.run_args(&["alerts", "-o", "json", "--exec", "true"]);
    run();
    let folder = std::fs::read_dir(machine.path(".local/state/keypool/alerts")).expect("a folder");
    let file = folder.map(|entry| entry.expect("an entry").path()).next().expect("a file");
    std::fs::write(&file, "{").expect("written");
    let output = run();
    let name = file.file_name().expect("a name").to_string_lossy();
    assert_eq!(output.status, 1, "as a failure: {}", output.stderr);
    for words in ["the command of --exec was not run", &*name, "delete it to report every alert again"] {
        assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
    }
    assert!(!output.stderr.contains("the account could not be checked"), "{}", output.stderr);
    assert!(alert_ids(&output).iter().any(|id| id.starts_with("key-ending/")), "the alerts are listed");
}

#[test]
fn what_could_not_be_checked_is_noted() {
    let machine = Machine::with_local_aws(World::Sample);
    let denied = Fault::on("GetUsage", Answer::AccessDenied { action: None });
    machine.aws().faults().script(denied.always());
    let output = alerts(&machine);
    assert!(
        matches!(output.status, 1 | 2) && output.stderr.contains("the usage of plan BasicPlan"),
        "{}",
        output.stderr
    );
    assert!(alert_ids(&output).iter().all(|id| !id.starts_with("quota-")));
}

#[test]
fn an_alert_that_cannot_be_checked_for_a_while_is_not_new_afterwards() {
    let machine = Machine::with_local_aws(World::Sample);
    let log = machine.path("alerts.log");
    let command = format!("cat >> {}", log.display());
    let run = || machine.run_args(&["alerts", "-o", "json", "--exec", &command]);
    let count_reported = || std::fs::read_to_string(&log).unwrap_or_default().matches("\"id\"").count();
    run();
    let reported = count_reported();
    assert!(reported > 0);
    let denied = Fault::on("GetUsage", Answer::AccessDenied { action: None });
    machine.aws().faults().script(denied.always());
    run();
    machine.aws().faults().clear();
    run();
    assert_eq!(count_reported(), reported, "each once");
}

#[test]
fn an_empty_command_reports_nothing() {
    let machine = Machine::with_local_aws(World::Sample);
    let output = machine.run_args(&["alerts", "--exec", ""]);
    assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{}", output.stderr);
}
