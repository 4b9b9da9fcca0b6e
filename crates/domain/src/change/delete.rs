//! A tenant key goes: what can be used is disabled first, the row goes next, and the API key last.
//!
//! Invariant: from the first write on, an API key that is to go has the tag [`tag::DELETING`], so that whoever finds it
//! half-way, on whatever machine, finishes the deletion and does not undo it.

use crate::key::tag;
use crate::step::{Step, Unit};
use crate::{ApiKeyId, Inventory, PlanId, Presence, TenantKey};

use super::refusal::Refusal;
use super::units;

pub(super) fn unit(row: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    let steps = match row.require_pool_key()? {
        Some(api_key) => {
            vec![Step::DeletePooledTenantKey { tenant_key: row.id.clone(), api_key: api_key.clone() }]
        }
        // The row of a pool key's own: others share the API key.
        None if inventory.require_is_shared(row)? => vec![Step::DeleteTenantKey(row.id.clone())],
        None => {
            let own = row.require_api_key()?;
            let earlier = inventory.predecessors(&own).into_iter().map(|key| key.id.clone());
            let all: Vec<ApiKeyId> = std::iter::once(own.clone()).chain(earlier).collect();
            let (first, last) = (disable_api_keys(&all, inventory), delete_api_keys(&all, inventory));
            [first, vec![Step::DeleteTenantKey(row.id.clone())], last].concat()
        }
    };
    Ok(units::tenant_key_unit(row, steps))
}

/// An API key goes: it is disabled first, so that it is dead however the rest ends.
pub(super) fn delete_api_key(id: &ApiKeyId, inventory: &Inventory) -> Vec<Step> {
    let id = std::slice::from_ref(id);
    [disable_api_keys(id, inventory), delete_api_keys(id, inventory)].concat()
}

/// A pool key goes: it is tagged before it leaves its pool, because outside of it nothing else says that it was to go;
/// its item, where it is given, goes after that.
pub(super) fn remove_and_delete_pool_key(
    id: &ApiKeyId,
    plan: &PlanId,
    item: Option<Step>,
    inventory: &Inventory,
) -> Vec<Step> {
    let mut steps = delete_api_key(id, inventory);
    let tags = steps.iter().take_while(|step| matches!(step, Step::TagDeletion(_))).count();
    let leave = Step::RemovePoolKey { plan: plan.clone(), api_key: id.clone() };
    steps.splice(tags..tags, [leave].into_iter().chain(item));
    steps
}

/// All of them are tagged before the first is disabled.
fn disable_api_keys(ids: &[ApiKeyId], inventory: &Inventory) -> Vec<Step> {
    let is_tagged =
        |id: &&ApiKeyId| inventory.api_key(id).key().is_some_and(|key| key.tags.contains_key(tag::DELETING));
    let tags = existing_api_keys(ids, inventory).filter(|id| !is_tagged(id)).cloned().map(Step::TagDeletion);
    let disable = ids.iter().filter(|id| inventory.is_live(id)).cloned().map(Step::DisableApiKey);
    tags.chain(disable).collect()
}

fn delete_api_keys(ids: &[ApiKeyId], inventory: &Inventory) -> Vec<Step> {
    existing_api_keys(ids, inventory).cloned().map(Step::DeleteApiKey).collect()
}

fn existing_api_keys<'a>(
    ids: &'a [ApiKeyId],
    inventory: &'a Inventory,
) -> impl Iterator<Item = &'a ApiKeyId> {
    ids.iter().filter(|id| inventory.api_key(id) != Presence::Missing)
}

/// The item of a pool key in the Keys table goes, where there is one.
pub(super) fn delete_pool_item(id: &ApiKeyId, inventory: &Inventory) -> Option<Step> {
    inventory.pool_item(id).map(|_| Step::DeletePoolItem(id.clone()))
}

/// Every item that gives the value of a pool key goes; its own is the last, by which the others are known.
pub(super) fn delete_pool_items(id: &ApiKeyId, inventory: &Inventory) -> Vec<Step> {
    let others = inventory.pool_items_with_value_of(id).into_iter().cloned().map(Step::DeletePoolItem);
    others.chain(delete_pool_item(id, inventory)).collect()
}

/// An API key that has left its pool goes: its item first, so that nobody is given its value any more.
pub(super) fn delete_former_pool_key(id: &ApiKeyId, inventory: &Inventory) -> Vec<Step> {
    [delete_pool_items(id, inventory), delete_api_key(id, inventory)].concat()
}
