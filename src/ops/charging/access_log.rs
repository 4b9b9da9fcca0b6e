//! An API Gateway access log, one JSON object per line. Read as a stream; only counts are kept.

use std::io::{self, BufRead};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::charging::{LoggedCall, LoggedCalls};
use keypool_domain::text::group_thousands;
use keypool_domain::text::pluralize;
use keypool_domain::usage::DayRange;
use serde_json::{Map, Value};

/// Bad lines beyond this number are only counted.
const MAX_NAMED_LINES: usize = 10;

/// The rest of longer lines is skipped. API Gateway writes at most 3 KiB per line.
const MAX_LINE_BYTES: u64 = 64 * 1024;

/// The calls of one month in an access log, and what was left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessLogCalls {
    pub logged: LoggedCalls,
    /// Number of lines that are not a valid call.
    pub bad_lines: usize,
    /// Line numbers, from 1, with what is wrong.
    pub first_bad_lines: Vec<(u64, &'static str)>,
    /// Calls outside the month; they are not counted.
    pub other_months: u64,
    /// Calls without API key or tenant; they are not counted.
    pub unattributed: u64,
    /// Calls without a time; they are counted.
    pub undated: u64,
}

enum LogLine {
    Call(LoggedCall, Option<Timestamp>),
    /// A call without API key or tenant.
    Unattributed,
    Empty,
}

/// Counts the calls of a month. `tenant_field` names the field that contains the tenant.
pub fn read_access_log(
    mut log: impl BufRead,
    tenant_field: &str,
    month: DayRange,
) -> io::Result<AccessLogCalls> {
    let mut calls = AccessLogCalls::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if read_line(&mut log, &mut line)? == 0 {
            break;
        }
        match parse_line(&line, tenant_field) {
            Ok(LogLine::Call(call, at)) => calls.count_call(call, at, month),
            Ok(LogLine::Unattributed) => calls.unattributed += 1,
            Ok(LogLine::Empty) => {}
            Err(why) => calls.record_bad_line(number, why),
        }
    }
    Ok(calls)
}

/// Reads a line. Skips the rest of a line that is too long.
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
    let millis = ["ts", "requestTimeEpoch"].iter().find_map(|name| fields.get(*name).and_then(parse_number));
    let at = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    Ok(LogLine::Call(LoggedCall { api_key: api_key.into(), tenant: tenant.into(), status }, at))
}

/// Access-log formats write numbers with or without quotes.
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

    /// Describes the lines that were skipped, the calls that were not counted, and those that were counted
    /// although a field is missing.
    pub fn remarks(&self) -> Vec<String> {
        let bad = self.first_bad_lines.iter();
        let bad = bad.map(|(number, why)| format!("line {number} of the access log is skipped: {why}"));
        let more = self.bad_lines - self.first_bad_lines.len();
        let more = (more > 0).then(|| format!("also skipped: {}", pluralize(more, "line")));
        let counts = [
            (self.logged.refused_count, "calls were answered 403 or 429 and are not charged"),
            (self.other_months, "calls are from other months"),
            (self.unattributed, "calls have no API key or no tenant"),
            (self.undated, "calls have no time (ts or requestTimeEpoch) and are counted"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        bad.chain(more)
            .chain(counts.map(|(count, what)| format!("{} {what}", group_thousands(count))))
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
        let calls = read_log(concat!(
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
        let counted: Vec<_> =
            calls.logged.iter().map(|(_, tenant, calls)| (tenant.as_str(), calls)).collect();
        assert_eq!((counted, calls.logged.refused_count), (vec![("acme", 2), ("globex", 1)], 1));
        assert_eq!((calls.other_months, calls.unattributed, calls.undated, calls.bad_lines), (1, 2, 1, 5));
        let numbers: Vec<_> = calls.first_bad_lines.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [6, 10, 11, 12, 13]);
    }

    #[test]
    fn an_overlong_line_is_one_bad_line_and_takes_bounded_memory() {
        let endless = "x".repeat(1 << 20);
        let calls =
            read_log(&format!("{endless}\n{{\"apiKeyId\":\"k\",\"tenant\":\"acme\",\"status\":200}}\n"));
        assert_eq!(
            (calls.bad_lines, calls.first_bad_lines, calls.logged.iter().count()),
            (1, vec![(1, "it is not a JSON object")], 1)
        );
    }
}
