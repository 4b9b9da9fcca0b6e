//! Calls per day, and the busiest API keys and tenants, of the account or of one plan.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool_domain::charging::with_former_calls;
use keypool_domain::usage::{DayRange, KeyUse, PlanUsage, TenantUse, Usage};
use keypool_domain::{Inventory, Period, PlanId};

use crate::tui::model::usage_days::current_range;

/// A ranking keeps at most this many API keys, and as many tenants.
const MAX_LISTED: usize = 500;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranks {
    /// Without calls that are only noted of former keys, because a note has no days.
    pub(crate) by_day: Vec<(Date, u64)>,
    pub(crate) total: u64,
    pub(crate) keys: Vec<KeyUse>,
    pub(crate) tenants: Vec<TenantUse>,
}

impl Ranks {
    pub(super) fn for_account(usage: &Usage, inventory: &Inventory) -> Self {
        let with_notes =
            (!inventory.former_keys().is_empty()).then(|| with_former_calls(usage.clone(), inventory));
        let with_notes = with_notes.as_ref().unwrap_or(usage);
        let (mut keys, mut tenants) = (with_notes.top_keys(), with_notes.top_tenants(inventory));
        keys.truncate(MAX_LISTED);
        tenants.truncate(MAX_LISTED);
        Self { by_day: usage.calls_by_day(), total: with_notes.total(), keys, tenants }
    }

    /// In the current range, keys and tenants are ranked by the plan's current week or month.
    pub(super) fn for_plans(usage: &Usage, inventory: &Inventory, now: Timestamp) -> HashMap<PlanId, Self> {
        let ranks_of_plan = |plan_usage: &PlanUsage| {
            let mut one_plan = usage_of_plan(plan_usage, usage, inventory, now);
            // The notes of the days before that period are left out, too.
            let first = period_start(plan_usage, usage, inventory, now);
            let range = first.and_then(|first| DayRange::new(first, usage.range.to()).ok());
            one_plan.range = range.unwrap_or(usage.range);
            let ranks = Self { by_day: plan_usage.calls_by_day(), ..Self::for_account(&one_plan, inventory) };
            (plan_usage.plan.clone(), ranks)
        };
        usage.plans.values().map(ranks_of_plan).collect()
    }
}

/// The usage of one plan; in the current range, only the days of its current week or month.
pub(crate) fn usage_of_plan(
    plan_usage: &PlanUsage,
    usage: &Usage,
    inventory: &Inventory,
    now: Timestamp,
) -> Usage {
    let mut one_plan = Usage::empty(usage.range);
    let first = period_start(plan_usage, usage, inventory, now);
    let plan_usage = plan_usage.clone();
    let plan_usage = match first {
        Some(first) => plan_usage.with_calls_since(first),
        None => plan_usage,
    };
    one_plan.plans.insert(plan_usage.plan.clone(), plan_usage);
    one_plan
}

/// In the current range, the first day of the plan's current week or month.
fn period_start(
    plan_usage: &PlanUsage,
    usage: &Usage,
    inventory: &Inventory,
    now: Timestamp,
) -> Option<Date> {
    let quota = inventory.plan(&plan_usage.plan).and_then(|plan| plan.quota);
    let quota = quota.filter(|quota| usage.range == current_range(now) && quota.period != Period::Day);
    quota.map(|quota| quota.period_start(now.to_zoned(TimeZone::UTC).date()))
}
