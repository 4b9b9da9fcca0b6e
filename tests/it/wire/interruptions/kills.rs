//! A real process is killed at each write it makes, before the first has had its effect and after each: before the next
//! one all is as after the one before it.

use std::process::{Child, Stdio};
use std::sync::Arc;

use keypool_local_aws::{Answer, When};

use super::operations::OPERATIONS;
use super::{Trial, TrialTemplate, WriteCall, run_trials};
use crate::support::command::Machine;

impl Trial {
    pub(super) fn machine(&self) -> Machine {
        Machine::new().with_env("AWS_ENDPOINT_URL", self.local.endpoint()).with_credentials()
    }

    pub(super) fn spawn(&self, machine: &Machine, line: &str) -> Child {
        let mut command = machine.command(&line.split_whitespace().collect::<Vec<_>>());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary runs")
    }

    /// Runs a command to its end; gives its status and what it complained of.
    pub(super) async fn run(&self, machine: &Machine, line: &str) -> (Option<i32>, String) {
        let child = self.spawn(machine, line);
        let ended = tokio::task::spawn_blocking(move || child.wait_with_output()).await;
        let output = ended.expect("a thread").expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    pub(super) fn command_line(&self) -> String {
        format!("{} --yes", self.operation.command_line.as_deref().expect("a command line"))
    }
}

type KillPoint = (Arc<TrialTemplate>, WriteCall, When);

/// The writes of an operation that nothing cuts.
pub(super) async fn kill_points(operation: &'static str) -> Vec<KillPoint> {
    let set = TrialTemplate::prepare(operation).await;
    let scene = set.scene().await;
    let machine = scene.machine();
    let (status, said) = scene.run(&machine, &scene.command_line()).await;
    // A disabled tenant that shares its API key goes on calling, which the status says.
    let expected = if operation == "edit pooled" { 1 } else { 0 };
    assert_eq!(status, Some(expected), "{operation}: {said}");
    let writes = scene.writes();
    assert!(!writes.is_empty(), "{operation} writes nothing");
    scene.assert_sound(operation).await;
    let first = writes.first().cloned().map(|write| (write, When::Before));
    let all = first.into_iter().chain(writes.into_iter().map(|write| (write, When::After)));
    all.map(|(write, when)| (Arc::clone(&set), write, when)).collect()
}

async fn run_kill((set, write, when): KillPoint) {
    let operation = set.name;
    let cut = format!("{operation}, killed {when:?} {} {}", write.operation, write.preceding + 1);
    let scene = set.scene().await;
    let machine = scene.machine();
    scene.local.faults().script(write.fault(Answer::Hang, when));
    let mut child = scene.spawn(&machine, &scene.command_line());
    scene.local.faults().met().await;
    child.kill().expect("it is killed");
    child.wait().expect("it is gone");
    scene.local.faults().clear();
    scene.assert_invariants(&cut).await;
    scene.account.expire_work_marks().await;

    let mut again = String::new();
    if scene.is_repeatable() {
        again = scene.run(&machine, &scene.command_line()).await.1;
        scene.assert_invariants(&format!("{cut}, run again ({again})")).await;
    }
    let (status, said) = scene.run(&machine, "doctor --fix --yes").await;
    assert!(matches!(status, Some(0 | 1)), "{cut}: {said}");
    scene.assert_sound(&format!("{cut}, mended ({again}{said})")).await;
}

#[test]
fn every_operation_survives_a_kill_at_every_write() {
    let operations: Vec<_> =
        OPERATIONS.iter().copied().filter(|operation| !operation.starts_with("restore")).collect();
    let points = run_trials(&operations, kill_points).concat();
    print_kill_count(points.len());
    assert!(points.len() > 100, "{} kill points", points.len());
    run_trials(&points, run_kill);
}

/// For the log of the test run: `cargo test -- --nocapture`.
fn print_kill_count(points: usize) {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "killed at {points} points").expect("an open stdout");
}
