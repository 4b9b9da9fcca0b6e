//! Side effects of the console. Together with [`Change`] this is everything it can do to an account.

use std::path::PathBuf;
use std::sync::Arc;

use keypool_domain::{Change, Inventory, Secret};

use crate::ops::{ConfirmedFix, ExportRequest, ProbePlan, RememberedLists};
use crate::tui::model::event::TaskId;
use crate::tui::model::query::Query;
use crate::tui::model::snapshot::Snapshot;

/// Something to do outside the console's state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Configures the connection.
    Connect(TaskId),
    /// Reads something. The last inventory, if there is one, says what is already known about the account.
    Load(TaskId, Query, Option<Arc<Inventory>>),
    /// Changes something. The inventory is the one that the operator saw when confirming the change.
    Apply(TaskId, Change, Arc<Inventory>),
    /// Applies exactly these fixes of the doctor, one by one.
    Fix(TaskId, Vec<ConfirmedFix>),
    /// Calls the protected API with a tenant key.
    Probe(TaskId, ProbePlan, Arc<Inventory>),
    /// Writes a list to a local file.
    Export(TaskId, Box<ExportRequest>),
    /// Frees a snapshot that is no longer shown, off the loop: freeing a million tenant keys takes time.
    DropSnapshot(Snapshot),
    /// Stops a task: at once if it reads, after the current step if it writes.
    Cancel(TaskId),
    /// Remembers how lists are sorted and filtered.
    RememberLists(PathBuf, RememberedLists),
    /// Copies the id of a plan or key to the clipboard.
    CopyId(String),
    /// Copies the value of a key to the clipboard.
    CopyValue(Secret),
    /// Gives the terminal to the profile's `credential_process`, which may ask for input.
    SignIn,
    /// Gives the terminal back to the shell until `fg`.
    Suspend,
    /// Ends the program.
    Quit,
}
