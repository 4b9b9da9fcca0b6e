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
use crate::tui::keys::type_ahead::Moment;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::model::usage_index::UsageIndex;

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

impl LoadedData {
    /// The error of a task that returned something other than it was asked for.
    fn unexpected<T>() -> Result<T, Failure> {
        Err(Failure::Unexpected {
            operation: "reading the account".to_owned(),
            message: "the task returned something other than it was asked for".to_owned(),
        })
    }

    pub(crate) fn into_account(self) -> Result<Snapshot, Failure> {
        if let Self::Account(snapshot) = self { Ok(snapshot) } else { Self::unexpected() }
    }

    pub(crate) fn into_secret(self) -> Result<Secret, Failure> {
        if let Self::Secret(_, secret) = self { Ok(secret) } else { Self::unexpected() }
    }

    pub(crate) fn into_doctor_report(self) -> Result<(Arc<DoctorReport>, Snapshot), Failure> {
        if let Self::DoctorReport(report, snapshot) = self {
            Ok((report, snapshot))
        } else {
            Self::unexpected()
        }
    }

    pub(crate) fn into_setup(self) -> Result<(Arc<SetupReport>, Option<Snapshot>), Failure> {
        if let Self::Setup(setup, snapshot) = self { Ok((setup, snapshot)) } else { Self::unexpected() }
    }

    pub(crate) fn into_usage(self) -> Result<Arc<UsageIndex>, Failure> {
        if let Self::Usage(Snapshot { usage: Some(index), .. }) = self {
            Ok(index)
        } else {
            Self::unexpected()
        }
    }
}
