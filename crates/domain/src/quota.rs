//! When quotas reset. AWS does not document the exact time, so all times here are *expected*, in UTC.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::{Period, Quota};

impl Quota {
    /// The start of the first period that begins after `now`.
    ///
    /// Days start at midnight UTC, weeks on Sunday plus the offset, months on the 1st plus the offset.
    pub fn next_reset(&self, now: Timestamp) -> Timestamp {
        let today = now.to_zoned(TimeZone::UTC).date();
        let start = self.period_start(today);
        let next = match self.period {
            Period::Day => start.saturating_add(1.day()),
            Period::Week => start.saturating_add(7.days()),
            Period::Month => start.saturating_add(1.month()),
        };
        midnight(next)
    }

    /// E.g. `resets expected 00:00 UTC (in 5 h 12 m)`; with the date if it is more than a day away.
    pub fn describe_reset(&self, now: Timestamp) -> String {
        let reset = self.next_reset(now);
        let minutes = now.duration_until(reset).as_secs().max(0) / 60;
        let (days, hours, minutes) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
        let at = reset.to_zoned(TimeZone::UTC);
        if days > 0 {
            format!("resets expected {} UTC (in {days} d {hours} h)", at.strftime("%a %-d %b %H:%M"))
        } else {
            format!("resets expected {} UTC (in {hours} h {minutes} m)", at.strftime("%H:%M"))
        }
    }

    /// What a quota of 0 means for callers.
    pub(crate) fn describe_zero(&self) -> String {
        format!("a quota of 0 calls per {}: every call gets 429, and no reset changes that", self.period)
    }

    /// The first day of the period that contains `day`.
    pub fn period_start(&self, day: Date) -> Date {
        let offset = i64::from(self.offset);
        match self.period {
            Period::Day => day,
            Period::Week => {
                let since_sunday = i64::from(day.weekday().to_sunday_zero_offset());
                day.saturating_sub(((since_sunday - offset).rem_euclid(7)).days())
            }
            Period::Month => {
                let this_month = day.first_of_month().saturating_add(offset.days());
                if this_month <= day {
                    this_month
                } else {
                    day.first_of_month().saturating_sub(1.month()).saturating_add(offset.days())
                }
            }
        }
    }
}

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset(period: Period, offset: u32, now: &str) -> String {
        Quota { limit: 1, period, offset }.next_reset(now.parse().expect("timestamp")).to_string()
    }

    #[test]
    fn days_end_at_midnight_utc() {
        assert_eq!(reset(Period::Day, 0, "2026-11-22T23:59:59Z"), "2026-11-23T00:00:00Z");
        assert_eq!(reset(Period::Day, 0, "2026-11-23T00:00:00Z"), "2026-11-24T00:00:00Z");
    }

    #[test]
    fn weeks_begin_on_sunday_plus_the_offset() {
        assert_eq!(reset(Period::Week, 0, "2026-11-22T12:00:00Z"), "2026-11-29T00:00:00Z");
        assert_eq!(reset(Period::Week, 1, "2026-11-22T12:00:00Z"), "2026-11-23T00:00:00Z");
        assert_eq!(reset(Period::Week, 6, "2026-11-22T12:00:00Z"), "2026-11-28T00:00:00Z");
    }

    #[test]
    fn a_reset_more_than_a_day_away_includes_its_date() {
        let describe = |period, now: &str| {
            Quota { limit: 1, period, offset: 0 }.describe_reset(now.parse().expect("timestamp"))
        };
        assert_eq!(describe(Period::Day, "2026-11-22T18:48:00Z"), "resets expected 00:00 UTC (in 5 h 12 m)");
        assert_eq!(
            describe(Period::Week, "2026-11-22T18:48:00Z"),
            "resets expected Sun 29 Nov 00:00 UTC (in 6 d 5 h)"
        );
    }

    #[test]
    fn months_begin_on_the_first_plus_the_offset() {
        assert_eq!(reset(Period::Month, 0, "2026-12-31T12:00:00Z"), "2027-01-01T00:00:00Z");
        assert_eq!(reset(Period::Month, 9, "2026-11-09T23:00:00Z"), "2026-11-10T00:00:00Z");
        assert_eq!(reset(Period::Month, 9, "2026-11-10T00:00:00Z"), "2026-12-10T00:00:00Z");
        assert_eq!(reset(Period::Month, 27, "2026-03-01T00:00:00Z"), "2026-03-28T00:00:00Z");
    }
}
