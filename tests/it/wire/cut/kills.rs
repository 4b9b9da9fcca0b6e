//! A real process is killed at each write it makes, before the first has had its effect and after each: before the next
//! one all is as after the one before it.

use std::process::{Child, Stdio};
use std::sync::Arc;

use keypool_local_aws::{Answer, When};

use super::operations::ALL;
use super::{Scene, Set, Write, all_hold};
use crate::support::command::Machine;

impl Scene {
    pub(super) fn machine(&self) -> Machine {
        Machine::bare().with("AWS_ENDPOINT_URL", self.local.endpoint()).with_credentials()
    }

    pub(super) fn spawned(&self, machine: &Machine, line: &str) -> Child {
        let mut command = machine.command(&line.split_whitespace().collect::<Vec<_>>());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary runs")
    }

    /// Runs a command to its end; gives its status and what it complained of.
    pub(super) async fn run(&self, machine: &Machine, line: &str) -> (Option<i32>, String) {
        let child = self.spawned(machine, line);
        let ended = tokio::task::spawn_blocking(move || child.wait_with_output()).await;
        let output = ended.expect("a thread").expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    pub(super) fn line(&self) -> String {
        format!("{} --yes", self.asked.line.as_deref().expect("a command line"))
    }
}

type Point = (Arc<Set>, Write, When);

/// The writes of an operation that nothing cuts.
pub(super) async fn writes_of(operation: &'static str) -> Vec<Point> {
    let set = Set::of(operation).await;
    let scene = set.scene().await;
    let machine = scene.machine();
    let (status, said) = scene.run(&machine, &scene.line()).await;
    // A disabled tenant that shares its API key goes on calling, which the status says.
    let expected = if operation == "edit pooled" { 1 } else { 0 };
    assert_eq!(status, Some(expected), "{operation}: {said}");
    let writes = scene.writes();
    assert!(!writes.is_empty(), "{operation} writes nothing");
    scene.is_sound(operation).await;
    let first = writes.first().cloned().map(|write| (write, When::Before));
    let all = first.into_iter().chain(writes.into_iter().map(|write| (write, When::After)));
    all.map(|(write, when)| (Arc::clone(&set), write, when)).collect()
}

async fn killed((set, write, when): Point) {
    let operation = set.operation;
    let cut = format!("{operation}, killed {when:?} {} {}", write.operation, write.before + 1);
    let scene = set.scene().await;
    let machine = scene.machine();
    scene.local.faults().script(write.fault(Answer::Hang, when));
    let mut child = scene.spawned(&machine, &scene.line());
    scene.local.faults().met().await;
    child.kill().expect("it is killed");
    child.wait().expect("it is gone");
    scene.local.faults().clear();
    scene.holds(&cut).await;
    scene.stage.let_marks_expire().await;

    let mut again = String::new();
    if scene.can_be_asked_again() {
        again = scene.run(&machine, &scene.line()).await.1;
        scene.holds(&format!("{cut}, run again ({again})")).await;
    }
    let (status, said) = scene.run(&machine, "doctor --fix --yes").await;
    assert!(matches!(status, Some(0 | 1)), "{cut}: {said}");
    scene.is_sound(&format!("{cut}, mended ({again}{said})")).await;
}

#[test]
fn every_operation_survives_a_kill_at_every_write() {
    let operations: Vec<_> =
        ALL.iter().copied().filter(|operation| !operation.starts_with("restore")).collect();
    let points = all_hold(&operations, writes_of).concat();
    print_tried(points.len());
    assert!(points.len() > 100, "{} kill points", points.len());
    all_hold(&points, killed);
}

/// For the log of the test run: `cargo test -- --nocapture`.
fn print_tried(points: usize) {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "killed at {points} points").expect("an open stdout");
}
