//! What is known about one call while it passes: its ids and its lines in the execution log.

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::access::Seen;
use crate::execution_log::LogLine;

/// A source of request ids, the same in every run.
#[derive(Debug)]
pub(super) struct RequestIds(StdRng);

impl Default for RequestIds {
    fn default() -> Self {
        Self(StdRng::seed_from_u64(0x6b65_7970_6f6f_6c01))
    }
}

impl RequestIds {
    pub(super) fn next(&mut self, at: Timestamp) -> Trace {
        let request_id = uuid::Builder::from_random_bytes(self.0.random()).into_uuid().to_string();
        let letters = (0..15).map(|_| char::from(self.0.sample(rand::distr::Alphanumeric)));
        let extended_id = letters.chain(['=']).collect();
        Trace { at, request_id, extended_id, group: String::new(), lines: Vec::new(), seen: Seen::default() }
    }
}

/// One call's ids and lines.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) at: Timestamp,
    pub(super) request_id: String,
    pub(super) extended_id: String,
    pub(super) lines: Vec<LogLine>,
    pub(super) seen: Seen,
    group: String,
}

impl Trace {
    /// Opens the log of a stage.
    pub(super) fn start(&mut self, api_id: &str, stage: &str) {
        (self.seen.api_id, self.seen.stage) = (api_id.to_owned(), stage.to_owned());
        self.group = format!("API-Gateway-Execution-Logs_{api_id}/{stage}");
        self.say(format!("Extended Request Id: {}", self.extended_id));
    }

    /// Writes a line into the log of the stage.
    pub(super) fn say(&mut self, message: String) {
        let (group, request_id) = (self.group.clone(), self.request_id.clone());
        self.lines.push(LogLine { at: self.at, group, request_id, message });
    }
}
