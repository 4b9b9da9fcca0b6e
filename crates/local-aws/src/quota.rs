//! The arithmetic of quotas: when a period starts and what a key has left in it.
//!
//! Invariant: a meter only counts calls and grants by UTC day; what is left follows from the quota in force when it
//! is asked, so nothing has to happen when a period turns and an edited quota counts at once.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// How long a quota lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Period {
    /// From midnight to midnight.
    Day,
    /// Seven days.
    Week,
    /// A calendar month, or from a day of it to the same day of the next.
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

/// So many calls in a period that starts `offset` days after the calendar's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quota {
    /// Calls in a period.
    pub(crate) limit: i64,
    /// Days by which the period starts later than the calendar's: 0 for a day, 0–6 for a week, 0–27 for a month.
    pub(crate) offset: i64,
    /// What it renews with.
    pub(crate) period: Period,
}

impl Quota {
    /// The first day of the period that `day` lies in.
    ///
    /// AWS does not say on which day a week starts; here it is Sunday.
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

/// The UTC day a moment falls on.
pub(crate) fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// What one API key has used under one plan, by day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Meter {
    days: BTreeMap<Date, Day>,
    /// When calls were counted that GetUsage may not know yet, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unreported: Vec<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Day {
    used: i64,
    /// What UpdateUsage added to the period on this day; negative where it took away.
    #[serde(default)]
    granted: i64,
}

/// One day as GetUsage tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DailyUsage {
    /// Calls of that day.
    pub(crate) used: i64,
    /// What was left of the period when the day ended.
    pub(crate) remaining: i64,
}

impl Meter {
    /// Counts calls of a past day, for worlds that start with a history.
    pub(crate) fn add(&mut self, day: Date, calls: i64) {
        self.days.entry(day).or_default().used += calls;
    }

    /// Counts one call; GetUsage knows it after `lag`.
    pub(crate) fn count(&mut self, now: Timestamp, lag: Duration) {
        self.add(utc_day(now), 1);
        self.unreported.retain(|at| is_unreported(*at, now, lag));
        if !lag.is_zero() {
            self.unreported.push(now);
        }
    }

    /// What is left of the period that `day` lies in, when `day` ends.
    pub(crate) fn remaining(&self, quota: &Quota, day: Date) -> i64 {
        let period = self.days.range(quota.period_start(day)..=day);
        period.fold(quota.limit, |left, (_, day)| left + day.granted - day.used)
    }

    /// Makes `remaining` what is left of the present period.
    pub(crate) fn set_remaining(&mut self, quota: &Quota, day: Date, remaining: i64) {
        let change = remaining - self.remaining(quota, day);
        self.days.entry(day).or_default().granted += change;
    }

    /// Each day from `first` to `last` as GetUsage tells it at `now`, when it is `lag` behind.
    ///
    /// A spent quota is told at once. Without a quota nothing remains to be told, and the second number is 0.
    pub(crate) fn daily(
        &self,
        quota: Option<&Quota>,
        first: Date,
        last: Date,
        now: Timestamp,
        lag: Duration,
    ) -> Vec<DailyUsage> {
        let told = self.as_reported(quota, now, lag);
        first
            .series(1.day())
            .take_while(|day| *day <= last)
            .map(|day| DailyUsage {
                used: told.days.get(&day).map_or(0, |day| day.used),
                remaining: quota.map_or(0, |quota| told.remaining(quota, day)),
            })
            .collect()
    }

    /// Whether nothing was counted or granted that is told of at `now`.
    pub(crate) fn is_blank(&self, quota: Option<&Quota>, now: Timestamp, lag: Duration) -> bool {
        self.as_reported(quota, now, lag).days.values().all(|day| day.used == 0 && day.granted == 0)
    }

    fn as_reported(&self, quota: Option<&Quota>, now: Timestamp, lag: Duration) -> Self {
        let mut told = Self { days: self.days.clone(), unreported: Vec::new() };
        let spent = quota.is_some_and(|quota| self.remaining(quota, utc_day(now)) <= 0);
        if !spent {
            for at in self.unreported.iter().filter(|at| is_unreported(**at, now, lag)) {
                told.add(utc_day(*at), -1);
            }
        }
        told
    }
}

fn is_unreported(at: Timestamp, now: Timestamp, lag: Duration) -> bool {
    now.duration_since(at) < jiff::SignedDuration::try_from(lag).unwrap_or(jiff::SignedDuration::MAX)
}

#[cfg(test)]
mod tests;
