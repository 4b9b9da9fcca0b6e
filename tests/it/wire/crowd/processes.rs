//! Processes of the real binary, killed at random moments.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

use keypool_local_aws::{Answer, Fault, Faults, LocalAws};

use super::workers::Rng;
use crate::support::command::Machine;

const MAX_CALLS_BETWEEN_KILLS: u32 = 400;

pub(super) struct Processes {
    machine: Machine,
    faults: Faults,
    running: Arc<Mutex<RunningProcesses>>,
}

#[derive(Default)]
struct RunningProcesses {
    /// By worker number.
    children: BTreeMap<usize, Child>,
    killed_count: usize,
}

pub(super) struct ProcessExit {
    /// Exit status; `None` if the process was killed.
    pub(super) status: Option<i32>,
    pub(super) stderr: String,
}

impl Processes {
    pub(super) fn new(local: &LocalAws) -> Self {
        let machine = Machine::new().with_env("AWS_ENDPOINT_URL", local.endpoint()).with_credentials();
        Self { machine, faults: local.faults().clone(), running: Arc::default() }
    }

    pub(super) fn killed_count(&self) -> usize {
        self.running.lock().expect("running").killed_count
    }

    /// Runs a command line to its end, as the only process of worker `number`.
    pub(super) async fn run(&self, number: usize, line: &str) -> ProcessExit {
        let mut command = self.machine.command(&line.split_whitespace().collect::<Vec<_>>());
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let mut pipe = child.stderr.take().expect("standard error");
        self.running.lock().expect("running").children.insert(number, child);
        let running = Arc::clone(&self.running);
        let exit = tokio::task::spawn_blocking(move || {
            let mut stderr = String::new();
            pipe.read_to_string(&mut stderr).expect("text");
            // Standard error is closed, so the process has ended or is about to.
            let child = running.lock().expect("running").children.remove(&number);
            let status = child.expect("the child").wait().expect("it ends");
            ProcessExit { status: status.code(), stderr }
        });
        exit.await.expect("a thread")
    }

    /// Kills a random process after a random number of calls, in a loop.
    pub(super) async fn kill_at_random(&self, mut random: Rng) -> Infallible {
        loop {
            let skip = u32::try_from(random.below(MAX_CALLS_BETWEEN_KILLS as usize)).expect("a small number");
            self.faults.clear();
            self.faults.script(Fault { answer: Answer::Normal, ..Fault::default() }.skip(skip).times(1));
            self.faults.wait_for_hit().await;
            let mut running = self.running.lock().expect("running");
            let first_candidate = random.below(super::PROCESSES);
            let victim = running.children.range_mut(first_candidate..).next();
            let is_killed = victim.is_some_and(|(_, child)| child.kill().is_ok());
            running.killed_count += usize::from(is_killed);
        }
    }
}
