//! The days of which usage is read for the status of every current quota period.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::usage::DayRange;

/// Covers the current quota period, whether a day, week or month.
const USAGE_DAYS: u32 = 31;
/// The days to read for the status of every current quota period.
pub(crate) fn current_range(now: Timestamp) -> DayRange {
    DayRange::last_days(USAGE_DAYS, now.to_zoned(TimeZone::UTC).date())
}
