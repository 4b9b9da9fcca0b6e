//! The audit trail: what was changed, by whom, where and why, a line when it begins and a line when it has ended.
//!
//! A change of which the first line cannot be written is not begun. A process that is killed leaves the first line
//! alone, and so its change is seen as unfinished. No line holds a secret.

mod entry;
mod extended;
mod past;
mod subject;
mod trail;

pub use past::{End, PastChange, TrailRead, read};
pub use trail::Trail;

pub(super) use entry::begin;
pub(super) use extended::extended_since;
pub(super) use subject::{Subject, after, pool};
