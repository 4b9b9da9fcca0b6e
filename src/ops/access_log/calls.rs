//! The counts of an access log.

use jiff::Timestamp;
use keypool_domain::charging::{AccessLogFields, LoggedCall, LoggedCalls};
use keypool_domain::text::{pluralize, pluralize_calls};
use keypool_domain::usage::TimeSpan;

use super::line::{Answer, BadLine, LogCall, LogLine};

/// Bad lines beyond this number are only counted.
const MAX_NAMED_LINES: usize = 10;

/// The calls of a span of time in an access log, and what was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogCalls {
    span: TimeSpan,
    pub logged: LoggedCalls,
    /// Number of lines that are not a valid call; they are not counted as calls.
    pub bad_lines: usize,
    /// Line numbers, from 1, with what is wrong.
    pub first_bad_lines: Vec<(u64, String)>,
    /// Calls outside the span; they are not counted.
    pub outside: u64,
    /// Calls without API key or tenant; they are not counted.
    pub unattributed: u64,
}

impl AccessLogCalls {
    pub(super) fn new(span: TimeSpan) -> Self {
        Self {
            span,
            logged: LoggedCalls::default(),
            bad_lines: 0,
            first_bad_lines: Vec::new(),
            outside: 0,
            unattributed: 0,
        }
    }

    pub(super) fn count(&mut self, number: u64, line: Result<LogLine, BadLine>, fields: &AccessLogFields) {
        self.count_equal(number, line, 1, fields);
    }

    /// Counts a line of an event, unless it is outside a part of the span.
    pub(super) fn count_within(
        &mut self,
        part: TimeSpan,
        number: u64,
        (event_time, line): (Option<Timestamp>, Result<LogLine, BadLine>),
        fields: &AccessLogFields,
    ) {
        let at = match &line {
            Ok(LogLine::Call(call)) => Some(call.at),
            Ok(LogLine::Unattributed | LogLine::Empty) | Err(_) => event_time,
        };
        if at.is_none_or(|at| part.contains(at)) {
            self.count(number, line, fields);
        }
    }

    /// Counts this many lines, of which `line` is one.
    pub(super) fn count_equal(
        &mut self,
        number: u64,
        line: Result<LogLine, BadLine>,
        count: u64,
        fields: &AccessLogFields,
    ) {
        match line {
            Ok(LogLine::Call(call)) => self.count_calls(call, count),
            Ok(LogLine::Unattributed) => self.unattributed += count,
            Ok(LogLine::Empty) => {}
            Err(why) => self.record_bad_lines(number, why, count, fields),
        }
    }

    fn count_calls(&mut self, call: LogCall, count: u64) {
        if !self.span.contains(call.at) {
            self.outside += count;
            return;
        }
        let (api_key, tenant) = (call.api_key.into(), call.tenant.into());
        match call.answer {
            Answer::Status(status) => self.logged.add(LoggedCall { api_key, tenant, status }, count),
            Answer::Backend => self.logged.add_accepted(api_key, tenant, count),
            Answer::Refusal => self.logged.add_refused(count),
        }
    }

    pub(super) fn record_bad_line(&mut self, number: u64, why: BadLine, fields: &AccessLogFields) {
        self.record_bad_lines(number, why, 1, fields);
    }

    fn record_bad_lines(&mut self, number: u64, why: BadLine, count: u64, fields: &AccessLogFields) {
        self.bad_lines = self.bad_lines.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
        if self.first_bad_lines.len() < MAX_NAMED_LINES {
            self.first_bad_lines.push((number, why.describe(fields)));
        }
    }

    pub(super) fn has_readable_lines(&self) -> bool {
        self.has_calls_of_span() || self.outside > 0 || self.unattributed > 0
    }

    fn has_calls_of_span(&self) -> bool {
        !self.logged.is_empty() || self.logged.refused_count > 0
    }

    /// Describes the lines that were skipped and the calls that were not counted.
    pub fn remarks(&self) -> Vec<String> {
        let bad = self.first_bad_lines.iter();
        let bad = bad.map(|(number, why)| format!("line {number} of the access log is skipped: {why}"));
        let more = self.bad_lines - self.first_bad_lines.len();
        let more = (more > 0).then(|| format!("also skipped: {}", pluralize(more, "line")));
        let none = (!self.has_calls_of_span())
            .then(|| format!("no call in the access log is of {} and of a tenant", self.span));
        let outside = format!("outside {}", self.span);
        let counts = [
            (self.logged.refused_count, "refused by API Gateway, not charged"),
            (self.outside, outside.as_str()),
            (self.unattributed, "without an API key or a tenant"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        bad.chain(more)
            .chain(none)
            .chain(
                counts.map(|(count, what)| format!("the access log has {} {what}", pluralize_calls(count))),
            )
            .collect()
    }
}
