//! Dates relative to the day on which the tests run.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The first day of the latest month that ended at least four days ago, so that its usage no longer changes.
pub(crate) fn closed_month() -> Date {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.saturating_sub(4.days()).first_of_month().saturating_sub(1.day()).first_of_month()
}

/// The first day of last month. Notes about former keys have the calls of this month and the last one.
pub(crate) fn last_month() -> Date {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.first_of_month().saturating_sub(1.day()).first_of_month()
}

/// Replaces each RFC 3339 time (UTC, to the second) by a fixed one.
pub(crate) fn mask_times(text: &str) -> String {
    const PATTERN: &str = "0000-00-00T00:00:00Z";
    let is_time = |candidate: &[u8]| {
        let fits = |(byte, pattern): (&u8, u8)| {
            if pattern == b'0' { byte.is_ascii_digit() } else { *byte == pattern }
        };
        candidate.iter().zip(PATTERN.bytes()).all(fits)
    };
    let mut bytes = text.as_bytes().to_vec();
    for start in 0..bytes.len().saturating_sub(PATTERN.len() - 1) {
        let range = start..start + PATTERN.len();
        if is_time(&bytes[range.clone()]) {
            bytes[range].copy_from_slice(b"2026-11-22T18:48:00Z");
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
