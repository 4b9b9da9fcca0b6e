//! The execution logs of all stages, which explain the result of each call to the protected API.
//!
//! Invariant: no line contains more of an API key's value than its last six characters.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Number of lines kept; older ones are dropped.
const MAX_LINES: usize = 10_000;

/// The execution log lines of all stages. Clones share the same log.
#[derive(Debug, Clone, Default)]
pub struct ExecutionLog(Arc<Mutex<VecDeque<LogLine>>>);

/// One line of an execution log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The time of the call.
    pub at: Timestamp,
    /// The log group, `API-Gateway-Execution-Logs_API/STAGE`.
    pub group: String,
    /// The id of the request.
    pub request_id: String,
    /// The text after the request id.
    pub message: String,
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) {}", self.request_id, self.message)
    }
}

impl ExecutionLog {
    /// Returns the kept lines, oldest first.
    pub fn lines(&self) -> Vec<LogLine> {
        self.lock().iter().cloned().collect()
    }

    /// Returns the lines of one request as CloudWatch shows them: `(REQUEST_ID) MESSAGE`.
    pub fn lines_of_request(&self, request_id: &str) -> Vec<String> {
        let lines = self.lock();
        lines.iter().filter(|line| line.request_id == request_id).map(ToString::to_string).collect()
    }

    pub(crate) fn write(&self, lines: impl IntoIterator<Item = LogLine>) {
        let mut kept = self.lock();
        kept.extend(lines);
        let surplus = kept.len().saturating_sub(MAX_LINES);
        kept.drain(..surplus);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<LogLine>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Masks all but the last six characters of an API key's value, as AWS does.
pub(crate) fn mask_key_value(value: &str) -> String {
    let characters = value.chars().count();
    // A value of fewer than 20 characters is not a valid API key, but may be a password sent by mistake.
    let suffix: String =
        if characters < 20 { String::new() } else { value.chars().skip(characters - 6).collect() };
    format!("**********{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_leaves_the_last_six_characters_of_a_key() {
        assert_eq!(mask_key_value("Zx8hY2kPq0wN5vR7tJ3mB6dL9fG1sC4aE0xF0yrv6"), "**********F0yrv6");
        assert_eq!(mask_key_value("hunter2"), "**********");
        assert_eq!(mask_key_value(""), "**********");
    }

    #[test]
    fn the_oldest_lines_are_dropped_at_capacity() {
        let log = ExecutionLog::default();
        let line = |n: usize| LogLine {
            at: Timestamp::UNIX_EPOCH,
            group: String::new(),
            request_id: n.to_string(),
            message: String::new(),
        };
        log.write((0..MAX_LINES + 3).map(line));
        let kept = log.lines();
        assert_eq!(kept.len(), MAX_LINES);
        assert_eq!(kept[0].request_id, "3");
    }
}
