//! Events that change the console's state.

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

/// A report of a task. All but `Progress` and `Sample` end the task.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskReport {
    Connected(Result<Context, Failure>),
    Progress(Progress),
    Loaded(Result<LoadedData, Failure>),
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

/// The result of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum LoadedData {
    Account(Snapshot),
    Charges(Box<ChargeReport>),
    /// Usage, with the last inventory.
    Usage(Snapshot),
    /// The value of a tenant key.
    Secret(TenantKeyId, Secret),
    /// The API methods that keys of this plan can call.
    Routes(PlanId, Vec<Route>),
    /// The problems that the doctor found, and the inventory they were found in.
    DoctorReport(Arc<DoctorReport>, Snapshot),
    /// The setup steps of a stage, and the inventory if it could be read.
    Setup(Arc<SetupReport>, Option<Snapshot>),
    StageChoices(StageChoices),
    KeyLookup(KeyLookup),
    /// The inventory with the details that the change depends on.
    ChangeDetails(Box<Change>, Arc<Inventory>),
    Explanation(Vec<Diagnosis>),
}
