//! The counts of an access log.

use jiff::Timestamp;
use keypool_domain::charging::{AccessLogFields, LoggedAnswer, LoggedCalls};
use keypool_domain::text::{pluralize, pluralize_calls};
use keypool_domain::usage::TimeSpan;

use super::line::{BadLine, LogCall, LogLine};

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
    /// Accepted calls of the span without an API key; they are not counted.
    pub without_key: u64,
}

impl AccessLogCalls {
    pub(super) fn new(span: TimeSpan) -> Self {
        Self {
            span,
            logged: LoggedCalls::default(),
            bad_lines: 0,
            first_bad_lines: Vec::new(),
            outside: 0,
            without_key: 0,
        }
    }

    pub const fn span(&self) -> TimeSpan {
        self.span
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
            Ok(LogLine::Empty) | Err(_) => event_time,
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
            Ok(LogLine::Empty) => {}
            Err(why) => self.record_bad_lines(number, why, count, fields),
        }
    }

    fn count_calls(&mut self, call: LogCall, count: u64) {
        if !self.span.contains(call.at) {
            self.outside += count;
            return;
        }
        let (api_key, tenant) = (call.api_key.map(Into::into), call.tenant.map(Into::into));
        match (call.answer.logged(), api_key) {
            (LoggedAnswer::Accepted, Some(api_key)) => self.logged.add(api_key, tenant, count),
            (LoggedAnswer::Accepted, None) => self.without_key += count,
            (LoggedAnswer::Limited, Some(api_key)) => self.logged.add_limited(api_key, count),
            (LoggedAnswer::Limited, None) | (LoggedAnswer::Refused, _) => self.logged.add_refused(count),
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
        self.has_calls_of_span() || self.outside > 0 || self.without_key > 0
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
            .then(|| format!("no call in the access log is of {} and has an API key", self.span));
        let outside = format!("outside {}", self.span);
        let counts = [
            (self.logged.refused_count, "refused by API Gateway: not counted"),
            (self.outside, outside.as_str()),
            (self.without_key, "without an API key"),
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
