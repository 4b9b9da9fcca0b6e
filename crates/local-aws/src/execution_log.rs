//! What API Gateway writes into a stage's execution log: why a call of the protected API got what it got.
//!
//! Invariant: no line holds more of an API key's value than its last six characters.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Lines kept; older ones are forgotten.
const CAPACITY: usize = 10_000;

/// The lines of all stages; clones share them.
#[derive(Debug, Clone, Default)]
pub struct ExecutionLog(Arc<Mutex<VecDeque<LogLine>>>);

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: Timestamp,
    /// The log group it belongs to, `API-Gateway-Execution-Logs_API/STAGE`.
    pub group: String,
    /// The request it is about.
    pub request_id: String,
    /// What it says.
    pub message: String,
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) {}", self.request_id, self.message)
    }
}

impl ExecutionLog {
    /// All lines kept, oldest first.
    pub fn lines(&self) -> Vec<LogLine> {
        self.kept().iter().cloned().collect()
    }

    /// The lines about one request, as the log shows them.
    pub fn of_request(&self, request_id: &str) -> Vec<String> {
        let kept = self.kept();
        kept.iter().filter(|line| line.request_id == request_id).map(ToString::to_string).collect()
    }

    pub(crate) fn write(&self, lines: impl IntoIterator<Item = LogLine>) {
        let mut kept = self.kept();
        kept.extend(lines);
        let surplus = kept.len().saturating_sub(CAPACITY);
        kept.drain(..surplus);
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<LogLine>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An API key's value as the log shows it.
pub(crate) fn masked(value: &str) -> String {
    let characters = value.chars().count();
    // A short value is nobody's key, yet may be someone's password sent by mistake.
    let shown: String =
        if characters < 20 { String::new() } else { value.chars().skip(characters - 6).collect() };
    format!("**********{shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_masked_to_its_last_six_characters() {
        assert_eq!(masked("Zx8hY2kPq0wN5vR7tJ3mB6dL9fG1sC4aE0xF0yrv6"), "**********F0yrv6");
        assert_eq!(masked("hunter2"), "**********");
        assert_eq!(masked(""), "**********");
    }

    #[test]
    fn old_lines_make_room() {
        let log = ExecutionLog::default();
        let line = |n: usize| LogLine {
            at: Timestamp::UNIX_EPOCH,
            group: String::new(),
            request_id: n.to_string(),
            message: String::new(),
        };
        log.write((0..CAPACITY + 3).map(line));
        let kept = log.lines();
        assert_eq!(kept.len(), CAPACITY);
        assert_eq!(kept[0].request_id, "3");
    }
}
