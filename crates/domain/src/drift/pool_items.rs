//! Findings about pool keys' items in the Keys table, which matter if other programs write tenant keys
//! there.

use crate::change::Fix;
use crate::{ApiKeyId, Inventory, Known, Pool, PoolKey, PoolKeyState};

use super::keys::fix_change;
use super::{Finding, Kind, Observations, finding};

pub(super) fn findings(inventory: &Inventory, observed: &Observations) -> Vec<Finding> {
    let are_read = observed.stores_values && inventory.has_other_writers();
    // Without reading the API key, its value cannot be written.
    let is_seen_enabled = |id: &ApiKeyId| inventory.api_key(id).key().is_some_and(|key| key.enabled);
    let missing = inventory.pool_keys_without_item().filter(|(_, id)| are_read && is_seen_enabled(id));
    let missing = missing.map(|(pool, id)| {
        let seen = format!("pool key {id} of {} is not in the Keys table", inventory.plan_name(&pool.plan));
        finding(Kind::PoolItemMissing, id, seen, write_item_fix(pool, id))
    });
    let keys = inventory.pools().iter().flat_map(|pool| pool.keys.iter().map(move |key| (pool, key)));
    let keys = keys.filter(|_| are_read);
    let differing = keys.filter_map(|(pool, key)| value_finding(pool, key, inventory, observed));
    let left = inventory.stale_pool_items().into_iter().map(|id| {
        let seen = format!("the Keys table has API key {id} as a pool key, and it is in no pool");
        finding(Kind::StalePoolItem, id, seen, fix_change(Fix::DeletePoolItem(id.clone())))
    });
    missing.chain(differing).chain(left).collect()
}

/// Finds an item with another value than its active pool key has or, for a leaving pool key, with a
/// value of no API key.
fn value_finding(
    pool: &Pool,
    key: &PoolKey,
    inventory: &Inventory,
    observed: &Observations,
) -> Option<Finding> {
    let id = &key.api_key;
    let Known::Value(given) = &inventory.pool_item(id)?.value else { return None };
    let own = observed.values.get(id)?;
    let (is_right, fix) = match key.state {
        PoolKeyState::Active => (given.as_ref() == Some(own), write_item_fix(pool, id)),
        PoolKeyState::Draining | PoolKeyState::Retired => {
            let is_given = |given| observed.values.values().any(|value| value == given);
            (given.as_ref().is_some_and(is_given), fix_change(Fix::DeletePoolItem(id.clone())))
        }
    };
    let value = if given.is_some() { "another value" } else { "no value" };
    let seen = format!("the item of pool key {id} in the Keys table gives {value}");
    (!is_right).then(|| finding(Kind::PoolItemDiffers, id, seen, fix))
}

fn write_item_fix(pool: &Pool, id: &ApiKeyId) -> Option<crate::Change> {
    fix_change(Fix::WritePoolItem { plan: pool.plan.clone(), api_key: id.clone() })
}
