//! The audit trail: who changed what, where, when and why, with one line at the beginning and one at
//! the end of each change.
//!
//! If the first line cannot be written, the change does not start. A killed process leaves only the
//! first line, so its change shows as unfinished. No line contains a secret.

mod entry;
mod extensions;
mod former_notes;
mod history;
mod subject;
mod trail;

pub use history::{ChangeEnd, PastChange, TrailContents, read};
pub use trail::Trail;

pub(super) use entry::begin_entry;
pub(super) use extensions::{RecentExtension, extensions_since};
pub(super) use former_notes::former_keys_in_trail;
pub(super) use subject::{ChangeSubject, pool_record, records_after};
