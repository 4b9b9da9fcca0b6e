//! Spans of time in whole milliseconds, as logs have them.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::DayRange;

/// From one time, which is included, until another, which is not. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    from: Timestamp,
    until: Timestamp,
}

impl TimeSpan {
    /// All times.
    pub const ALL: Self = Self { from: Timestamp::MIN, until: Timestamp::MAX };

    /// `None` if it would be empty.
    pub fn new(from: Timestamp, until: Timestamp) -> Option<Self> {
        let [from, until] = [from, until].map(whole_millisecond);
        (from < until).then_some(Self { from, until })
    }

    /// The time up to `now`, the millisecond of `now` included.
    pub fn last(length: SignedDuration, now: Timestamp) -> Self {
        let until = end_of_millisecond(now);
        let longest = length.max(SignedDuration::from_millis(1));
        Self { from: until.saturating_sub(longest).unwrap_or(Timestamp::MIN), until }
    }

    pub const fn from(&self) -> Timestamp {
        self.from
    }

    pub const fn until(&self) -> Timestamp {
        self.until
    }

    pub fn length(&self) -> SignedDuration {
        self.until.duration_since(self.from)
    }

    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Without an end.
    #[must_use]
    pub const fn without_end(self) -> Self {
        Self { from: self.from, until: Timestamp::MAX }
    }

    /// The part up to `now`, the millisecond of `now` included; `None` if all of it is later.
    pub fn up_to(self, now: Timestamp) -> Option<Self> {
        Self::new(self.from, self.until.min(end_of_millisecond(now)))
    }

    /// The part since a time; `None` if all of it is earlier.
    pub fn since(self, at: Timestamp) -> Option<Self> {
        Self::new(self.from.max(at), self.until)
    }

    /// `None` if it is a single millisecond.
    pub fn halves(self) -> Option<[Self; 2]> {
        let middle = self.from.checked_add(self.length() / 2).ok()?;
        Some([Self::new(self.from, middle)?, Self::new(middle, self.until)?])
    }

    /// The days, if the span begins and ends at midnight (UTC).
    fn days(&self) -> Option<DayRange> {
        let [from, until] = [self.from, self.until].map(|at| at.to_zoned(TimeZone::UTC));
        let is_midnight = [&from, &until].iter().all(|at| at.time() == jiff::civil::Time::midnight());
        DayRange::new(from.date(), until.date().yesterday().ok()?).ok().filter(|_| is_midnight)
    }
}

fn whole_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

fn end_of_millisecond(at: Timestamp) -> Timestamp {
    whole_millisecond(at).saturating_add(SignedDuration::from_millis(1)).unwrap_or(at)
}

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |at| at.timestamp())
}

impl From<DayRange> for TimeSpan {
    fn from(days: DayRange) -> Self {
        Self { from: midnight(days.from()), until: days.to().tomorrow().map_or(Timestamp::MAX, midnight) }
    }
}

/// For example `2026-10`, `2026-10-01 to 2026-10-07` or `2026-11-28 15:46 to 16:01 UTC`.
impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, until] = [self.from, self.until].map(|at| at.to_zoned(TimeZone::UTC));
        match (self.from == Timestamp::MIN, self.until == Timestamp::MAX, self.days()) {
            (true, true, _) => f.write_str("all times"),
            (true, false, _) => write!(f, "the time until {}", until.strftime("%Y-%m-%d %H:%M UTC")),
            (false, true, _) => write!(f, "the time since {}", from.strftime("%Y-%m-%d %H:%M UTC")),
            (false, false, Some(days)) if days == DayRange::month_of(days.from()) => {
                write!(f, "{}", from.strftime("%Y-%m"))
            }
            (false, false, Some(days)) => write!(f, "{days}"),
            (false, false, None) => {
                let format = if from.date() == until.date() { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" };
                write!(f, "{} to {}", from.strftime("%Y-%m-%d %H:%M"), until.strftime(format))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn span(from: &str, until: &str) -> TimeSpan {
        TimeSpan::new(at(from), at(until)).expect("a span")
    }

    #[test]
    fn a_span_has_its_start_and_not_its_end() {
        let minutes = span("2026-11-28T15:46:00Z", "2026-11-28T16:01:00Z");
        for (time, expected) in [
            ("2026-11-28T15:45:59.999Z", false),
            ("2026-11-28T15:46:00Z", true),
            ("2026-11-28T16:00:59.999Z", true),
            ("2026-11-28T16:01:00Z", false),
        ] {
            assert_eq!(minutes.contains(at(time)), expected, "{time}");
        }
        assert_eq!(TimeSpan::new(at("2026-11-28T16:01:00Z"), at("2026-11-28T16:01:00.0009Z")), None);
    }

    #[test]
    fn the_last_minutes_have_the_call_of_this_moment() {
        let now = at("2026-11-28T16:01:00.0005Z");
        let last = TimeSpan::last(SignedDuration::from_mins(15), now);
        assert!(last.contains(now) && last.length() == SignedDuration::from_mins(15));
        assert!(last.contains(at("2026-11-28T15:46:00.001Z")) && !last.contains(at("2026-11-28T15:46:00Z")));
    }

    #[test]
    fn halves_are_the_span_without_gap_and_overlap_down_to_a_millisecond() {
        let mut spans = vec![span("2026-11-28T15:46:00Z", "2026-11-28T15:46:00.007Z")];
        let mut moments = Vec::new();
        while let Some(span) = spans.pop() {
            match span.halves() {
                Some([first, second]) => {
                    assert_eq!((first.from, first.until, second.until), (span.from, second.from, span.until));
                    spans.extend([second, first]);
                }
                None => moments.push(span.from.subsec_millisecond()),
            }
        }
        assert_eq!(moments, [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn months_days_and_times_are_written_as_short_as_they_are_exact() {
        let days = |from: &str, to: &str| {
            let [from, to] = [from, to].map(|day| day.parse().expect("a day"));
            let span: TimeSpan = DayRange::new(from, to).expect("days").into();
            span.to_string()
        };
        assert_eq!(days("2026-10-01", "2026-10-31"), "2026-10");
        assert_eq!(days("2026-10-01", "2026-10-07"), "2026-10-01 to 2026-10-07");
        assert_eq!(days("2026-10-05", "2026-10-05"), "2026-10-05");
        let minutes = span("2026-11-28T15:46:00Z", "2026-11-28T16:01:00Z");
        assert_eq!(minutes.to_string(), "2026-11-28 15:46 to 16:01 UTC");
        let night = span("2026-11-28T23:46:00Z", "2026-11-29T00:01:00Z");
        assert_eq!(night.to_string(), "2026-11-28 23:46 to 2026-11-29 00:01 UTC");
        assert_eq!(minutes.without_end().to_string(), "the time since 2026-11-28 15:46 UTC");
        assert_eq!(TimeSpan::ALL.to_string(), "all times");
    }
}
