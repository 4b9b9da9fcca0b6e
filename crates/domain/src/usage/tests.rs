//! Usage figures worked out by hand.

mod logged;
mod pace;
mod quota_figure;
mod quota_status;
mod rank;
mod refusals;
mod warnings;

use jiff::ToSpan;

use super::*;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().expect("timestamp")
}

pub(super) fn day(text: &str) -> Date {
    text.parse().expect("day")
}

pub(super) fn range(from: &str, to: &str) -> DayRange {
    DayRange::new(day(from), day(to)).expect("range")
}

/// One pair of calls and remaining quota per day, starting at `first`.
pub(super) fn day_uses(first: &str, pairs: &[(u64, i64)]) -> Vec<DayUse> {
    let days = day(first).series(1.day());
    days.zip(pairs)
        .map(|(day, (used, remaining))| DayUse { day, used: *used, remaining: Some(*remaining) })
        .collect()
}

pub(super) fn plan_usage(
    plan: &str,
    range: DayRange,
    fetched_at: &str,
    keys: impl IntoIterator<Item = (&'static str, Vec<DayUse>)>,
) -> PlanUsage {
    let keys = keys.into_iter().map(|(key, days)| (key.into(), days)).collect();
    PlanUsage::new(plan.into(), range, keys, at(fetched_at))
}

pub(super) fn usage_of_plans(range: DayRange, plans: impl IntoIterator<Item = PlanUsage>) -> Usage {
    let plans = plans.into_iter().map(|usage| (usage.plan.clone(), usage)).collect();
    Usage { plans, ..Usage::empty(range) }
}
