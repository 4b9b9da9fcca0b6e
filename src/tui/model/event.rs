//! Events that change the console's state.

use jiff::Timestamp;

use crate::aws::{Context, Failure};
use crate::ops::{Applied, ExportError, ExportedFile, FixReport, ProbeResult, Progress, Sample};
use crate::tui::keys::type_ahead::Moment;
use crate::tui::model::query::{PartialResult, QueryResult};

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key, a paste, the mouse or a new size, and when it was read.
    Input(crossterm::event::Event, Moment),
    /// The current state has been on the screen since this moment.
    Painted(Moment),
    /// The time of day; no other event carries it.
    Tick(Timestamp),
    Task(TaskId, TaskReport),
    /// The profile's `credential_process`, which had the terminal, has ended.
    SignedIn(Result<(), Failure>),
    /// A signal ends the program.
    Shutdown,
}

/// Identifies a task. Reports of tasks that are no longer tracked are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// A report of a task. All but `Progress`, `Part` and `CallResult` end the task.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskReport {
    Connected(Result<Context, Failure>),
    Progress(Progress),
    /// What a query has read so far.
    Part(PartialResult),
    Loaded(Result<QueryResult, Failure>),
    /// A change ended.
    Applied {
        /// What was done, even if the change failed.
        applied: Box<Applied>,
        ended: Result<(), Failure>,
    },
    /// Confirmed fixes ended.
    FixesEnded {
        /// One for each fix that was tried.
        reports: Vec<FixReport>,
        /// Why not all were tried.
        ended: Result<(), Failure>,
    },
    Exported(Result<ExportedFile, ExportError>),
    /// One response of the protected API.
    CallResult(Box<Sample>),
    CallsEnded(Result<ProbeResult, Failure>),
}
