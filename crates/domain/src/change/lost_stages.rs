//! The API stages that tenant keys lose by a move: their calls there get 403.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::pluralize;
use crate::{Inventory, Plan, PlanId, StageRef, TenantKey};

use super::kinds::OtherPlans;

/// One caution for each set of stages that some of the keys lose.
pub(super) fn lost_stage_cautions(
    tenant_keys: &[&TenantKey],
    to: &PlanId,
    others: OtherPlans,
    inventory: &Inventory,
) -> Vec<String> {
    let Some(to) = inventory.plan(to) else { return Vec::new() };
    let mut losing: BTreeMap<BTreeSet<&StageRef>, usize> = BTreeMap::new();
    for tenant_key in tenant_keys {
        *losing.entry(lost_stages(tenant_key, to, others, inventory)).or_default() += 1;
    }
    let target = inventory.plan_name(&to.id);
    let caution = |(stages, keys): (BTreeSet<&StageRef>, usize)| {
        let stages: Vec<_> = stages.into_iter().map(ToString::to_string).collect();
        let subject = match (keys, tenant_keys.len()) {
            (1, 1) => "the key".to_owned(),
            (_, total) if keys == total => "the keys".to_owned(),
            _ => pluralize(keys, "key"),
        };
        format!("{subject} will get 403 on {}, which {target} does not cover", stages.join(", "))
    };
    losing.into_iter().filter(|(stages, _)| !stages.is_empty()).map(caution).collect()
}

/// The caution for new keys of a plan that covers no stage.
pub(super) fn no_stage_caution(plan: &PlanId, inventory: &Inventory) -> Option<String> {
    let plan = inventory.plan(plan).filter(|plan| plan.stages.is_empty())?;
    Some(format!("calls get 403 everywhere: {} covers no API stage yet", inventory.plan_name(&plan.id)))
}

fn lost_stages<'a>(
    tenant_key: &TenantKey,
    to: &Plan,
    others: OtherPlans,
    inventory: &'a Inventory,
) -> BTreeSet<&'a StageRef> {
    let plans = tenant_key.api_key().into_result().ok();
    let plans = plans.and_then(|id| inventory.plans_of_api_key(&id).into_result().ok()).unwrap_or_default();
    let stages_of = |id: &PlanId| inventory.plan(id).map(|plan| plan.stages.as_slice()).unwrap_or_default();
    let others_of_key = || plans.iter().filter(|id| **id != tenant_key.plan && **id != to.id);
    let left = others_of_key().filter(|_| others == OtherPlans::Leave);
    let kept: BTreeSet<_> =
        others_of_key().filter(|_| others != OtherPlans::Leave).flat_map(stages_of).collect();
    let left = left.chain([&tenant_key.plan]).flat_map(stages_of);
    left.filter(|stage| !to.stages.contains(stage) && !kept.contains(stage)).collect()
}
