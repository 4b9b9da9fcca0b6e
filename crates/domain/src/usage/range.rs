//! Ranges of days, including both ends.

use jiff::ToSpan;
use jiff::civil::Date;

/// The longest range of a request, in days.
const MAX_DAYS: i64 = 366;

/// A range of days, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayRange {
    from: Date,
    to: Date,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DayRangeError {
    #[error("the last day, {to}, is before the first, {from}")]
    Backwards { from: Date, to: Date },
    #[error("{0} days exceed the maximum of {MAX_DAYS}")]
    TooLong(i64),
    #[error("`{0}` is not a month: use YYYY-MM, e.g. 2026-10")]
    InvalidMonth(String),
}

impl DayRange {
    pub fn new(from: Date, to: Date) -> Result<Self, DayRangeError> {
        let range = Self { from, to };
        match range.len() {
            ..1 => Err(DayRangeError::Backwards { from, to }),
            1..=MAX_DAYS => Ok(range),
            days => Err(DayRangeError::TooLong(days)),
        }
    }

    /// The last `days` days up to `to`; at least one.
    pub fn last_days(days: u32, to: Date) -> Self {
        let days_back = i64::from(days).clamp(1, MAX_DAYS) - 1;
        Self { from: to.saturating_sub(days_back.days()), to }
    }

    /// The calendar month that contains a day.
    pub fn month_of(day: Date) -> Self {
        Self { from: day.first_of_month(), to: day.last_of_month() }
    }

    /// Parses a calendar month such as `2026-10`.
    pub fn parse_month(text: &str) -> Result<Self, DayRangeError> {
        let invalid_month = || DayRangeError::InvalidMonth(text.to_owned());
        let has_format = text.len() == 7 && text.bytes().filter(u8::is_ascii_digit).count() == 6;
        let first: Date = format!("{text}-01").parse().map_err(|_| invalid_month())?;
        if has_format { Ok(Self::month_of(first)) } else { Err(invalid_month()) }
    }

    pub const fn from(&self) -> Date {
        self.from
    }

    pub const fn to(&self) -> Date {
        self.to
    }

    #[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
    pub fn len(&self) -> i64 {
        // The span of two dates is in days by default.
        self.from.until(self.to).map_or(0, |span| i64::from(span.get_days()) + 1)
    }

    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether the ranges have a day in common.
    pub fn overlaps(&self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// From the first day of both ranges to the last.
    #[must_use]
    pub fn including(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    pub fn days(&self) -> impl Iterator<Item = Date> + use<> {
        let to = self.to;
        self.from.series(1.day()).take_while(move |day| *day <= to)
    }

    /// Splits the range by calendar month.
    pub fn months(&self) -> Vec<Self> {
        let mut months = Vec::new();
        let mut from = self.from;
        loop {
            let to = from.last_of_month().min(self.to);
            months.push(Self { from, to });
            match to.tomorrow() {
                Ok(next) if to < self.to => from = next,
                _ => return months,
            }
        }
    }

    /// Cuts the range after `day`, which must not be before its first day.
    #[must_use]
    pub fn ending_by(self, day: Date) -> Self {
        Self { from: self.from, to: self.to.min(day).max(self.from) }
    }
}

impl std::fmt::Display for DayRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.from == self.to {
            write!(f, "{}", self.from)
        } else {
            write!(f, "{} to {}", self.from, self.to)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> DayRange {
        DayRange::new(from.parse().expect("day"), to.parse().expect("day")).expect("range")
    }

    #[test]
    fn ninety_days_around_new_year_span_four_months() {
        let range = range("2026-10-20", "2027-01-17");
        assert_eq!((range.len(), range.days().count()), (90, 90));
        let months: Vec<_> = range.months().iter().map(ToString::to_string).collect();
        assert_eq!(
            months,
            [
                "2026-10-20 to 2026-10-31",
                "2026-11-01 to 2026-11-30",
                "2026-12-01 to 2026-12-31",
                "2027-01-01 to 2027-01-17"
            ]
        );
        assert_eq!(DayRange::last_days(90, range.to()), range);
    }

    #[test]
    fn months_have_their_own_length_and_only_one_spelling() {
        let days = |month| DayRange::parse_month(month).map(|month| month.len());
        assert_eq!((days("2026-02"), days("2028-02"), days("2026-12")), (Ok(28), Ok(29), Ok(31)));
        for text in ["2026-13", "2026-1", "10-2026", "2026-10-01", "", "2026/10"] {
            assert_eq!(DayRange::parse_month(text), Err(DayRangeError::InvalidMonth(text.to_owned())));
        }
    }

    #[test]
    fn empty_and_overlong_ranges_are_rejected() {
        let [from, to] = ["2026-11-02", "2026-11-01"].map(|day| day.parse().expect("day"));
        assert_eq!(DayRange::new(from, to), Err(DayRangeError::Backwards { from, to }));
        assert_eq!(DayRange::new(to, from).map(|range| range.len()), Ok(2));
        let far = "2028-01-01".parse().expect("day");
        assert_eq!(DayRange::new(from, far), Err(DayRangeError::TooLong(426)));
        assert_eq!(DayRange::last_days(0, to).to_string(), "2026-11-01");
    }
}
