//! How much of the period's quota each API key of a pool has used, for the strategy `least-used`.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::usage::{DayRange, PlanUsage};
use crate::{ApiKeyId, Inventory, Known, Plan, Pool};

#[cfg(test)]
mod tests;

/// GetUsage lags by up to this long: recent assignments are not in it.
const USAGE_LAG: SignedDuration = SignedDuration::from_mins(30);
/// The days, up to today, that count for a plan without a quota.
const DAYS_WITHOUT_QUOTA: u32 = 30;
/// Shares are counted in millionths.
const SHARE_UNITS: u128 = 1_000_000;

/// Usage of the keys of one pool in the current period, with recent assignments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeriodUsage {
    /// Calls of each key, and its limit in the period; the limit is 1 without a quota.
    calls_and_limits: HashMap<ApiKeyId, (u64, u64)>,
    /// The limit of a key that is not in `calls_and_limits`.
    limit: u64,
    /// Calls of all keys with a readable counter.
    calls: u64,
    /// Tenant keys of all keys with a readable counter.
    tenants: u64,
    /// Tenant keys assigned to each key within the usage lag.
    recently_assigned: HashMap<ApiKeyId, u32>,
}

impl PeriodUsage {
    /// The days of the current period up to today.
    pub fn period_days(plan: &Plan, now: Timestamp) -> DayRange {
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let start = plan.quota.as_ref().map(|quota| quota.period_start(today));
        start
            .and_then(|start| DayRange::new(start, today).ok())
            .unwrap_or_else(|| DayRange::last_days(DAYS_WITHOUT_QUOTA, today))
    }

    pub fn new(usage: &PlanUsage, plan: &Plan, pool: &Pool, inventory: &Inventory, now: Timestamp) -> Self {
        let limit = plan.quota.as_ref().map_or(1, |quota| quota.limit.max(1));
        let mut result = Self { limit, ..Self::default() };
        for key in &pool.keys {
            let id = &key.api_key;
            let figure = usage.quota_figure(id, inventory, now);
            let used = figure.map_or(0, |figure| figure.used());
            let key_limit = figure.and_then(|figure| figure.limit()).unwrap_or(limit).max(1);
            result.calls_and_limits.insert(id.clone(), (used, key_limit));
            // Without its counter, a key says nothing about the usage per tenant key.
            if let Known::Value(tenants) = key.tenants {
                result.calls = result.calls.saturating_add(used);
                result.tenants += u64::from(tenants);
            }
            let is_recent = |at: Timestamp| now.duration_since(at) < USAGE_LAG;
            let recent = inventory
                .tenant_keys_of_api_key(id)
                .filter(|tenant_key| tenant_key.created_at().is_some_and(is_recent))
                .count();
            result.recently_assigned.insert(id.clone(), u32::try_from(recent).unwrap_or(u32::MAX));
        }
        result
    }

    /// Counts one more tenant key on the API key.
    pub fn record_assignment(&mut self, api_key: &ApiKeyId) {
        *self.recently_assigned.entry(api_key.clone()).or_default() += 1;
    }

    /// The used share of the period's quota, in millionths. Each recently assigned tenant key counts with the pool's
    /// average usage per tenant key.
    pub fn used_share(&self, api_key: &ApiKeyId) -> u64 {
        let (used, key_limit) = self.calls_and_limits.get(api_key).copied().unwrap_or((0, self.limit.max(1)));
        let assigned = self.recently_assigned.get(api_key).copied().unwrap_or(0);
        let tenants = u128::from(self.tenants.max(1));
        let expected = u128::from(used) * tenants + u128::from(assigned) * u128::from(self.calls);
        let share = expected.saturating_mul(SHARE_UNITS) / (u128::from(key_limit) * tenants);
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}
