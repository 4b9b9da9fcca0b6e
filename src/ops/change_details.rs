//! Details of tenant keys, API keys and usage plans that a change depends on and the account's lists do
//! not contain. They are read before the change is announced.

use std::collections::BTreeSet;

use keypool_domain::{ApiKeyId, Change, Inventory, PlanId, Refusal};

use super::{with_own_api_keys, with_plan_tags, with_plans_of_api_keys, with_tags_of_api_keys};
use crate::aws::{Aws, Failure};

/// Whether the change depends on details that were not read with the inventory.
pub fn needs_details(change: &Change, inventory: &Inventory) -> bool {
    change.tenant_keys(inventory).iter().any(|tenant_key| tenant_key.pool_key.reason().is_some())
        || !change.plans_with_unread_tags(inventory).is_empty()
        || change.api_keys(inventory).iter().any(|key| inventory.plans_of_api_key(key).reason().is_some())
}

/// Returns why the change is refused regardless of its details, or `None` if the details may allow it.
pub fn final_refusal(change: &Change, inventory: &Inventory) -> Option<Refusal> {
    match change.units(inventory) {
        Ok(_) => None,
        Err(Refusal::Unknown { .. }) if needs_details(change, inventory) => None,
        Err(refusal) => Some(refusal),
    }
}

/// Adds the details that these changes depend on. Whatever may not be read stays unknown. Key values
/// are not read.
pub async fn with_change_details(
    aws: &Aws,
    inventory: Inventory,
    changes: &[Change],
) -> Result<Inventory, Failure> {
    let plans: BTreeSet<PlanId> =
        changes.iter().flat_map(|change| change.plans_with_unread_tags(&inventory)).collect();
    let inventory = with_plan_tags(aws, inventory, |plan| plans.contains(&plan.id)).await?;
    let inventory = with_own_api_keys(aws, inventory, changes).await?;
    let retired: Vec<_> = changes.iter().filter_map(retired_key).collect();
    let inventory = with_tags_of_api_keys(aws, inventory, &retired).await?;
    let keys: Vec<ApiKeyId> = changes.iter().flat_map(|change| change.api_keys(&inventory)).collect();
    let completed = with_plans_of_api_keys(aws, &inventory, &keys).await?;
    Ok(completed.unwrap_or(inventory))
}

/// Returns the API key that a retirement deletes. Its tags may name the tenant.
fn retired_key(change: &Change) -> Option<ApiKeyId> {
    if let Change::Retire(api_key) = change { Some(api_key.clone()) } else { None }
}
