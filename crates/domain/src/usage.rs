//! Calls per API key and day, and what follows from them: quota status, forecasts and warnings.
//!
//! API Gateway counts calls per API key of a plan. For a shared key the count belongs to the key: a
//! single tenant's part is an estimate, kept separate from counts. All days are in UTC.

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

/// One day of one API key, from GetUsage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayUse {
    pub day: Date,
    pub used: u64,
    /// Remaining quota of the period at the end of the day; meaningless on a plan without quota.
    pub remaining: Option<i64>,
}

/// Usage of the API keys of one plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanUsage {
    pub plan: PlanId,
    /// The days that were requested.
    pub range: DayRange,
    /// Days per API key, in order. Keys and days without data are absent.
    pub keys: BTreeMap<ApiKeyId, Vec<DayUse>>,
    /// When the usage was fetched; GetUsage lags by minutes.
    pub fetched_at: Timestamp,
    /// When the quota of a key was last extended, if that was a short time ago.
    pub extended_at: BTreeMap<ApiKeyId, Timestamp>,
    /// Earlier readings of the same day, oldest first.
    earlier_readings: Vec<pace::EarlierReading>,
}

/// Usage of all plans.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// The days that were requested.
    pub range: DayRange,
    /// Without unreadable plans.
    pub plans: BTreeMap<PlanId, PlanUsage>,
    /// Notes for the operator about unreadable parts.
    pub remarks: Vec<String>,
}

impl PlanUsage {
    pub const fn new(
        plan: PlanId,
        range: DayRange,
        keys: BTreeMap<ApiKeyId, Vec<DayUse>>,
        fetched_at: Timestamp,
    ) -> Self {
        Self { plan, range, keys, fetched_at, extended_at: BTreeMap::new(), earlier_readings: Vec::new() }
    }

    /// The days of a key, in order; empty without data.
    pub fn days(&self, api_key: &ApiKeyId) -> &[DayUse] {
        self.keys.get(api_key).map_or(&[], Vec::as_slice)
    }

    /// Calls of a key; `None` without data.
    pub fn key_total(&self, api_key: &ApiKeyId) -> Option<u64> {
        self.keys.get(api_key).map(|days| total(days))
    }

    pub fn total(&self) -> u64 {
        self.keys.values().map(|days| total(days)).fold(0, u64::saturating_add)
    }

    /// Calls of all keys for every day of the range, in order; 0 for days without data.
    pub fn calls_by_day(&self) -> Vec<(Date, u64)> {
        sum_by_day(self.range, self.keys.values().flatten())
    }

    /// Calls of one key for every day of the range, in order; 0 for days without data.
    pub fn key_calls_by_day(&self, api_key: &ApiKeyId) -> Vec<(Date, u64)> {
        sum_by_day(self.range, self.days(api_key))
    }
}

impl Usage {
    pub const fn empty(range: DayRange) -> Self {
        Self { range, plans: BTreeMap::new(), remarks: Vec::new() }
    }

    pub fn plan(&self, plan: &PlanId) -> Option<&PlanUsage> {
        self.plans.get(plan)
    }

    pub fn days(&self, plan: &PlanId, api_key: &ApiKeyId) -> &[DayUse] {
        self.plan(plan).map_or(&[], |usage| usage.days(api_key))
    }

    /// Calls of an API key in all its plans; `None` without data.
    ///
    /// A key that changed plans within the range has days in both.
    pub fn key_total(&self, api_key: &ApiKeyId) -> Option<u64> {
        let totals = self.plans.values().filter_map(|usage| usage.key_total(api_key));
        totals.reduce(u64::saturating_add)
    }

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

    pub fn oldest_fetch(&self) -> Option<Timestamp> {
        self.plans.values().map(|usage| usage.fetched_at).min()
    }
}

fn total(days: &[DayUse]) -> u64 {
    days.iter().map(|day| day.used).fold(0, u64::saturating_add)
}

fn sum_by_day<'a>(range: DayRange, days: impl IntoIterator<Item = &'a DayUse>) -> Vec<(Date, u64)> {
    let mut calls: BTreeMap<Date, u64> = range.days().map(|day| (day, 0)).collect();
    for day in days {
        if let Some(sum) = calls.get_mut(&day.day) {
            *sum = sum.saturating_add(day.used);
        }
    }
    calls.into_iter().collect()
}
