//! Quotas: when a period starts, and how many calls an API key has left in it.
//!
//! Invariant: a meter never stores remaining calls. They are computed from the calls and grants per UTC day and the
//! current quota, so a period ends without any action, and an edited quota applies immediately.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Period {
    /// From midnight to midnight UTC.
    Day,
    Week,
    /// A calendar month, or from a day of the month to the same day of the next.
    Month,
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quota {
    /// Calls per period.
    pub(crate) limit: i64,
    /// Days from the start of the calendar day, week or month to the start of the period: 0, 0–6 or 0–27.
    pub(crate) offset: i64,
    pub(crate) period: Period,
}

impl Quota {
    /// Returns the first day of the period that contains `day`.
    ///
    /// AWS does not document on which day a week starts; here it is Sunday.
    pub(crate) fn period_start(&self, day: Date) -> Date {
        let shifted = day.saturating_sub(self.offset.days());
        let start = match self.period {
            Period::Day => return day,
            Period::Week => {
                shifted.saturating_sub(i64::from(shifted.weekday().since(Weekday::Sunday)).days())
            }
            Period::Month => shifted.first_of_month(),
        };
        start.saturating_add(self.offset.days())
    }
}

pub(crate) fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The usage of one API key under one plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Meter {
    days: BTreeMap<Date, DayCounts>,
    /// Times of recent calls that GetUsage may not report yet, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unreported: Vec<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct DayCounts {
    used: i64,
    /// Calls that UpdateUsage added to the period on this day; negative if it removed some.
    #[serde(default)]
    granted: i64,
}

/// One day of GetUsage's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DailyUsage {
    /// Calls on that day.
    pub(crate) used: i64,
    /// Calls left in the period at the end of that day.
    pub(crate) remaining: i64,
}

impl Meter {
    /// Adds calls to a day; a negative number removes some.
    pub(crate) fn add_calls(&mut self, day: Date, calls: i64) {
        self.days.entry(day).or_default().used += calls;
    }

    /// Counts one call, which GetUsage reports after `lag`.
    pub(crate) fn record_call(&mut self, now: Timestamp, lag: Duration) {
        self.add_calls(utc_day(now), 1);
        self.unreported.retain(|at| is_unreported(*at, now, lag));
        if !lag.is_zero() {
            self.unreported.push(now);
        }
    }

    /// Returns the calls left at the end of `day`, in the period that contains it.
    pub(crate) fn remaining(&self, quota: &Quota, day: Date) -> i64 {
        let days_so_far = self.days.range(quota.period_start(day)..=day);
        days_so_far.fold(quota.limit, |remaining, (_, counts)| remaining + counts.granted - counts.used)
    }

    /// Sets the calls left in the period that contains `day`, as UpdateUsage does.
    pub(crate) fn set_remaining(&mut self, quota: &Quota, day: Date, remaining: i64) {
        let change = remaining - self.remaining(quota, day);
        self.days.entry(day).or_default().granted += change;
    }

    /// Returns the days from `first` to `last` as GetUsage reports them at `now`, lagging behind by `lag`.
    ///
    /// An exhausted quota is reported immediately. Without a quota, `remaining` is 0.
    pub(crate) fn daily_usage(
        &self,
        quota: Option<&Quota>,
        first: Date,
        last: Date,
        now: Timestamp,
        lag: Duration,
    ) -> Vec<DailyUsage> {
        let reported = self.reported_meter(quota, now, lag);
        first
            .series(1.day())
            .take_while(|day| *day <= last)
            .map(|day| DailyUsage {
                used: reported.days.get(&day).map_or(0, |day| day.used),
                remaining: quota.map_or(0, |quota| reported.remaining(quota, day)),
            })
            .collect()
    }

    /// Whether GetUsage has nothing to report at `now`: no calls and no grants.
    pub(crate) fn has_nothing_to_report(&self, quota: Option<&Quota>, now: Timestamp, lag: Duration) -> bool {
        self.reported_meter(quota, now, lag).days.values().all(|day| day.used == 0 && day.granted == 0)
    }

    /// Returns the meter as GetUsage reports it at `now`, without the calls that are still unreported.
    fn reported_meter(&self, quota: Option<&Quota>, now: Timestamp, lag: Duration) -> Self {
        let mut reported = Self { days: self.days.clone(), unreported: Vec::new() };
        let is_exhausted = quota.is_some_and(|quota| self.remaining(quota, utc_day(now)) <= 0);
        if !is_exhausted {
            for at in self.unreported.iter().filter(|at| is_unreported(**at, now, lag)) {
                reported.add_calls(utc_day(*at), -1);
            }
        }
        reported
    }
}

fn is_unreported(at: Timestamp, now: Timestamp, lag: Duration) -> bool {
    now.duration_since(at) < jiff::SignedDuration::try_from(lag).unwrap_or(jiff::SignedDuration::MAX)
}

#[cfg(test)]
mod tests;
