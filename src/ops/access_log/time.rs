//! Times in access logs.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The fields that may hold a call's time, unless a setting names one; the first with a time applies.
pub(super) const USUAL_NAMES: [&str; 6] =
    ["requestTimeEpoch", "requestTime", "ts", "time", "timestamp", "@timestamp"];

/// `$context.requestTime`, for example `28/Nov/2026:10:00:00 +0000`.
const REQUEST_TIME_FORMAT: &str = "%d/%b/%Y:%H:%M:%S %z";

/// API Gateway started in July 2015: smaller numbers are no time of a call, for example a latency.
const MIN_SECONDS: f64 = 1_420_070_400.0;
/// Numbers below this are seconds: as milliseconds they would be in or before March 1973.
const MIN_MILLIS: f64 = 1e11;
/// Numbers from here on are neither seconds nor milliseconds of a plausible year.
const MAX_MILLIS: f64 = 1e14;

/// Parses seconds or milliseconds since 1970, as number or text, `$context.requestTime`, or an ISO time.
pub(super) fn parse_time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => parse_epoch(number.as_f64()?),
        Value::String(text) => parse_text(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(super) fn parse_text(text: &str) -> Option<Timestamp> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return parse_epoch(text.parse().ok()?);
    }
    let request_time = || strtime::parse(REQUEST_TIME_FORMAT, text).and_then(|time| time.to_timestamp()).ok();
    // A time without an offset is in UTC, as AWS writes it.
    let without_offset = || Some(text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(request_time).or_else(without_offset)
}

fn parse_epoch(number: f64) -> Option<Timestamp> {
    let millis = match number {
        number if (MIN_SECONDS..MIN_MILLIS).contains(&number) => number * 1e3,
        number if (MIN_SECONDS * 1e3..MAX_MILLIS).contains(&number) => number,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "below 1e14")]
    Timestamp::from_millisecond(millis as i64).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_in_every_form_that_aws_and_its_tools_write() {
        for value in [
            json!(1_794_312_000_000_i64),
            json!("1794312000000"),
            json!(1_794_312_000),
            json!("1794312000"),
            json!(1_794_312_000.0),
            json!("1794312000.000"),
            json!("10/Nov/2026:12:00:00 +0000"),
            json!("10/Nov/2026:13:00:00 +0100"),
            json!("2026-11-10T12:00:00Z"),
            json!("2026-11-10T12:00:00.000000+00:00"),
            json!("2026-11-10T14:00:00+02:00"),
            json!("2026-11-10T12:00:00"),
            json!("2026-11-10 12:00:00.000"),
        ] {
            assert_eq!(parse_time(&value), Some("2026-11-10T12:00:00Z".parse().expect("a time")), "{value}");
        }
        for value in [
            json!("-"),
            json!(""),
            json!("."),
            json!("yesterday"),
            json!(0),
            json!(35),
            json!("35"),
            json!(1_420_070_399),
            json!(1_420_070_399_000_i64),
            json!(-1),
            json!(1e300),
            json!(1_794_312_000_000_000_000_i64),
            json!(null),
            json!(true),
            json!(["1794312000000"]),
        ] {
            assert_eq!(parse_time(&value), None, "{value}");
        }
    }
}
