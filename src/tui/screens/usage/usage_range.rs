//! The selectable ranges of days.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use keypool_domain::usage::DayRange;
use keypool_domain::{Period, Quota};

use crate::tui::model::message::Tone;
use crate::tui::model::usage_days;
use crate::tui::screen::Command;

/// Selectable months, including the current one.
const MAX_MONTHS: u8 = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum UsageRange {
    /// The current quota period.
    #[default]
    Period,
    /// This many days, up to today.
    Days(u32),
    /// The calendar month this many months ago.
    Month(u8),
}

impl UsageRange {
    /// Each starts no later than the one before.
    fn all() -> impl Iterator<Item = Self> {
        [Self::Period, Self::Days(7), Self::Days(30), Self::Days(90)]
            .into_iter()
            .chain((0..MAX_MONTHS).map(Self::Month))
    }

    /// The next range, which goes further back or less far; `None` at the end.
    pub(crate) fn step(self, is_earlier: bool) -> Option<Self> {
        let all: Vec<_> = Self::all().collect();
        let at = all.iter().position(|range| *range == self)?;
        all.get(step_index(at, is_earlier)?).copied()
    }

    /// The number of the month before or after this month; `None` at the end.
    pub(crate) fn step_month(self, is_earlier: bool) -> Option<u8> {
        let Self::Month(months_back) = self else { return None };
        let at = step_index(months_back.into(), is_earlier)?;
        u8::try_from(at).ok().filter(|at| *at < MAX_MONTHS)
    }

    /// The days to read separately; `None` if they are in the current range.
    pub(crate) fn range_to_read(self, now: Timestamp) -> Option<DayRange> {
        match self {
            Self::Period => None,
            Self::Days(days) => Some(DayRange::last_days(days, today(now))),
            Self::Month(months_back) => Some(month_range(months_back, now)),
        }
    }

    pub(crate) fn chart_days(self, quota: Option<&Quota>, now: Timestamp) -> DayRange {
        match (self, quota) {
            (Self::Period, Some(quota)) if quota.period != Period::Day => current_period(quota, now),
            _ => self.range_to_read(now).unwrap_or_else(|| usage_days::current_range(now)),
        }
    }

    pub(crate) fn label(self, quota: Option<&Quota>, now: Timestamp) -> String {
        match (self, quota.map(|quota| quota.period)) {
            (Self::Period, None | Some(Period::Day)) => "last 31 days".to_owned(),
            (Self::Period, Some(period)) => format!("this {period}"),
            (Self::Days(days), _) => format!("last {days} days"),
            (Self::Month(months_back), _) => {
                month_range(months_back, now).from().strftime("%B %Y").to_string()
            }
        }
    }
}

/// `0` is the latest.
fn step_index(at: usize, is_earlier: bool) -> Option<usize> {
    if is_earlier { at.checked_add(1) } else { at.checked_sub(1) }
}

/// Says that there is no range in this direction.
pub(crate) fn end_message(is_earlier: bool) -> Command {
    let text = if is_earlier {
        format!("no earlier days: usage of {MAX_MONTHS} months can be shown")
    } else {
        "no later days".to_owned()
    };
    Command::say(Tone::Info, text)
}

pub(crate) fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

fn month_range(months_back: u8, now: Timestamp) -> DayRange {
    DayRange::month_of(today(now).first_of_month().saturating_sub(i64::from(months_back).months()))
}

/// The days of the current quota period, including those to come.
fn current_period(quota: &Quota, now: Timestamp) -> DayRange {
    let from = quota.period_start(today(now));
    let reset = quota.next_reset(now).to_zoned(TimeZone::UTC).date();
    DayRange::new(from, reset.saturating_sub(1.day())).unwrap_or_else(|_| usage_days::current_range(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2027-01-17T18:00:00Z".parse().expect("a time")
    }

    #[test]
    fn stepping_goes_back_in_time_and_stops_at_both_ends() {
        let days = |range: UsageRange| range.range_to_read(now()).map(|days| days.to_string());
        assert_eq!(days(UsageRange::Period), None);
        assert_eq!(days(UsageRange::Days(90)).as_deref(), Some("2026-10-20 to 2027-01-17"));
        assert_eq!(days(UsageRange::Month(0)).as_deref(), Some("2027-01-01 to 2027-01-31"));
        assert_eq!(days(UsageRange::Month(2)).as_deref(), Some("2026-11-01 to 2026-11-30"));
        assert_eq!(UsageRange::Period.step(false), None);
        assert_eq!(UsageRange::Month(11).step(true), None);
        assert_eq!(UsageRange::Days(90).step(true), Some(UsageRange::Month(0)));
        assert_eq!(UsageRange::Month(3).step(true), Some(UsageRange::Month(4)));
        assert_eq!(UsageRange::Month(0).step(false), Some(UsageRange::Days(90)));
        assert_eq!(UsageRange::Month(0).step_month(false), None);
        assert_eq!(UsageRange::Month(11).step_month(true), None);
    }

    #[test]
    fn a_week_or_month_is_charted_whole_and_a_day_with_the_30_days_before_it() {
        let quota = |period, offset| Quota { limit: 10, period, offset };
        let chart_days = |quota: Option<&Quota>| UsageRange::Period.chart_days(quota, now()).to_string();
        assert_eq!(chart_days(Some(&quota(Period::Month, 0))), "2027-01-01 to 2027-01-31");
        assert_eq!(chart_days(Some(&quota(Period::Month, 20))), "2026-12-21 to 2027-01-20");
        assert_eq!(chart_days(Some(&quota(Period::Week, 0))), "2027-01-17 to 2027-01-23");
        assert_eq!(chart_days(Some(&quota(Period::Day, 0))), "2026-12-18 to 2027-01-17");
        assert_eq!(chart_days(None), "2026-12-18 to 2027-01-17");
    }
}
