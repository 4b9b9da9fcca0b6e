//! Cautions for usage plans and API keys of a CloudFormation stack, whose next deployment may undo a change.

use std::collections::BTreeSet;

use crate::{ApiKeyId, Change, Inventory, Known, PlanId, TenantKey};

use super::Fix;
use super::plans::{self, PlansByRole, affects_stack};

/// CloudFormation tags the resources of a stack with its name.
const STACK_NAME_TAG: &str = "aws:cloudformation:stack-name";

/// One caution for each plan and API key that the change writes and that belongs to a stack.
pub(super) fn cautions(change: &Change, inventory: &Inventory) -> Vec<String> {
    let (mut plans, api_keys) = written_resources(change, inventory);
    // keypool may change an adopted plan later.
    plans.extend(plans::plans_adopted_by(change, inventory).into_iter().map(|plan| plan.id.clone()));
    let plan_caution = |id: &PlanId| {
        let plan = inventory.plan(id)?;
        let resource = format!("usage plan {}", plan.name);
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
    plans.iter().filter_map(plan_caution).chain(api_keys.iter().filter_map(api_key_caution)).collect()
}

fn caution(stack: &str, resource: &str) -> String {
    format!("the CloudFormation stack {stack} manages {resource}: its next deployment may undo this")
}

/// The usage plans and API keys that the change writes. An API key counts unless it is known to be shared.
fn written_resources(change: &Change, inventory: &Inventory) -> (BTreeSet<PlanId>, BTreeSet<ApiKeyId>) {
    let unshared_api_keys = || {
        let tenant_keys = change.tenant_keys(inventory).into_iter();
        let unshared = tenant_keys.filter(|key| !inventory.is_shared(key).is_known_to_be(&true));
        unshared.filter_map(known_api_key).collect()
    };
    let api_keys: BTreeSet<ApiKeyId> = match change {
        Change::Edit { .. }
        | Change::SetEnabled { .. }
        | Change::Delete(_)
        | Change::Rotate { .. }
        | Change::Consolidate { .. }
        | Change::ChangePlan { .. } => unshared_api_keys(),
        Change::SetCustomer { .. } => {
            change.tenant_keys(inventory).into_iter().filter_map(known_api_key).collect()
        }
        Change::RotatePoolKey { api_key, .. } | Change::Retire(api_key) | Change::Drain(api_key) => {
            BTreeSet::from([api_key.clone()])
        }
        Change::DissolvePool(plan) => {
            let keys = inventory.pool(plan).map(|pool| pool.keys.as_slice()).unwrap_or_default();
            keys.iter().map(|key| key.api_key.clone()).collect()
        }
        Change::Import(keys) => keys.iter().filter_map(|key| key.key.existing.clone()).collect(),
        Change::Fix(
            Fix::ApplyEnabled(_)
            | Fix::UndoMove { .. }
            | Fix::EditApiKey { .. }
            | Fix::ReplaceWithStoredValue(_),
        ) => unshared_api_keys(),
        Change::Fix(
            Fix::Attach { api_key, .. }
            | Fix::ReturnToPlan { api_key, .. }
            | Fix::FinishRotation(api_key)
            | Fix::ReplaceDisabled(api_key),
        ) => BTreeSet::from([api_key.clone()]),
        Change::Fix(
            Fix::CorrectValue(_)
            | Fix::FinishMove { .. }
            | Fix::ReassignPoolKey(_)
            | Fix::Recount { .. }
            | Fix::RemoveFromPool { .. }
            | Fix::WritePriceListEntry(_)
            | Fix::DeleteCounter(_)
            | Fix::WritePoolItem { .. }
            | Fix::DeletePoolItem(_)
            | Fix::EditTenantKey { .. }
            | Fix::RestorePriceListEntry { .. }
            | Fix::RestorePlan { .. }
            | Fix::DeletePriceListEntry { .. },
        )
        | Change::Create(_)
        | Change::Restore(_)
        | Change::Isolate(_)
        | Change::Rebalance(_)
        | Change::CreatePool(_)
        | Change::SetPool { .. }
        | Change::Grow { .. }
        | Change::Extend(_)
        | Change::Plan(_)
        | Change::Api(_) => BTreeSet::new(),
    };
    let leaves_stack_alone = matches!(change, Change::Plan(change) if !affects_stack(change));
    let plan = PlansByRole::new(change).written.filter(|_| !leaves_stack_alone);
    (plan.into_iter().cloned().collect(), api_keys)
}

/// The API key of a tenant key, if known.
fn known_api_key(key: &TenantKey) -> Option<ApiKeyId> {
    key.api_key().value_to_show().cloned()
}
