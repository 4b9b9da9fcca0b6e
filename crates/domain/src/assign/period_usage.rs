//! How much of the period's quota each API key of a pool has used, for the strategy `least_privilege-used`.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::usage::{DayRange, PlanUsage};
use crate::{ApiKeyId, Inventory, Known, Plan, Pool};

#[cfg(test)]
mod tests;

/// How long usage lags behind: what was assigned since is not in it.
const USAGE_LAG: SignedDuration = SignedDuration::from_mins(30);
/// Days that are looked at on a plan without a quota.
const NO_QUOTA_WINDOW_DAYS: u32 = 30;
/// Parts that a share is told in.
const SHARE_UNITS: u128 = 1_000_000;

/// Usage of the keys of one pool in the present period, with what was assigned since.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeriodUsage {
    /// Calls, and the calls that the period grants; 1 where there is no quota.
    calls_and_limits: HashMap<ApiKeyId, (u64, u64)>,
    /// Calls that the period grants a key of which nothing is known.
    limit: u64,
    /// Calls of all keys, and the tenant keys that made them.
    calls: u64,
    tenants: u64,
    /// Tenant keys that each key was given of late, whose calls are not in its usage yet.
    recently_assigned: HashMap<ApiKeyId, u32>,
}

impl PeriodUsage {
    /// The days to ask for: those of the present period up to today.
    pub fn period_days(plan: &Plan, now: Timestamp) -> DayRange {
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let start = plan.quota.as_ref().map(|quota| quota.period_start(today));
        start
            .and_then(|start| DayRange::new(start, today).ok())
            .unwrap_or_else(|| DayRange::last_days(NO_QUOTA_WINDOW_DAYS, today))
    }

    /// What the keys of a pool have used, and whom they were given of late.
    pub fn new(usage: &PlanUsage, plan: &Plan, pool: &Pool, inventory: &Inventory, now: Timestamp) -> Self {
        let limit = plan.quota.as_ref().map_or(1, |quota| quota.limit.max(1));
        let mut read = Self { limit, ..Self::default() };
        for key in &pool.keys {
            let id = &key.api_key;
            let status = usage.quota_status(id, plan.quota.as_ref(), now);
            let used = status.map_or(0, |status| status.used);
            let granted = status.and_then(|status| status.limit).unwrap_or(limit).max(1);
            read.calls_and_limits.insert(id.clone(), (used, granted));
            // A key whose counter cannot be read says nothing of what one of its tenant keys uses.
            if let Known::Value(tenants) = key.tenants {
                read.calls = read.calls.saturating_add(used);
                read.tenants += u64::from(tenants);
            }
            let is_late = |at: Timestamp| now.duration_since(at) < USAGE_LAG;
            let late = inventory
                .tenant_keys_of_api_key(id)
                .filter(|row| row.created_at.is_some_and(is_late))
                .count();
            read.recently_assigned.insert(id.clone(), u32::try_from(late).unwrap_or(u32::MAX));
        }
        read
    }

    /// The key has one tenant key more from now on.
    pub fn record_assignment(&mut self, api_key: &ApiKeyId) {
        *self.recently_assigned.entry(api_key.clone()).or_default() += 1;
    }

    /// The share of the period's quota that the key has used, in millionths, where each tenant key that it was given of
    /// late uses what one of the pool does on average.
    pub fn used_share(&self, api_key: &ApiKeyId) -> u64 {
        let (used, granted) = self.calls_and_limits.get(api_key).copied().unwrap_or((0, self.limit.max(1)));
        let assigned = self.recently_assigned.get(api_key).copied().unwrap_or(0);
        let tenants = u128::from(self.tenants.max(1));
        let expected = u128::from(used) * tenants + u128::from(assigned) * u128::from(self.calls);
        let share = expected.saturating_mul(SHARE_UNITS) / (u128::from(granted) * tenants);
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}
