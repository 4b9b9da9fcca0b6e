//! What stands out in an account or in one plan: the days, the busiest keys and tenants.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool_domain::usage::{KeyUse, PlanUsage, TenantUse, Usage};
use keypool_domain::{Inventory, Period, PlanId};

use super::current_range;

/// Keys and tenants that are listed.
const MAX_LISTED: usize = 500;

/// The calls of each day, and who made most of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranks {
    pub(crate) by_day: Vec<(Date, u64)>,
    pub(crate) total: u64,
    pub(crate) keys: Vec<KeyUse>,
    pub(crate) tenants: Vec<TenantUse>,
}

impl Ranks {
    pub(super) fn for_account(usage: &Usage, inventory: &Inventory) -> Self {
        let (mut keys, mut tenants) = (usage.top_keys(), usage.top_tenants(inventory));
        keys.truncate(MAX_LISTED);
        tenants.truncate(MAX_LISTED);
        Self { by_day: usage.calls_by_day(), total: usage.total(), keys, tenants }
    }

    /// Each plan for itself. Of the reading of the present, keys and tenants are those of the plan's week or month.
    pub(super) fn for_plans(usage: &Usage, inventory: &Inventory, now: Timestamp) -> HashMap<PlanId, Self> {
        let alone = |told: &PlanUsage| {
            let only = usage_of_plan(told, usage, inventory, now);
            let ranks = Self { by_day: told.calls_by_day(), ..Self::for_account(&only, inventory) };
            (told.plan.clone(), ranks)
        };
        usage.plans.values().map(alone).collect()
    }
}

/// What was told of one plan; of the reading of the present, what belongs to its week or month.
pub(crate) fn usage_of_plan(told: &PlanUsage, usage: &Usage, inventory: &Inventory, now: Timestamp) -> Usage {
    let quota = inventory.plan(&told.plan).and_then(|plan| plan.quota);
    let quota = quota.filter(|quota| usage.range == current_range(now) && quota.period != Period::Day);
    let period = quota.map(|quota| quota.period_start(now.to_zoned(TimeZone::UTC).date()));
    let mut only = Usage::empty(usage.range);
    only.plans.insert(told.plan.clone(), drop_days_before(told, period));
    only
}

/// The same without the days before.
fn drop_days_before(told: &PlanUsage, day: Option<Date>) -> PlanUsage {
    let mut told = told.clone();
    if let Some(first) = day {
        told.keys.values_mut().for_each(|days| days.retain(|day| first <= day.day));
    }
    told
}
