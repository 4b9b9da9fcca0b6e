//! An access log of API Gateway, a JSON object a line, read as it comes: only counts are kept.

use std::io::{self, BufRead};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::change::pluralize;
use keypool_domain::charging::{LoggedCall, LoggedCalls};
use keypool_domain::text::group_thousands;
use keypool_domain::usage::DayRange;
use serde_json::{Map, Value};

/// Bad lines that are named; the rest is only counted.
const MAX_NAMED_LINES: usize = 10;

/// The longest line that is read; API Gateway writes 3 KiB at most.
const MAX_LINE_BYTES: u64 = 64 * 1024;

/// What a log holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessLogCalls {
    /// Calls by API key and tenant.
    pub logged: LoggedCalls,
    /// Lines that are no calls, counted.
    pub bad_lines: usize,
    /// The numbers of the first of them, from 1, each with what is wrong.
    pub first_bad_lines: Vec<(u64, &'static str)>,
    /// Calls of other months.
    pub other_months: u64,
    /// Calls without an API key or without a tenant.
    pub unattributed: u64,
    /// Calls that do not say when they were, and were counted.
    pub undated: u64,
}

/// What a line is.
enum LogLine {
    Call(LoggedCall, Option<Timestamp>),
    Unattributed,
    Empty,
}

/// Counts the calls of a month; `tenant_field` is the name of the field that holds the tenant.
pub fn read_access_log(
    mut log: impl BufRead,
    tenant_field: &str,
    month: DayRange,
) -> io::Result<AccessLogCalls> {
    let mut read = AccessLogCalls::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if read_line(&mut log, &mut line)? == 0 {
            break;
        }
        match parse_line(&line, tenant_field) {
            Ok(LogLine::Call(call, at)) => read.count_call(call, at, month),
            Ok(LogLine::Unattributed) => read.unattributed += 1,
            Ok(LogLine::Empty) => {}
            Err(why) => read.record_bad_line(number, why),
        }
    }
    Ok(read)
}

/// One line; of one that is too long the rest is passed over.
fn read_line(log: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let length = io::Read::take(&mut *log, MAX_LINE_BYTES).read_until(b'\n', line)?;
    if length as u64 == MAX_LINE_BYTES && line.last() != Some(&b'\n') {
        log.skip_until(b'\n')?;
    }
    Ok(length)
}

fn parse_line(line: &[u8], tenant_field: &str) -> Result<LogLine, &'static str> {
    if line.trim_ascii().is_empty() {
        return Ok(LogLine::Empty);
    }
    let fields: Map<String, Value> = serde_json::from_slice(line).map_err(|_| "it is not a JSON object")?;
    let text =
        |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !matches!(*text, "" | "-"));
    let api_key =
        if fields.contains_key("apiKeyId") { text("apiKeyId") } else { return Err("it has no apiKeyId") };
    if !fields.contains_key(tenant_field) {
        return Err("it has no field for the tenant");
    }
    let status = fields.get("status").and_then(parse_number).and_then(|status| u16::try_from(status).ok());
    let status = status.ok_or("it has no status")?;
    let Some((api_key, tenant)) = api_key.zip(text(tenant_field)) else { return Ok(LogLine::Unattributed) };
    let times = ["ts", "requestTimeEpoch"].iter().find_map(|name| fields.get(*name).and_then(parse_number));
    let at = times.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    Ok(LogLine::Call(LoggedCall { api_key: api_key.into(), tenant: tenant.into(), status }, at))
}

/// Access-log formats write numbers with and without quotes.
fn parse_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

impl AccessLogCalls {
    fn count_call(&mut self, call: LoggedCall, at: Option<Timestamp>, month: DayRange) {
        let day = at.map(|at| at.to_zoned(TimeZone::UTC).date());
        self.undated += u64::from(day.is_none());
        if day.is_none_or(|day| month.contains(day)) {
            self.logged.add(call);
        } else {
            self.other_months += 1;
        }
    }

    /// What of it is not counted, or was counted although something is missing.
    pub fn remarks(&self) -> Vec<String> {
        let bad = self.first_bad_lines.iter();
        let bad = bad.map(|(number, why)| format!("line {number} of the access log is passed over: {why}"));
        let more = self.bad_lines - self.first_bad_lines.len();
        let more = (more > 0).then(|| format!("{} more are passed over", pluralize(more, "line")));
        let told = [
            (self.logged.refused_count, "calls were answered 403 or 429 and are not charged"),
            (self.other_months, "calls are of other months"),
            (self.unattributed, "calls have no API key or no tenant"),
            (self.undated, "calls do not say when they were (ts or requestTimeEpoch) and are counted"),
        ];
        let told = told.into_iter().filter(|(count, _)| *count > 0);
        bad.chain(more)
            .chain(told.map(|(count, what)| format!("{} {what}", group_thousands(count))))
            .collect()
    }

    fn record_bad_line(&mut self, number: u64, why: &'static str) {
        self.bad_lines += 1;
        if self.first_bad_lines.len() < MAX_NAMED_LINES {
            self.first_bad_lines.push((number, why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_log(text: &str) -> AccessLogCalls {
        read_access_log(text.as_bytes(), "tenant", DayRange::parse_month("2026-10").expect("a month"))
            .expect("read")
    }

    #[test]
    fn calls_are_counted_by_key_and_tenant_and_bad_lines_by_number() {
        // 1793451600000 is 2026-10-31T13:00Z, 1793538000000 a day later.
        let read = read_log(concat!(
            r#"{"apiKeyId":"k","tenant":"acme","status":"200","ts":"1793451600000"}"#,
            "\n",
            r#"{"apiKeyId":"k","tenant":"acme","status":200,"ts":1793451600000}"#,
            "\n",
            r#"{"apiKeyId":"k","tenant":"acme","status":"429","ts":"1793451600000"}"#,
            "\n",
            r#"{"apiKeyId":"k","tenant":"acme","status":"200","ts":"1793538000000"}"#,
            "\n",
            "\n",
            "not json\n",
            r#"{"apiKeyId":"-","tenant":"acme","status":"200"}"#,
            "\n",
            r#"{"apiKeyId":"k","tenant":"-","status":"200"}"#,
            "\n",
            r#"{"apiKeyId":"k","tenant":"globex","status":"500"}"#,
            "\n",
            r#"{"tenant":"acme","status":"200"}"#,
            "\n",
            r#"{"apiKeyId":"k","status":"200"}"#,
            "\n",
            r#"{"apiKeyId":"k","tenant":"acme","status":"ok"}"#,
            "\n",
            r#"["apiKeyId"]"#,
        ));
        let calls: Vec<_> = read.logged.iter().map(|(_, tenant, calls)| (tenant.as_str(), calls)).collect();
        assert_eq!((calls, read.logged.refused_count), (vec![("acme", 2), ("globex", 1)], 1));
        assert_eq!((read.other_months, read.unattributed, read.undated, read.bad_lines), (1, 2, 1, 5));
        let numbers: Vec<_> = read.first_bad_lines.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [6, 10, 11, 12, 13]);
    }

    #[test]
    fn an_overlong_line_is_one_bad_line_and_takes_bounded_memory() {
        let endless = "x".repeat(1 << 20);
        let read =
            read_log(&format!("{endless}\n{{\"apiKeyId\":\"k\",\"tenant\":\"acme\",\"status\":200}}\n"));
        assert_eq!(
            (read.bad_lines, read.first_bad_lines, read.logged.iter().count()),
            (1, vec![(1, "it is not a JSON object")], 1)
        );
    }
}
