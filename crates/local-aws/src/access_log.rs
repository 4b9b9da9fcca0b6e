//! The access logs of all stages: one line per call, in the stage's own format.
//!
//! No format can make a line contain the value of an API key.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Number of lines kept; older ones are dropped.
const MAX_LINES: usize = 100_000;

/// The access log lines of all stages. Clones share the same log.
#[derive(Debug, Clone, Default)]
pub struct AccessLog(Arc<Mutex<VecDeque<String>>>);

impl AccessLog {
    /// Returns the kept lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }

    pub(crate) fn write(&self, line: String) {
        let mut lines = self.lock();
        lines.push_back(line);
        let surplus = lines.len().saturating_sub(MAX_LINES);
        lines.drain(..surplus);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
