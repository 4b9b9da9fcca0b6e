//! Kills a real process before its first write takes effect and after each write. A kill before a later write leaves
//! the same state as a kill after the previous one.

use std::process::{Child, Stdio};
use std::sync::Arc;

use keypool_local_aws::{Answer, When};

use super::scenarios::{ScenarioIn, scenarios_with_command};
use super::{Trial, TrialTemplate, WriteCall, run_trials};
use crate::support::command::Machine;
use crate::wire::test_account::Account;

impl Trial {
    pub(super) fn machine(&self) -> Machine {
        let machine = Machine::new().with_env("AWS_ENDPOINT_URL", self.local.endpoint()).with_credentials();
        machine.with_file(".config/keypool/config.toml", &self.account.kind.config())
    }

    pub(super) fn spawn(&self, machine: &Machine, line: &str) -> Child {
        let mut command = machine.command(&line.split_whitespace().collect::<Vec<_>>());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary runs")
    }

    /// Runs a command to its end; returns exit status and standard error.
    pub(super) async fn run(&self, machine: &Machine, line: &str) -> (Option<i32>, String) {
        let child = self.spawn(machine, line);
        let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await;
        let output = output.expect("a thread").expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    pub(super) fn command_line(&self) -> String {
        format!("{} --yes", self.operation.command_line.as_deref().expect("a command line"))
    }
}

pub(super) type KillPoint = (Arc<TrialTemplate>, WriteCall, When);

/// Runs the operation without interruption and returns a kill point for each write.
pub(super) async fn kill_points(scenario: ScenarioIn) -> Vec<KillPoint> {
    let template = TrialTemplate::prepare(scenario).await;
    let operation = template.describe();
    let trial = template.start_trial().await;
    let machine = trial.machine();
    let (status, stderr) = trial.run(&machine, &trial.command_line()).await;
    // Status 1: a disabled tenant key with a shared API key keeps working.
    let expected = if template.name == "edit pooled" { 1 } else { 0 };
    assert_eq!(status, Some(expected), "{operation}: {stderr}");
    let writes = trial.writes();
    assert!(!writes.is_empty(), "{operation} makes no writes");
    trial.assert_sound(&operation).await;
    let first = writes.first().cloned().map(|write| (write, When::Before));
    let all = first.into_iter().chain(writes.into_iter().map(|write| (write, When::After)));
    all.map(|(write, when)| (Arc::clone(&template), write, when)).collect()
}

async fn run_with_kill((template, write, when): KillPoint) {
    let operation = template.describe();
    let point = format!("{operation}, killed {when:?} {} {}", write.aws_operation, write.earlier_calls + 1);
    let trial = template.start_trial().await;
    let machine = trial.machine();
    trial.local.faults().script(write.fault(Answer::Hang, when));
    let mut child = trial.spawn(&machine, &trial.command_line());
    trial.local.faults().wait_for_hit().await;
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    trial.local.faults().clear();
    trial.assert_invariants(&point).await;
    trial.account.expire_work_marks().await;

    let mut rerun_stderr = String::new();
    if trial.is_repeatable() {
        rerun_stderr = trial.run(&machine, &trial.command_line()).await.1;
        trial.assert_invariants(&format!("{point}, run again ({rerun_stderr})")).await;
        trial.assert_nothing_due(&format!("{point}, run again ({rerun_stderr})")).await;
    }
    let (status, stderr) = trial.run(&machine, "doctor --fix --yes").await;
    assert!(matches!(status, Some(0 | 1)), "{point}: {stderr}");
    trial.assert_sound(&format!("{point}, fixed ({rerun_stderr}{stderr})")).await;
}

#[test]
fn every_operation_survives_a_kill_at_every_write() {
    // `wire/without_tables` kills the operations on keys without tables.
    let scenarios: Vec<_> =
        scenarios_with_command().filter(|(_, account)| *account == Account::WithTables).collect();
    let points = run_trials(&scenarios, kill_points).concat();
    print_kill_count(points.len());
    assert!(points.len() > 100, "{} kill points", points.len());
    run_trials(&points, run_with_kill);
}

/// Shown by `cargo test -- --nocapture`.
fn print_kill_count(points: usize) {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "killed at {points} points").expect("an open stdout");
}
