//! Cautions for usage plans and API keys of a CloudFormation stack, whose next deployment may undo a change.

use std::collections::BTreeSet;

use crate::{ApiKeyId, Known, PlanId};

use super::adoption::adopted_plans;
use super::operation::Scope;

/// CloudFormation tags the resources of a stack with its name.
const STACK_NAME_TAG: &str = "aws:cloudformation:stack-name";

/// One caution for each plan and API key that the change writes and that belongs to a stack.
pub(super) fn stack_cautions(scope: &Scope<'_>) -> Vec<String> {
    let inventory = scope.inventory;
    // keypool may change an adopted plan later.
    let adopted = adopted_plans(scope).into_iter().map(|plan| &plan.id);
    let plans: BTreeSet<&PlanId> = adopted.chain(&scope.written_plan).collect();
    let plan_caution = |id: &PlanId| {
        let plan = inventory.plan(id)?;
        let resource = format!("usage plan {}", inventory.plan_name(&plan.id));
        match plan.tag(STACK_NAME_TAG) {
            Known::Value(stack) => Some(caution(stack?, &resource)),
            Known::Unknown(why) => {
                Some(format!("whether a CloudFormation stack manages {resource} is not known: {why}"))
            }
        }
    };
    let api_key_caution = |id: &ApiKeyId| {
        let key = inventory.api_key(id).key()?;
        Some(caution(key.tags.get(STACK_NAME_TAG)?, &format!("API key {id}")))
    };
    let plans = plans.into_iter().filter_map(plan_caution);
    plans.chain(scope.all_written_api_keys().iter().filter_map(api_key_caution)).collect()
}

fn caution(stack: &str, resource: &str) -> String {
    format!("the CloudFormation stack {stack} manages {resource}: its next deployment may undo this")
}
