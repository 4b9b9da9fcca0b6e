//! What can happen to the console.

use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::call::diagnosis::Diagnosis;
use keypool_domain::{Change, Inventory, PlanId, Secret, TenantKeyId};

use crate::aws::{Context, Failure};
use crate::ops::{
    Applied, ChargeReport, DoctorReport, ExportError, ExportedFile, FixReport, KeyLookup, ProbeResult,
    Progress, Route, Sample, SetupReport, StageChoices,
};

use super::snapshot::Snapshot;
use super::type_ahead::Moment;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key, a paste, the mouse, another size, and when it was read.
    Input(crossterm::event::Event, Moment),
    /// The screen has shown the present state since this moment.
    Painted(Moment),
    /// What the clock says now; no other event carries the time of day.
    Tick(Timestamp),
    /// A task reports.
    Task(TaskId, TaskReport),
    /// The profile's `credential_process` has run on the terminal.
    SignedIn(Result<(), Failure>),
    /// The system asks the program to end.
    Shutdown,
}

/// Names a task; outcomes of tasks that nobody awaits any more are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// What a task reports. All but `Progress` and `Sample` end the task.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskReport {
    /// The connection is configured, or cannot be.
    Connected(Result<Context, Failure>),
    /// How far it is.
    Progress(Progress),
    /// A query's answer.
    Loaded(Result<LoadedData, Failure>),
    /// A change is done, or as far as it came.
    Applied {
        /// What was done.
        applied: Box<Applied>,
        /// Why no more was.
        ended: Result<(), Failure>,
    },
    /// Confirmed fixes were carried out, or as far as it came.
    FixesEnded {
        /// What became of each that was tried.
        reports: Vec<FixReport>,
        /// Why not all were tried.
        ended: Result<(), Failure>,
    },
    /// A list was written to a file, or why not.
    Exported(Result<ExportedFile, ExportError>),
    /// One answer of the protected API.
    Sample(Box<Sample>),
    /// A series of calls is over.
    ProbeEnded(Result<ProbeResult, Failure>),
}

/// What a query brought.
#[derive(Debug, Clone, PartialEq)]
pub enum LoadedData {
    /// The whole account.
    Account(Snapshot),
    /// What tenants owe for a month.
    Charges(Box<ChargeReport>),
    /// What was used, with the account as it was read last.
    Usage(Snapshot),
    /// The value of one tenant key.
    Secret(TenantKeyId, Secret),
    /// The methods that the keys of a plan open.
    Routes(PlanId, Vec<Route>),
    /// What does not fit together, and the account as it was then.
    Diagnosis(Arc<DoctorReport>, Snapshot),
    /// How far a stage is set up, and the account where it could be read.
    Setup(Arc<SetupReport>, Option<Snapshot>),
    /// What could be set up.
    StageChoices(StageChoices),
    /// Whose key it is.
    KeyLookup(KeyLookup),
    /// The account with what a change depends on.
    ChangeDetails(Box<Change>, Arc<Inventory>),
    /// Why calls are answered as they are.
    Explanation(Vec<Diagnosis>),
}
