//! Whether an edit of a usage plan can reject calls that the plan allows now.

use crate::{MethodRef, Plan, PlanEdit, Quota, StageRef, Throttle};

// A month of 31 days can overlap six weeks.
const MAX_DAYS_PER_MONTH: u64 = 31;
const MAX_WEEKS_PER_MONTH: u64 = 6;
const DAYS_PER_WEEK: u64 = 7;

pub(crate) fn lowers_limits(before: &Plan, edit: &PlanEdit) -> bool {
    let edit = edit.difference(before);
    let after = edit.apply_to(before);
    lowers_throttle(before.throttle, after.throttle)
        || lowers_quota(before.quota, after.quota)
        || methods_with_lower_throttles(before, &edit).next().is_some()
}

/// The methods whose throttle the edit lowers, with the new throttle.
pub(super) fn methods_with_lower_throttles<'a>(
    before: &Plan,
    edit: &'a PlanEdit,
) -> impl Iterator<Item = (&'a StageRef, &'a MethodRef, Throttle)> {
    edit.methods.iter().filter_map(|(stage, method, throttle)| {
        let method_throttle = before.method_throttles.get(&(stage.clone(), method.clone())).copied();
        let is_lower = lowers_throttle(method_throttle.or(before.throttle), *throttle);
        Some((stage, method, (*throttle)?)).filter(|_| is_lower)
    })
}

/// `None` is no limit.
pub(super) fn lowers_throttle(before: Option<Throttle>, after: Option<Throttle>) -> bool {
    match (before, after) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => after.rate < before.rate || after.burst < before.burst,
    }
}

/// Whether the new quota allows fewer calls in any span of time; `None` is no limit.
pub(super) fn lowers_quota(before: Option<Quota>, after: Option<Quota>) -> bool {
    use crate::Period::{Day, Month, Week};
    let (Some(before), Some(after)) = (before, after) else { return after.is_some() };
    // A new period can span several old ones; its limit must then cover all of their limits.
    let old_periods = match (before.period, after.period) {
        (Day, Week) => DAYS_PER_WEEK,
        (Day, Month) => MAX_DAYS_PER_MONTH,
        (Week, Month) => MAX_WEEKS_PER_MONTH,
        (Day, Day) | (Week, Day | Week) | (Month, Day | Week | Month) => 1,
    };
    after.limit < before.limit.saturating_mul(old_periods)
}
