//! What can happen to the console.

use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::call::chain::Chain;
use keypool_domain::{Change, Inventory, PlanId, RowId, Secret};

use crate::aws::{Context, Failure};
use crate::ops::{
    Applied, Charged, Diagnosis, Exported, FixReport, NotExported, ProbeEnd, Progress, Route, Sample,
    SetupRead, StageChoices, Whose,
};

use super::pacing::Moment;
use super::reading::Reading;

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
    Done(TaskId, Outcome),
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
pub enum Outcome {
    /// The connection is configured, or cannot be.
    Connected(Result<Context, Failure>),
    /// How far it is.
    Progress(Progress),
    /// A query's answer.
    Loaded(Result<Answer, Failure>),
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
    Exported(Result<Exported, NotExported>),
    /// One answer of the protected API.
    Sample(Box<Sample>),
    /// A series of calls is over.
    ProbeEnded(Result<ProbeEnd, Failure>),
}

/// What a query brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The whole account.
    Account(Reading),
    /// What tenants owe for a month.
    Charges(Box<Charged>),
    /// What was used, with the account as it was read last.
    Usage(Reading),
    /// The value of one tenant key.
    Secret(RowId, Secret),
    /// The methods that the keys of a plan open.
    Routes(PlanId, Vec<Route>),
    /// What does not fit together, and the account as it was then.
    Diagnosis(Arc<Diagnosis>, Reading),
    /// How far a stage is set up, and the account where it could be read.
    Setup(Arc<SetupRead>, Option<Reading>),
    /// What could be set up.
    StageChoices(StageChoices),
    /// Whose key it is.
    Whose(Whose),
    /// The account with what a change depends on.
    ChangeDetails(Box<Change>, Arc<Inventory>),
    /// Why calls are answered as they are.
    Explained(Vec<Chain>),
}
