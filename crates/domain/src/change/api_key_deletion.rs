//! Deletes API keys: disables each first, so that it no longer works even if the rest fails.
//!
//! Invariant: the first write tags the API key with [`tag::DELETING`]. Any machine that finds an interrupted deletion
//! finishes it and does not undo it.

use crate::key::tag;
use crate::step::Step;
use crate::{ApiKeyId, Inventory, PlanId, Presence};

pub(super) fn delete_api_key(id: &ApiKeyId, inventory: &Inventory) -> Vec<Step> {
    let id = std::slice::from_ref(id);
    [disable_api_keys(id, inventory), delete_api_keys(id, inventory)].concat()
}

/// Tags a pool key before removing it from its pool: outside the pool, only the tag shows that it is being deleted.
/// The step for its item in the Keys table, if given, follows the removal.
pub(super) fn remove_and_delete_pool_key(
    id: &ApiKeyId,
    plan: &PlanId,
    item: Option<Step>,
    inventory: &Inventory,
) -> Vec<Step> {
    let mut steps = delete_api_key(id, inventory);
    let tags = steps.iter().take_while(|step| matches!(step, Step::TagDeletion(_))).count();
    let remove = Step::RemovePoolKey { plan: plan.clone(), api_key: id.clone() };
    steps.splice(tags..tags, [remove].into_iter().chain(item));
    steps
}

/// Tags all keys before disabling the first.
pub(super) fn disable_api_keys(ids: &[ApiKeyId], inventory: &Inventory) -> Vec<Step> {
    let is_tagged =
        |id: &&ApiKeyId| inventory.api_key(id).key().is_some_and(|key| key.tags.contains_key(tag::DELETING));
    let tags = existing_api_keys(ids, inventory).filter(|id| !is_tagged(id)).cloned().map(Step::TagDeletion);
    let disable = ids.iter().filter(|id| inventory.is_live(id)).cloned().map(Step::DisableApiKey);
    tags.chain(disable).collect()
}

pub(super) fn delete_api_keys(ids: &[ApiKeyId], inventory: &Inventory) -> Vec<Step> {
    existing_api_keys(ids, inventory).cloned().map(Step::DeleteApiKey).collect()
}

fn existing_api_keys<'a>(
    ids: &'a [ApiKeyId],
    inventory: &'a Inventory,
) -> impl Iterator<Item = &'a ApiKeyId> {
    ids.iter().filter(|id| inventory.api_key(id) != Presence::Missing)
}

pub(super) fn delete_pool_item(id: &ApiKeyId, inventory: &Inventory) -> Option<Step> {
    inventory.pool_item(id).map(|_| Step::DeletePoolItem(id.clone()))
}

/// Deletes every item in the Keys table that holds the pool key's value. The pool key's own item goes last: the
/// others are found through it.
pub(super) fn delete_pool_items(id: &ApiKeyId, inventory: &Inventory) -> Vec<Step> {
    let others = inventory.pool_items_with_value_of(id).into_iter().cloned().map(Step::DeletePoolItem);
    others.chain(delete_pool_item(id, inventory)).collect()
}

/// Deletes an API key that has left its pool: its items first, so that no more tenants are given its value.
pub(super) fn delete_former_pool_key(id: &ApiKeyId, inventory: &Inventory) -> Vec<Step> {
    [delete_pool_items(id, inventory), delete_api_key(id, inventory)].concat()
}
