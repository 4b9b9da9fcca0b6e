//! The other usage plans of an API key when its tenant key moves to another plan or a pool.
//!
//! A plan whose stages the target does not cover is left only on request, so that no tenant loses an API unnoticed.

use std::collections::BTreeSet;

use crate::refusal::{OtherPlansRefusal, Refusal};
use crate::{ApiKeyId, Inventory, Plan, PlanId, Pool, PoolKeyState, StageRef};

use super::copy::plans_of;
use super::kinds::OtherPlans;

const LEAVE_OR_KEEP_HINT: &str =
    "Choose --leave-other-plans to leave those plans, or --keep-other-plans to keep them";
const LEAVE_HINT: &str = "Choose --leave-other-plans to leave those plans";
const ATTACH_HINT: &str = "Attach the pool's other keys to those plans first";

/// The other plans of an API key, by whether its tenant key keeps them in a move.
pub(super) struct SplitPlans {
    pub(super) kept: Vec<PlanId>,
    pub(super) left: Vec<PlanId>,
}

/// Splits the other plans of an API key into those kept and those left when its tenant key moves to another plan.
pub(super) fn split_plans(
    api_key: &ApiKeyId,
    from: &PlanId,
    to: &Plan,
    choice: OtherPlans,
    inventory: &Inventory,
) -> Result<SplitPlans, Refusal> {
    let mut others = plans_of(api_key, inventory)?;
    others.retain(|plan| plan != from && *plan != to.id);
    if choice == OtherPlans::Leave {
        return Ok(SplitPlans { kept: Vec::new(), left: others });
    }
    check_one_plan_per_stage(api_key, to, &others, inventory)?;
    if choice == OtherPlans::Refuse {
        let stages: BTreeSet<&StageRef> = to.stages.iter().collect();
        check_stages_covered(api_key, &others, &stages, &to.name, LEAVE_OR_KEEP_HINT, inventory)?;
    }
    Ok(SplitPlans { kept: others, left: Vec::new() })
}

/// Checks that a tenant key loses no stage by moving from its API key to any key of a pool; `from` is its old plan.
pub(super) fn check_move_into_pool(
    api_key: &ApiKeyId,
    from: &PlanId,
    pool: &Pool,
    choice: OtherPlans,
    inventory: &Inventory,
) -> Result<(), Refusal> {
    if choice == OtherPlans::Leave {
        return Ok(());
    }
    let active = pool.keys.iter().filter(|key| key.state == PoolKeyState::Active);
    let keys = active.map(|key| &key.api_key).filter(|id| inventory.is_live(id));
    check_move_to_keys(api_key, from, keys, pool, LEAVE_HINT, inventory)
}

/// Checks that tenant keys lose no stage by moving from one key of a pool to another.
pub(super) fn check_move_within_pool(
    from: &ApiKeyId,
    to: &ApiKeyId,
    pool: &Pool,
    inventory: &Inventory,
) -> Result<(), Refusal> {
    check_move_to_keys(from, &pool.plan, [to].into_iter(), pool, ATTACH_HINT, inventory)
}

fn check_move_to_keys<'a>(
    api_key: &ApiKeyId,
    from: &PlanId,
    keys: impl Iterator<Item = &'a ApiKeyId>,
    pool: &Pool,
    hint: &'static str,
    inventory: &Inventory,
) -> Result<(), Refusal> {
    let mut others = plans_of(api_key, inventory)?;
    others.retain(|plan| plan != from && *plan != pool.plan);
    if others.is_empty() {
        return Ok(());
    }
    let target = format!("the pool of {}", inventory.plan_name(&pool.plan));
    for key in keys {
        let target_plans = plans_of(key, inventory)?;
        let mut lost = others.clone();
        lost.retain(|plan| !target_plans.contains(plan));
        let stages =
            target_plans.iter().filter_map(|plan| inventory.plan(plan)).flat_map(|plan| &plan.stages);
        check_stages_covered(api_key, &lost, &stages.collect(), &target, hint, inventory)?;
    }
    Ok(())
}

/// Checks that the target, which covers `covered`, covers each stage of these plans.
fn check_stages_covered(
    api_key: &ApiKeyId,
    plans: &[PlanId],
    covered: &BTreeSet<&StageRef>,
    target: &str,
    hint: &'static str,
    inventory: &Inventory,
) -> Result<(), Refusal> {
    let lost = plans.iter().filter_map(|plan| inventory.plan(plan));
    let lost = lost.filter(|plan| plan.stages.iter().any(|stage| !covered.contains(stage)));
    let plans: Vec<_> = lost.map(|plan| name_with_stages(plan, inventory)).collect();
    if plans.is_empty() {
        return Ok(());
    }
    let refusal =
        OtherPlansRefusal::NotCovered { api_key: api_key.clone(), plans, target: target.to_owned(), hint };
    Err(refusal.into())
}

/// Checks that an API key in `others` can join `plan`: API Gateway allows one plan per stage.
pub(super) fn check_one_plan_per_stage(
    api_key: &ApiKeyId,
    plan: &Plan,
    others: &[PlanId],
    inventory: &Inventory,
) -> Result<(), Refusal> {
    for other in others.iter().filter_map(|other| inventory.plan(other)) {
        if let Some(stage) = other.stages.iter().find(|stage| plan.stages.contains(stage)) {
            let refusal = OtherPlansRefusal::SameStage {
                plan: plan.id.clone(),
                api_key: api_key.clone(),
                other: other.name.clone(),
                stage: stage.clone(),
            };
            return Err(refusal.into());
        }
    }
    Ok(())
}

/// For example "Basic (abc123:prod, def456:prod)".
pub(super) fn name_with_stages(plan: &Plan, inventory: &Inventory) -> String {
    let name = inventory.plan_name(&plan.id);
    let stages: Vec<_> = plan.stages.iter().map(ToString::to_string).collect();
    if stages.is_empty() { name.to_owned() } else { format!("{name} ({})", stages.join(", ")) }
}
