//! The ids and log entries of one call.

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::access_log_line::AccessLogFields;
use crate::execution_log::LogLine;

/// Generates the same sequence of request ids in every run.
#[derive(Debug)]
pub(super) struct RequestIds(StdRng);

impl Default for RequestIds {
    fn default() -> Self {
        Self(StdRng::seed_from_u64(0x6b65_7970_6f6f_6c01))
    }
}

impl RequestIds {
    pub(super) fn next_trace(&mut self, at: Timestamp) -> Trace {
        let request_id = uuid::Builder::from_random_bytes(self.0.random()).into_uuid().to_string();
        let letters = (0..15).map(|_| char::from(self.0.sample(rand::distr::Alphanumeric)));
        let extended_id = letters.chain(['=']).collect();
        Trace {
            at,
            request_id,
            extended_id,
            group: String::new(),
            lines: Vec::new(),
            access_log: AccessLogFields::default(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Trace {
    pub(super) at: Timestamp,
    pub(super) request_id: String,
    pub(super) extended_id: String,
    pub(super) lines: Vec<LogLine>,
    pub(super) access_log: AccessLogFields,
    group: String,
}

impl Trace {
    /// Starts the execution log of a call in a stage.
    pub(super) fn start(&mut self, api_id: &str, stage: &str) {
        (self.access_log.api_id, self.access_log.stage) = (api_id.to_owned(), stage.to_owned());
        self.group = format!("API-Gateway-Execution-Logs_{api_id}/{stage}");
        self.log(format!("Extended Request Id: {}", self.extended_id));
    }

    pub(super) fn log(&mut self, message: String) {
        let (group, request_id) = (self.group.clone(), self.request_id.clone());
        self.lines.push(LogLine { at: self.at, group, request_id, message });
    }
}
