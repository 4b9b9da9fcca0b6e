//! The days of which usage is read for the status of every current quota period.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool_domain::ApiKeyId;
use keypool_domain::usage::{DayRange, PlanUsage};

/// Covers the current quota period, whether a day, week or month.
const USAGE_DAYS: u32 = 31;
/// The days to read for the status of every current quota period.
pub(crate) fn current_range(now: Timestamp) -> DayRange {
    DayRange::last_days(USAGE_DAYS, day_of(now))
}

/// The calls of an API key today; `None` if today was not read.
pub(crate) fn calls_today(usage: &PlanUsage, api_key: &ApiKeyId, now: Timestamp) -> Option<u64> {
    let today = day_of(now);
    let is_read = usage.range.from() <= today && today <= usage.range.to();
    let day = usage.days(api_key).iter().rev().find(|day| day.day == today);
    is_read.then(|| day.map_or(0, |day| day.used))
}

/// In UTC.
pub(crate) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
