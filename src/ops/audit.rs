//! The audit trail: what was changed, by whom, where and why, a line when it begins and a line when it has ended.
//!
//! A change of which the first line cannot be written is not begun. A process that is killed leaves the first line
//! alone, and so its change is seen as unfinished. No line holds a secret.

mod entry;
mod extensions;
mod history;
mod subject;
mod trail;

pub use history::{ChangeEnd, PastChange, TrailContents, read};
pub use trail::Trail;

pub(super) use entry::begin_entry;
pub(super) use extensions::extensions_since;
pub(super) use subject::{ChangeSubject, pool_record, records_after};
