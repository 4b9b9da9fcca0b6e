//! What stages write into their access logs: a line for each call, in the stage's own format.
//!
//! The format decides what a line holds; the value of an API key is never written, whatever the format says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lines kept; older ones are forgotten.
const CAPACITY: usize = 100_000;

/// The lines of all stages; clones share them.
#[derive(Debug, Clone, Default)]
pub struct AccessLog(Arc<Mutex<VecDeque<String>>>);

impl AccessLog {
    /// All lines kept, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.kept().iter().cloned().collect()
    }

    pub(crate) fn write(&self, line: Option<String>) {
        let mut kept = self.kept();
        kept.extend(line);
        let surplus = kept.len().saturating_sub(CAPACITY);
        kept.drain(..surplus);
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
