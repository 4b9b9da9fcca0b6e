//! Which changes need confirmation: those that take access away and those that cannot be undone.

use crate::{Edit, Inventory, Known, MethodRef, Plan, PlanEdit, Quota, StageRef, TenantKeyId, Throttle};

use super::{Change, Fix, PlanChange, import, plans};

// A month of 31 days can overlap six weeks.
const MAX_DAYS_PER_MONTH: u64 = 31;
const MAX_WEEKS_PER_MONTH: u64 = 6;
const DAYS_PER_WEEK: u64 = 7;

pub(super) fn needs_confirmation(change: &Change, inventory: &Inventory) -> bool {
    // Adopting a plan is the user's decision.
    if plans::adoption_units(change, inventory).is_ok_and(|units| !units.is_empty()) {
        return true;
    }
    match change {
        Change::Import(keys) => import::count_overwritten(keys) > 0,
        Change::Edit { tenant_key, edit: Edit { enabled: Some(false), .. } } => {
            may_be_enabled(tenant_key, inventory)
        }
        Change::SetEnabled { tenant_keys, enabled: false } => {
            tenant_keys.iter().any(|tenant_key| may_be_enabled(tenant_key, inventory))
        }
        Change::Create(_)
        | Change::Edit { .. }
        | Change::SetCustomer { .. }
        | Change::SetEnabled { .. }
        | Change::Restore(_)
        | Change::CreatePool(_)
        | Change::SetPool { .. }
        | Change::Grow { .. } => false,
        Change::Extend(extension) => extension.may_reduce_balance(inventory),
        Change::Delete(_)
        | Change::Rotate { .. }
        | Change::RotatePoolKey { .. }
        | Change::Retire(_)
        | Change::Isolate(_)
        | Change::Consolidate { .. }
        | Change::ChangePlan { .. }
        | Change::Rebalance(_)
        | Change::DissolvePool(_)
        | Change::Drain(_) => true,
        Change::Fix(fix) => fix_needs_confirmation(fix, inventory),
        Change::Plan(change) => plan_change_needs_confirmation(change, inventory),
        Change::Api(change) => change.needs_confirmation(),
    }
}

/// Also true if the state is unknown.
fn may_be_enabled(tenant_key: &TenantKeyId, inventory: &Inventory) -> bool {
    inventory.tenant_key(tenant_key).is_some_and(|key| !key.enabled.is_known_to_be(&false))
}

fn fix_needs_confirmation(fix: &Fix, inventory: &Inventory) -> bool {
    match fix {
        Fix::EditApiKey { tenant_key, edit } => {
            edit.enabled == Some(false) && may_be_enabled(tenant_key, inventory)
        }
        Fix::ReplaceWithStoredValue(_) => true,
        Fix::RestorePlan { plan, edit, .. } => {
            inventory.plan(plan).is_some_and(|before| lowers_limits(before, edit))
        }
        Fix::ApplyEnabled(tenant_key) => {
            inventory.tenant_key(tenant_key).is_some_and(|key| key.enabled != Known::Value(true))
        }
        // The API key is in no plan between the two steps.
        Fix::UndoMove { .. } | Fix::ReturnToPlan { .. } => true,
        Fix::CorrectValue(_)
        | Fix::FinishMove { .. }
        | Fix::FinishRotation(_)
        | Fix::ReplaceDisabled(_)
        | Fix::ReassignPoolKey(_)
        | Fix::Attach { .. }
        | Fix::Recount { .. }
        | Fix::RemoveFromPool { .. }
        | Fix::WritePriceListEntry(_)
        | Fix::DeleteCounter(_)
        | Fix::WritePoolItem { .. }
        | Fix::DeletePoolItem(_)
        | Fix::EditTenantKey { .. }
        | Fix::RestorePriceListEntry { .. }
        | Fix::DeletePriceListEntry { .. } => false,
    }
}

fn plan_change_needs_confirmation(change: &PlanChange, inventory: &Inventory) -> bool {
    match change {
        PlanChange::Create(_) => false,
        PlanChange::Edit { plan, edit } => {
            !edit.unlink.is_empty() || inventory.plan(plan).is_some_and(|before| lowers_limits(before, edit))
        }
        PlanChange::Delete(_) | PlanChange::Adopt { .. } | PlanChange::Release(_) => true,
    }
}

/// Whether the edit can reject calls that the plan allows now.
pub(super) fn lowers_limits(before: &Plan, edit: &PlanEdit) -> bool {
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
