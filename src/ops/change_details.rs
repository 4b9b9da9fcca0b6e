//! Details of tenant keys, API keys and usage plans that a change depends on and the account's lists do
//! not contain. They are read before the change is announced.

use std::collections::BTreeSet;

use keypool_domain::known::NotKnown;
use keypool_domain::{ApiKeyId, Change, Inventory, PlanId, Refusal, Unknown};

use super::{
    plans_of_unread_references, with_members_of_plans, with_own_api_keys, with_plan_tags,
    with_plans_of_api_keys, with_tags_of_api_keys, with_tenant_keys_read_again,
};
use crate::aws::{Aws, Failure};

/// Whether the change depends on details that were not read with the inventory.
pub fn needs_details(change: &Change, inventory: &Inventory) -> bool {
    !change.tenant_keys_to_read_again(inventory).is_empty()
        || !change.plans_with_unread_members(inventory).is_empty()
        || change.tenant_keys(inventory).iter().any(|tenant_key| tenant_key.pool_key.reason().is_some())
        || !change.plans_with_unread_tags(inventory).is_empty()
        || change.api_keys(inventory).iter().any(|key| inventory.plans_of_api_key(key).reason().is_some())
        || waits_for_members(change, inventory)
}

/// Whether the change is refused only until the API keys of more usage plans are read.
fn waits_for_members(change: &Change, inventory: &Inventory) -> bool {
    inventory.plans_with_unread_members().next().is_some()
        && matches!(
            change.units(inventory),
            Err(Refusal::Unknown(NotKnown { reason: Unknown::NotReadYet, .. }))
        )
}

/// Returns why the change is refused regardless of its details, or `None` if the details may allow it.
pub fn final_refusal(change: &Change, inventory: &Inventory) -> Option<Refusal> {
    match change.units(inventory) {
        Ok(_) => None,
        Err(Refusal::Unknown { .. }) if needs_details(change, inventory) => None,
        Err(refusal) => Some(refusal),
    }
}

/// Adds the details that these changes depend on. Whatever may not be read stays unknown.
pub async fn with_change_details(
    aws: &Aws,
    inventory: Inventory,
    changes: &[Change],
) -> Result<Inventory, Failure> {
    let listed: Vec<_> =
        changes.iter().flat_map(|change| change.tenant_keys_to_read_again(&inventory)).collect();
    let inventory = with_tenant_keys_read_again(aws, inventory, listed).await?;
    let plans: BTreeSet<PlanId> =
        changes.iter().flat_map(|change| change.plans_with_unread_tags(&inventory)).collect();
    let inventory = with_plan_tags(aws, inventory, |plan| plans.contains(&plan.id)).await?;
    let inventory = Box::pin(with_needed_members(aws, inventory, changes)).await?;
    let inventory = with_own_api_keys(aws, inventory, changes).await?;
    let retired: Vec<_> = changes.iter().filter_map(retired_key).collect();
    let inventory = with_tags_of_api_keys(aws, inventory, &retired).await?;
    let keys: Vec<ApiKeyId> = changes.iter().flat_map(|change| change.api_keys(&inventory)).collect();
    let completed = with_plans_of_api_keys(aws, &inventory, &keys).await?;
    Ok(completed.unwrap_or(inventory))
}

/// Adds the API keys of the usage plans that decide these changes: of those that they name, or of all if that is not
/// enough or takes fewer calls than a query for each API key.
async fn with_needed_members(
    aws: &Aws,
    inventory: Inventory,
    changes: &[Change],
) -> Result<Inventory, Failure> {
    let named = changes.iter().flat_map(|change| change.plans_with_unread_members(&inventory));
    let referring = changes.iter().flat_map(|change| change.tenant_keys(&inventory));
    let referring = plans_of_unread_references(&inventory, referring.into_iter().map(|key| &key.id));
    let plans: BTreeSet<PlanId> = named.chain(referring).collect();
    let inventory = with_members_of_plans(aws, inventory, plans).await?;
    let unread: Vec<PlanId> = inventory.plans_with_unread_members().cloned().collect();
    let unknown_keys: BTreeSet<ApiKeyId> = changes
        .iter()
        .flat_map(|change| change.api_keys(&inventory))
        .filter(|key| inventory.plans_of_api_key(key).reason().is_some())
        .collect();
    let waits = || changes.iter().any(|change| waits_for_members(change, &inventory));
    if unknown_keys.len() > unread.len() || waits() {
        return with_members_of_plans(aws, inventory, unread).await;
    }
    Ok(inventory)
}

/// Returns the API key that a retirement deletes. Its tags may name the tenant.
fn retired_key(change: &Change) -> Option<ApiKeyId> {
    if let Change::Retire(api_key) = change { Some(api_key.clone()) } else { None }
}
