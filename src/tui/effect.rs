//! Side effects of the console. Together with [`Change`] this is everything it can do to an account.

use std::sync::Arc;

use keypool_domain::{Change, Inventory, Secret};

use crate::ops::{ConfirmedFix, ExportRequest, ProbePlan, Query};

use super::event::TaskId;
use super::snapshot::Snapshot;

/// One thing to be done outside of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Configure the connection.
    Connect(TaskId),
    /// Read something; what it needs to know of the account is in the inventory, where there is one.
    Load(TaskId, Query, Option<Arc<Inventory>>),
    /// Change something; the inventory is the one that the person decided on.
    Apply(TaskId, Change, Arc<Inventory>),
    /// Carry out exactly these fixes of the doctor, one by one.
    Fix(TaskId, Vec<ConfirmedFix>),
    /// Call the protected API with the key of a tenant.
    Probe(TaskId, ProbePlan, Arc<Inventory>),
    /// Write a list to a file of the person's own.
    Export(TaskId, Box<ExportRequest>),
    /// Let go of what is no longer shown; a million rows are not freed in no time.
    DropSnapshot(Snapshot),
    /// Stop a task: at once where it reads, between two steps where it writes.
    Cancel(TaskId),
    /// Put this on the clipboard.
    Copy(Secret),
    /// Hand the terminal to the profile's `credential_process`, which may ask something.
    SignIn,
    /// Hand the terminal back to the shell until `fg`.
    Suspend,
    /// End.
    Quit,
}
