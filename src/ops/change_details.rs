//! What a change depends on beyond the lists of an account: asked for the tenant keys, API keys and usage plans at hand,
//! before it is announced and decided.

use std::collections::BTreeSet;

use keypool_domain::{ApiKeyId, Change, Inventory, PlanId, Refusal};

use super::{with_own_api_keys, with_plan_tags, with_plans_of_api_keys, with_tags_of_api_keys};
use crate::aws::{Aws, Failure};

/// Whether something that a change depends on was not read with the account.
pub fn needs_details(change: &Change, inventory: &Inventory) -> bool {
    change.tenant_keys(inventory).iter().any(|row| row.pool_key.reason().is_some())
        || !change.plans_with_unread_tags(inventory).is_empty()
        || change.api_keys(inventory).iter().any(|key| inventory.plans_of_api_key(key).reason().is_some())
}

/// Why a change is refused whatever else is asked for; nothing where its details may allow it.
pub fn final_refusal(change: &Change, inventory: &Inventory) -> Option<Refusal> {
    match change.units(inventory) {
        Ok(_) => None,
        Err(Refusal::NotKnown { .. }) if needs_details(change, inventory) => None,
        Err(refusal) => Some(refusal),
    }
}

/// The account with what these changes depend on; what may not be asked for stays unknown. No value is read.
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
    let asked = with_plans_of_api_keys(aws, &inventory, &keys).await?;
    Ok(asked.unwrap_or(inventory))
}

/// The API key that is named by its id alone, and goes: its tags may say whose it is.
fn retired_key(change: &Change) -> Option<ApiKeyId> {
    if let Change::Retire(api_key) = change { Some(api_key.clone()) } else { None }
}
