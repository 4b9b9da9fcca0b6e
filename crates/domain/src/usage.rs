//! Calls per API key and day, and what follows from them: quota status, forecasts and warnings.
//!
//! API Gateway counts calls per API key of a plan. For a shared key the count belongs to the key: a
//! single tenant's part is an estimate, kept separate from counts. All days are in UTC.

mod logged;
mod pace;
mod quota_figure;
mod quota_status;
mod range;
mod rank;
mod refusals;
#[cfg(test)]
mod tests;
mod time_span;
mod warnings;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::{ApiKeyId, PlanId, Quota};

pub use logged::{LogCoverage, LoggedCount, LoggedKeyUse, LoggedTenantUse, LoggedUsage};
pub use quota_figure::QuotaFigure;
pub use quota_status::QuotaStatus;
pub use range::{DayRange, DayRangeError};
pub use rank::{KeyUse, SharedUse, TenantUse};
pub use refusals::{QuotaRefusal, QuotaRefusals};
pub use time_span::TimeSpan;
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
    /// The days that quota statuses are made from; `None` if they are the requested ones.
    recent: Option<Arc<RecentDays>>,
    /// Earlier readings of the same day, oldest first.
    earlier_readings: Vec<pace::EarlierReading>,
    /// Calls refused with 429 Limit Exceeded that were seen in this session.
    refusals: BTreeMap<ApiKeyId, QuotaRefusal>,
}

/// The days up to today on which quota statuses depend, whatever days were requested.
#[derive(Debug, Clone, PartialEq)]
struct RecentDays {
    range: DayRange,
    keys: BTreeMap<ApiKeyId, Vec<DayUse>>,
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
    /// Calls refused with 429 Limit Exceeded that were seen in this session.
    refusals: Arc<QuotaRefusals>,
}

/// The days up to today on which the quota status of a key depends: those of the current period, and
/// those of the average burn rate.
pub fn status_days(quota: Option<&Quota>, now: Timestamp) -> DayRange {
    let today = day_of(now);
    let averaged = DayRange::last_days(pace::AVERAGED_DAYS, today);
    let period = quota.and_then(|quota| DayRange::new(quota.period_start(today), today).ok());
    period.filter(|period| period.from() < averaged.from()).unwrap_or(averaged)
}

impl PlanUsage {
    pub const fn new(
        plan: PlanId,
        range: DayRange,
        keys: BTreeMap<ApiKeyId, Vec<DayUse>>,
        fetched_at: Timestamp,
    ) -> Self {
        Self {
            plan,
            range,
            keys,
            fetched_at,
            extended_at: BTreeMap::new(),
            recent: None,
            earlier_readings: Vec::new(),
            refusals: BTreeMap::new(),
        }
    }

    /// Takes quota statuses from these days, see [`status_days`], instead of the requested ones.
    #[must_use]
    pub fn with_recent_days(self, range: DayRange, keys: BTreeMap<ApiKeyId, Vec<DayUse>>) -> Self {
        Self { recent: Some(Arc::new(RecentDays { range, keys })), ..self }
    }

    /// Keeps only the calls since a day. Quota statuses stay the same.
    #[must_use]
    pub fn with_calls_since(self, day: Date) -> Self {
        let mut usage = self.with_own_recent_days();
        usage.keys.values_mut().for_each(|days| days.retain(|day_use| day <= day_use.day));
        usage
    }

    /// Keeps the days that quota statuses are made from apart from the requested ones.
    fn with_own_recent_days(self) -> Self {
        if self.recent.is_some() {
            return self;
        }
        let (range, keys) = (self.range, self.keys.clone());
        self.with_recent_days(range, keys)
    }

    /// The days that quota statuses are made from; `None` if GetUsage does not list the key.
    fn recent_days(&self, api_key: &ApiKeyId) -> Option<&[DayUse]> {
        self.recent_keys().get(api_key).map(Vec::as_slice)
    }

    fn recent_keys(&self) -> &BTreeMap<ApiKeyId, Vec<DayUse>> {
        self.recent.as_ref().map_or(&self.keys, |recent| &recent.keys)
    }

    fn recent_range(&self) -> DayRange {
        self.recent.as_ref().map_or(self.range, |recent| recent.range)
    }

    /// The remaining quota of a key at the end of its last day; `None` without data or quota.
    pub fn reported_balance(&self, api_key: &ApiKeyId) -> Option<i64> {
        self.recent_days(api_key)?.last()?.remaining
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
    pub fn empty(range: DayRange) -> Self {
        Self { range, plans: BTreeMap::new(), remarks: Vec::new(), refusals: Arc::default() }
    }

    /// Makes these refused calls part of the quota figures.
    #[must_use]
    pub fn with_refusals(mut self, refusals: &Arc<QuotaRefusals>) -> Self {
        self.plans.values_mut().for_each(|usage| usage.refusals = refusals.of_plan(&usage.plan));
        self.refusals = Arc::clone(refusals);
        self
    }

    /// Takes quota statuses from what `current` was read from.
    #[must_use]
    pub fn with_statuses_of(mut self, current: &Self) -> Self {
        for usage in self.plans.values_mut() {
            let Some(current) = current.plans.get(&usage.plan).cloned() else { continue };
            let (range, keys) = (usage.range, std::mem::take(&mut usage.keys));
            *usage = PlanUsage { range, keys, ..current.with_own_recent_days() };
        }
        self.refusals = Arc::clone(&current.refusals);
        self
    }

    pub const fn refusals(&self) -> &Arc<QuotaRefusals> {
        &self.refusals
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

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn as_days(time: SignedDuration) -> f64 {
    time.as_secs_f64() / (24.0 * 60.0 * 60.0)
}

#[expect(clippy::cast_precision_loss, reason = "rates and percentages need no more than 52 bits")]
const fn as_f64(count: u64) -> f64 {
    count as f64
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
