//! What can happen to the console.

use jiff::Timestamp;

use crate::aws::{Context, Failure};
use crate::ops::{Applied, Loaded, ProbeEnd, Progress, Sample};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key, a paste, the mouse, another size.
    Input(crossterm::event::Event),
    /// What the clock says now; no other event carries the time.
    Tick(Timestamp),
    /// A task reports.
    Done(TaskId, Outcome),
    /// The system asks the program to end.
    Shutdown,
}

/// Names a task; outcomes of tasks that nobody awaits any more are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// What a task reports. All but `Progress` and `Sample` end the task.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The connection is configured, or cannot be.
    Connected(Result<Context, Failure>),
    /// How far it is.
    Progress(Progress),
    /// A query's answer.
    Loaded(Result<Loaded, Failure>),
    /// A change is done, or as far as it came.
    Applied(Result<Applied, Failure>),
    /// One answer of the protected API.
    Sample(Box<Sample>),
    /// A series of calls is over.
    ProbeEnded(Result<ProbeEnd, Failure>),
}
