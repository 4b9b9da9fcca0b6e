//! The other usage plans of an API key, when its tenant key goes to a plan or a pool.
//!
//! A plan that the target does not cover is left only where the user asks for it, so no tenant loses an API unnoticed.

use std::collections::BTreeSet;

use crate::{ApiKeyId, Inventory, Plan, PlanId, Pool, PoolKeyState, StageRef};

use super::copy::plans_of;
use super::refusal::Refusal;

/// What becomes of the other usage plans that an API key is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OtherPlans {
    /// The change is refused while there are some that the target does not cover.
    #[default]
    Refuse,
    /// The tenant leaves them.
    Leave,
    /// The tenant stays in them; only an API key of its own can.
    Keep,
}

impl OtherPlans {
    /// What a line about the change says of them.
    pub(super) const fn description_suffix(self) -> &'static str {
        match self {
            Self::Refuse => "",
            Self::Leave => " and out of all other plans",
            Self::Keep => " and leave it in its other plans",
        }
    }
}

/// Why a tenant key cannot go where it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OtherPlansRefusal {
    /// The tenant would lose plans.
    #[error(
        "API key {api_key} is also in {}, which {target} does not cover: the tenant would lose that. {hint}",
        .plans.join(", ")
    )]
    NotCovered {
        /// the API key
        api_key: ApiKeyId,
        /// the names of the plans, with their stages
        plans: Vec<String>,
        /// where the tenant key should go
        target: String,
        /// what to do
        hint: &'static str,
    },
    /// API Gateway allows an API key one plan for a stage; the words are its own.
    #[error(
        "Usage Plan ID {plan} cannot be added because API Key {api_key} cannot reference multiple Usage Plans with \
         the same API Stage: it is in {other}, which covers {stage} too"
    )]
    SameStage {
        /// the plan to be joined
        plan: PlanId,
        /// the API key
        api_key: ApiKeyId,
        /// the name of the plan it is in
        other: String,
        /// the stage of both
        stage: StageRef,
    },
}

const LEAVE_OR_KEEP_HINT: &str =
    "Choose --leave-other-plans to give it up, or --keep-other-plans to stay in it";
const LEAVE_HINT: &str = "Choose --leave-other-plans to give it up";
const ATTACH_HINT: &str = "Attach the other keys of the pool to it first";

/// The other plans of an API key that its tenant key takes along into a plan, and those that it leaves.
pub(super) struct SplitPlans {
    pub(super) kept: Vec<PlanId>,
    pub(super) left: Vec<PlanId>,
}

/// Parts the plans of an API key whose tenant key goes from one plan into another with an API key of its own.
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

/// Whether a tenant key loses nothing when it goes from an API key to the keys of a pool; `from` is the plan it leaves.
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
    let open = pool.keys.iter().filter(|key| key.state == PoolKeyState::Active);
    let keys = open.map(|key| &key.api_key).filter(|id| inventory.is_live(id));
    check_move_to_keys(api_key, from, keys, pool, LEAVE_HINT, inventory)
}

/// Whether tenant keys lose nothing when they go from one key of a pool to another.
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
        let theirs = plans_of(key, inventory)?;
        let mut lost = others.clone();
        lost.retain(|plan| !theirs.contains(plan));
        let stages = theirs.iter().filter_map(|plan| inventory.plan(plan)).flat_map(|plan| &plan.stages);
        check_stages_covered(api_key, &lost, &stages.collect(), &target, hint, inventory)?;
    }
    Ok(())
}

/// Whether each stage of these plans is among those of the target.
fn check_stages_covered(
    api_key: &ApiKeyId,
    plans: &[PlanId],
    stages: &BTreeSet<&StageRef>,
    target: &str,
    hint: &'static str,
    inventory: &Inventory,
) -> Result<(), Refusal> {
    let lost = plans.iter().filter_map(|plan| inventory.plan(plan));
    let lost = lost.filter(|plan| plan.stages.iter().any(|stage| !stages.contains(stage)));
    let plans: Vec<_> = lost.map(name_with_stages).collect();
    if plans.is_empty() {
        return Ok(());
    }
    let refusal =
        OtherPlansRefusal::NotCovered { api_key: api_key.clone(), plans, target: target.to_owned(), hint };
    Err(refusal.into())
}

/// Whether an API key in these plans may join another: API Gateway allows one plan for a stage.
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
pub(super) fn name_with_stages(plan: &Plan) -> String {
    let stages: Vec<_> = plan.stages.iter().map(ToString::to_string).collect();
    if stages.is_empty() { plan.name.clone() } else { format!("{} ({})", plan.name, stages.join(", ")) }
}
