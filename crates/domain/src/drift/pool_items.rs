//! Findings about the items of pool keys in the Keys table, which matter if other programs write tenant keys
//! there.

use crate::change::Fix;
use crate::{ApiKeyId, Inventory, Known, Pool, PoolKey, PoolKeyState};

use super::keys::fix_change;
use super::{Finding, FindingKind, Observations, finding};

pub(super) fn findings(inventory: &Inventory, observations: &Observations) -> Vec<Finding> {
    let are_items_read = observations.stores_values && inventory.has_other_writers();
    // The value of an API key that was not read cannot be written.
    let is_enabled = |id: &ApiKeyId| inventory.api_key(id).key().is_some_and(|key| key.enabled);
    let missing = inventory.pool_keys_without_item().filter(|(_, id)| are_items_read && is_enabled(id));
    let missing = missing.map(|(pool, id)| {
        let summary =
            format!("pool key {id} of {} is not in the Keys table", inventory.plan_name(&pool.plan));
        finding(FindingKind::PoolItemMissing, id, summary, write_item_fix(pool, id))
    });
    let keys = inventory.pools().iter().flat_map(|pool| pool.keys.iter().map(move |key| (pool, key)));
    let keys = keys.filter(|_| are_items_read);
    let differing = keys.filter_map(|(pool, key)| value_finding(pool, key, inventory, observations));
    let stale = inventory.stale_pool_items().into_iter().map(|id| {
        let summary = format!("the Keys table has an item for pool key {id}, which is in no pool");
        finding(FindingKind::StalePoolItem, id, summary, fix_change(Fix::DeletePoolItem(id.clone())))
    });
    missing.chain(differing).chain(stale).collect()
}

/// Reports the item of an active pool key if its value is not that of the key, and the item of a draining or
/// retired pool key if its value is not that of any API key.
fn value_finding(
    pool: &Pool,
    key: &PoolKey,
    inventory: &Inventory,
    observations: &Observations,
) -> Option<Finding> {
    let id = &key.api_key;
    let Known::Value(stored) = &inventory.pool_item(id)?.value else { return None };
    let actual = observations.values.get(id)?;
    let (is_correct, fix) = match key.state {
        PoolKeyState::Active => (stored.as_ref() == Some(actual), write_item_fix(pool, id)),
        PoolKeyState::Draining | PoolKeyState::Retired => {
            let is_key_value = |stored| observations.values.values().any(|value| value == stored);
            (stored.as_ref().is_some_and(is_key_value), fix_change(Fix::DeletePoolItem(id.clone())))
        }
    };
    let value = if stored.is_some() { "a wrong value" } else { "no value" };
    let summary = format!("the item of pool key {id} in the Keys table stores {value}");
    (!is_correct).then(|| finding(FindingKind::PoolItemDiffers, id, summary, fix))
}

fn write_item_fix(pool: &Pool, id: &ApiKeyId) -> Option<crate::Change> {
    fix_change(Fix::WritePoolItem { plan: pool.plan.clone(), api_key: id.clone() })
}
