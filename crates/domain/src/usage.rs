//! What API keys have used, day by day, and what follows from it: standings, forecasts and warnings.
//!
//! API Gateway counts for each API key of a plan. What several tenants share is therefore the key's figure; what one
//! of them may have used of it is an estimate, and never mixed with a count. All days are in UTC.

mod pace;
mod quota_status;
mod range;
mod rank;
#[cfg(test)]
mod tests;
mod warnings;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{ApiKeyId, PlanId};

pub use quota_status::QuotaStatus;
pub use range::{DayRange, DayRangeError};
pub use rank::{KeyUse, SharedUse, TenantUse};
pub use warnings::{
    AccountLimit, AccountLimitUse, QuotaWarning, QuotaWarningKind, UsageWarnings, find_warnings,
};

/// One day of one API key, as API Gateway tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayUse {
    /// The day.
    pub day: Date,
    /// Calls of that day.
    pub used: u64,
    /// What was left of the quota's period when the day ended; means nothing on a plan without a quota.
    pub remaining: Option<i64>,
}

/// What API Gateway told of one plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanUsage {
    /// The plan.
    pub plan: PlanId,
    /// The days that were asked for.
    pub range: DayRange,
    /// The days of each key in order; a key of which nothing is known yet is absent, and days may be.
    pub keys: BTreeMap<ApiKeyId, Vec<DayUse>>,
    /// When it was asked; what is told lags behind by minutes.
    pub fetched_at: Timestamp,
    /// When the quota of a key was last extended, where that was shortly before.
    pub extended_at: BTreeMap<ApiKeyId, Timestamp>,
    /// What was told earlier of the day on which it was asked, the oldest first.
    earlier_readings: Vec<pace::EarlierReading>,
}

/// What API Gateway told of all plans.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// The days that were asked for.
    pub range: DayRange,
    /// Each plan that could be asked.
    pub plans: BTreeMap<PlanId, PlanUsage>,
    /// What could not be read, in sentences for people.
    pub remarks: Vec<String>,
}

impl PlanUsage {
    /// What was told at one reading.
    pub const fn new(
        plan: PlanId,
        range: DayRange,
        keys: BTreeMap<ApiKeyId, Vec<DayUse>>,
        asked_at: Timestamp,
    ) -> Self {
        Self {
            plan,
            range,
            keys,
            fetched_at: asked_at,
            extended_at: BTreeMap::new(),
            earlier_readings: Vec::new(),
        }
    }

    /// The days of an API key, in order; none where nothing is known of it.
    pub fn days(&self, api_key: &ApiKeyId) -> &[DayUse] {
        self.keys.get(api_key).map_or(&[], Vec::as_slice)
    }

    /// Calls of an API key in all days of the range; `None` where nothing is known of it.
    pub fn key_total(&self, api_key: &ApiKeyId) -> Option<u64> {
        self.keys.get(api_key).map(|days| total(days))
    }

    /// Calls of all keys.
    pub fn total(&self) -> u64 {
        self.keys.values().map(|days| total(days)).fold(0, u64::saturating_add)
    }

    /// Calls of all keys for every day of the range, in order; a day without data is 0.
    pub fn calls_by_day(&self) -> Vec<(Date, u64)> {
        sum_by_day(self.range, self.keys.values().flatten())
    }

    /// Calls of one key for every day of the range, in order; a day without data is 0.
    pub fn key_calls_by_day(&self, api_key: &ApiKeyId) -> Vec<(Date, u64)> {
        sum_by_day(self.range, self.days(api_key))
    }
}

impl Usage {
    /// Nothing yet.
    pub const fn empty(range: DayRange) -> Self {
        Self { range, plans: BTreeMap::new(), remarks: Vec::new() }
    }

    /// What was told of a plan.
    pub fn plan(&self, plan: &PlanId) -> Option<&PlanUsage> {
        self.plans.get(plan)
    }

    /// The days of an API key in a plan.
    pub fn days(&self, plan: &PlanId, api_key: &ApiKeyId) -> &[DayUse] {
        self.plan(plan).map_or(&[], |usage| usage.days(api_key))
    }

    /// Calls of an API key in every plan it was in; `None` where nothing is known of it.
    ///
    /// A key that went from one plan to another in the middle of the range has days in both.
    pub fn key_total(&self, api_key: &ApiKeyId) -> Option<u64> {
        let each = self.plans.values().filter_map(|usage| usage.key_total(api_key));
        each.reduce(u64::saturating_add)
    }

    /// Calls of all keys of all plans.
    pub fn total(&self) -> u64 {
        self.plans.values().map(PlanUsage::total).fold(0, u64::saturating_add)
    }

    /// Calls of all plans for every day of the range, in order.
    pub fn calls_by_day(&self) -> Vec<(Date, u64)> {
        sum_by_day(self.range, self.plans.values().flat_map(|usage| usage.keys.values().flatten()))
    }

    /// Calls of one key in all plans for every day of the range, in order.
    pub fn key_calls_by_day(&self, api_key: &ApiKeyId) -> Vec<(Date, u64)> {
        sum_by_day(self.range, self.plans.values().flat_map(|usage| usage.days(api_key)))
    }

    /// When the oldest of it was asked.
    pub fn oldest_fetch(&self) -> Option<Timestamp> {
        self.plans.values().map(|usage| usage.fetched_at).min()
    }
}

fn total(days: &[DayUse]) -> u64 {
    days.iter().map(|day| day.used).fold(0, u64::saturating_add)
}

fn sum_by_day<'a>(range: DayRange, days: impl IntoIterator<Item = &'a DayUse>) -> Vec<(Date, u64)> {
    let mut all: BTreeMap<Date, u64> = range.days().map(|day| (day, 0)).collect();
    for day in days {
        if let Some(sum) = all.get_mut(&day.day) {
            *sum = sum.saturating_add(day.used);
        }
    }
    all.into_iter().collect()
}
