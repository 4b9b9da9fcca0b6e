//! The items by which pool keys stand in the Keys table: the sample application's createKey reads their values there.
//!
//! They are no tenant keys: an inventory sets them apart before anything is counted, listed or billed.

use std::collections::HashMap;

use super::{Inventory, InventoryParts};
use crate::key::{POOL_KEY_OWNER, tag};
use crate::{ApiKeyId, Pool, PoolKey, PoolKeyState, Presence, Secret, TenantKey, TenantKeyId};

/// The items by the API key whose id they have.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PoolItems(HashMap<ApiKeyId, TenantKey>);

impl PoolItems {
    /// Takes them out of the rows that were read.
    pub(super) fn extract_from(parts: &mut InventoryParts) -> Self {
        let all = std::mem::take(&mut parts.tenant_keys);
        let (items, rows) = all.into_iter().partition(|row| row.tenant.as_str() == POOL_KEY_OWNER);
        parts.tenant_keys = rows;
        let by_key = |item: TenantKey| (ApiKeyId::new(item.id.as_str()), item);
        Self(Vec::into_iter(items).map(by_key).collect())
    }
}

impl Inventory {
    /// The item by which a pool key stands in the Keys table.
    pub fn pool_item(&self, api_key: &ApiKeyId) -> Option<&TenantKey> {
        self.pool_items.0.get(api_key)
    }

    /// Whether the sample application's createKey finds this pool key in the Keys table, by an item or a tenant's own.
    pub fn is_in_keys_table(&self, api_key: &ApiKeyId) -> bool {
        self.pool_item(api_key).is_some() || self.tenant_key(&TenantKeyId::new(api_key.as_str())).is_some()
    }

    /// The pool keys on their way out whose items give the value of this one, because it took their place.
    pub fn pool_items_with_value_of(&self, api_key: &ApiKeyId) -> Vec<&ApiKeyId> {
        let Some(value) = self.value_in_keys_table(api_key) else { return Vec::new() };
        let has_value = |id: &ApiKeyId| self.value_in_keys_table(id) == Some(value);
        let keys = || self.pools().iter().flat_map(|pool| &pool.keys).filter(|key| key.api_key != *api_key);
        let is_active = |key: &&PoolKey| key.state == PoolKeyState::Active;
        // A key whose own item gives the value of another is on its way out itself, and that value is not its own.
        if keys().filter(is_active).any(|key| has_value(&key.api_key)) {
            return Vec::new();
        }
        let leaving = keys().filter(|key| !is_active(key)).map(|key| &key.api_key);
        leaving.filter(|id| self.pool_item(id).is_some() && has_value(id)).collect()
    }

    /// The value that the sample application's createKey finds for a pool key.
    fn value_in_keys_table(&self, api_key: &ApiKeyId) -> Option<&Secret> {
        let item = self.pool_item(api_key).or_else(|| self.tenant_key(&TenantKeyId::new(api_key.as_str())));
        item.and_then(TenantKey::stored_value)
    }

    /// Whether other programs write tenant keys beside keypool: those have no revision.
    pub fn has_other_writers(&self) -> bool {
        self.tenant_keys().iter().any(|row| row.revision.is_none())
    }

    /// The pool keys that are not in the Keys table.
    pub fn pool_keys_without_item(&self) -> impl Iterator<Item = (&Pool, &ApiKeyId)> {
        let keys = self.pools().iter().flat_map(|pool| pool.keys.iter().map(move |key| (pool, key)));
        let open = keys.filter(|(_, key)| key.state == PoolKeyState::Active);
        open.map(|(pool, key)| (pool, &key.api_key)).filter(|(_, id)| !self.is_in_keys_table(id))
    }

    /// The items of API keys that are in no pool and are not being made: what an operation that was cut has left.
    pub fn stale_pool_items(&self) -> Vec<&ApiKeyId> {
        let is_left = |id: &&ApiKeyId| match self.api_key(id) {
            Presence::Unknown(_) => false,
            Presence::Missing => self.pool_of_api_key(id).is_none(),
            // One that has not joined its pool yet, or is being deleted, goes with its item.
            Presence::Present(key) => {
                let goes_with_item =
                    [tag::REQUEST, tag::DELETING].iter().any(|tag| key.tags.contains_key(*tag));
                self.pool_of_api_key(id).is_none() && !goes_with_item
            }
        };
        let mut left: Vec<_> = self.pool_items.0.keys().filter(is_left).collect();
        left.sort_unstable();
        left
    }
}
