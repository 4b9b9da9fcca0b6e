//! A move between siloed plans that was interrupted before the tenant key was written.

use crate::change::Fix;
use crate::managed::is_managed;
use crate::{Change, Inventory, PlanId, StageRef, TenantKey};

use super::{Finding, FindingKind, FixOffer};

/// Reports a tenant key whose API key is in a different plan, if that plan covers a stage of the tenant key's
/// plan. The API key cannot be in both plans, so either the tenant key follows or the API key moves back.
pub(super) fn finding(
    tenant_key: &TenantKey,
    plans_of_api_key: &[&PlanId],
    inventory: &Inventory,
    describe: &dyn Fn() -> String,
) -> Option<Finding> {
    let stages = |id: &PlanId| inventory.plan(id).map(|plan| plan.stages.as_slice()).unwrap_or_default();
    let covers = |stage: &StageRef| stages(&tenant_key.plan).contains(stage);
    let other_plan = plans_of_api_key.iter().find(|id| stages(id).iter().any(covers))?;
    let (home_name, other_name) = (inventory.plan_name(&tenant_key.plan), inventory.plan_name(other_plan));
    let summary =
        format!("{} is in {home_name} but its API key is in {other_name}, whose limits apply", describe());
    let finish = Fix::FinishMove { tenant_key: tenant_key.id.clone(), plan: (*other_plan).clone() };
    let undo = Fix::UndoMove { tenant_key: tenant_key.id.clone(), from: (*other_plan).clone() };
    // A tenant key does not move to a plan that keypool does not manage.
    let finish = is_managed(other_plan, inventory).is_known_to_be(&true).then_some(finish);
    let options = finish.into_iter().chain([undo]).map(Change::Fix).collect();
    Some(super::finding(FindingKind::InterruptedMove, &tenant_key.id, summary, FixOffer::Separate(options)))
}
