//! Calls on each of the last 14 days.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use keypool_domain::{ApiKeyId, PlanId};

use crate::tui::model::usage_days::day_of;
use crate::tui::model::usage_index::UsageIndex;
use crate::tui::widgets::sparkline;

pub(crate) const DAYS: usize = 14;
/// The width of the sparkline.
pub(crate) const SPARKLINE_COLS: u16 = 14;

/// Today last; `None` for days that were not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RecentDays([Option<u64>; DAYS]);

impl RecentDays {
    /// Of an API key in one plan: for a shared key, of all its tenants.
    pub(crate) fn of_key(index: &UsageIndex, plan: &PlanId, api_key: &ApiKeyId, now: Timestamp) -> Self {
        let Some(usage) = index.usage.plan(plan) else { return Self::default() };
        let (range, days) = (usage.range, usage.days(api_key));
        Self::new(now, |day| {
            let is_read = range.from() <= day && day <= range.to();
            is_read.then(|| days.iter().find(|other| other.day == day).map_or(0, |other| other.used))
        })
    }

    /// Of all API keys of a plan.
    pub(crate) fn of_plan(index: &UsageIndex, plan: &PlanId, now: Timestamp) -> Self {
        let Some(ranks) = index.ranks(plan) else { return Self::default() };
        Self::from_days(&ranks.by_day, now)
    }

    /// Of all plans whose usage was read.
    pub(crate) fn of_account(index: &UsageIndex, now: Timestamp) -> Self {
        Self::from_days(&index.account_ranks.by_day, now)
    }

    fn from_days(days: &[(Date, u64)], now: Timestamp) -> Self {
        Self::new(now, |day| days.iter().find(|(other, _)| *other == day).map(|(_, calls)| *calls))
    }

    fn new(now: Timestamp, calls: impl Fn(Date) -> Option<u64>) -> Self {
        let today = day_of(now);
        Self(std::array::from_fn(|at| {
            let days_ago = i64::try_from(DAYS - 1 - at).unwrap_or(0);
            calls(today.saturating_sub(days_ago.days()))
        }))
    }

    /// `None` if today was not read.
    pub(crate) const fn today(&self) -> Option<u64> {
        self.0[DAYS - 1]
    }

    pub(crate) fn sparkline(&self) -> String {
        sparkline::text(&self.0)
    }
}
