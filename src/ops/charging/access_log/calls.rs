//! The counts of an access log.

use jiff::tz::TimeZone;
use keypool_domain::charging::{AccessLogFields, LoggedCall, LoggedCalls};
use keypool_domain::text::{pluralize, pluralize_calls};
use keypool_domain::usage::DayRange;

use super::line::{Answer, BadLine, LogCall, LogLine};

/// Bad lines beyond this number are only counted.
const MAX_NAMED_LINES: usize = 10;

/// The calls of one month in an access log, and what was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogCalls {
    month: DayRange,
    pub logged: LoggedCalls,
    /// Number of lines that are not a valid call; they are not counted as calls.
    pub bad_lines: usize,
    /// Line numbers, from 1, with what is wrong.
    pub first_bad_lines: Vec<(u64, String)>,
    /// Calls outside the month; they are not counted.
    pub other_months: u64,
    /// Calls without API key or tenant; they are not counted.
    pub unattributed: u64,
}

impl AccessLogCalls {
    pub(super) fn new(month: DayRange) -> Self {
        Self {
            month,
            logged: LoggedCalls::default(),
            bad_lines: 0,
            first_bad_lines: Vec::new(),
            other_months: 0,
            unattributed: 0,
        }
    }

    pub(super) fn count(&mut self, number: u64, line: Result<LogLine, BadLine>, fields: &AccessLogFields) {
        match line {
            Ok(LogLine::Call(call)) => self.count_call(call),
            Ok(LogLine::Unattributed) => self.unattributed += 1,
            Ok(LogLine::Empty) => {}
            Err(why) => self.record_bad_line(number, why, fields),
        }
    }

    fn count_call(&mut self, call: LogCall) {
        if !self.month.contains(call.at.to_zoned(TimeZone::UTC).date()) {
            self.other_months += 1;
            return;
        }
        let (api_key, tenant) = (call.api_key.into(), call.tenant.into());
        match call.answer {
            Answer::Status(status) => self.logged.add(LoggedCall { api_key, tenant, status }),
            Answer::Backend => self.logged.add_accepted(api_key, tenant),
            Answer::Refusal => self.logged.add_refused(),
        }
    }

    pub(super) fn record_bad_line(&mut self, number: u64, why: BadLine, fields: &AccessLogFields) {
        self.bad_lines += 1;
        if self.first_bad_lines.len() < MAX_NAMED_LINES {
            self.first_bad_lines.push((number, why.describe(fields)));
        }
    }

    pub(super) fn has_readable_lines(&self) -> bool {
        self.has_calls_of_month() || self.other_months > 0 || self.unattributed > 0
    }

    fn has_calls_of_month(&self) -> bool {
        !self.logged.is_empty() || self.logged.refused_count > 0
    }

    /// Describes the lines that were skipped and the calls that were not counted.
    pub fn remarks(&self) -> Vec<String> {
        let bad = self.first_bad_lines.iter();
        let bad = bad.map(|(number, why)| format!("line {number} of the access log is skipped: {why}"));
        let more = self.bad_lines - self.first_bad_lines.len();
        let more = (more > 0).then(|| format!("also skipped: {}", pluralize(more, "line")));
        let none = (!self.has_calls_of_month()).then(|| {
            format!("no call in the access log is of {} and of a tenant", self.month.from().strftime("%Y-%m"))
        });
        let counts = [
            (self.logged.refused_count, "refused by API Gateway, not charged"),
            (self.other_months, "from other months"),
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
