//! Items for pool keys in the Keys table, from which the sample application's createKey reads their
//! values.
//!
//! They are not tenant keys: the inventory separates them before anything is counted, listed or
//! charged.

use std::collections::HashMap;

use super::Inventory;
use crate::key::{POOL_KEY_OWNER, tag};
use crate::{ApiKeyId, Pool, PoolKey, PoolKeyState, Presence, Secret, TenantKey, TenantKeyId};

/// Keyed by API key: a pool item has the id of its API key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PoolItems(HashMap<ApiKeyId, TenantKey>);

impl PoolItems {
    /// Takes the pool items out of all items of the table.
    pub(super) fn take_from(all: &mut Vec<TenantKey>) -> Self {
        let items = all.extract_if(.., |tenant_key| tenant_key.tenant.as_str() == POOL_KEY_OWNER);
        Self(items.map(|item| (ApiKeyId::new(item.id.as_str()), item)).collect())
    }
}

impl Inventory {
    /// The pool key's item in the Keys table.
    pub fn pool_item(&self, api_key: &ApiKeyId) -> Option<&TenantKey> {
        self.tenant_keys.pool_items.0.get(api_key)
    }

    /// Whether the sample application's createKey finds this pool key in the Keys table, as a pool item
    /// or a tenant key.
    pub fn is_in_keys_table(&self, api_key: &ApiKeyId) -> bool {
        self.pool_item(api_key).is_some() || self.tenant_key(&TenantKeyId::new(api_key.as_str())).is_some()
    }

    /// Draining and retired pool keys whose pool items already store the value of this API key, which
    /// replaces them.
    pub fn pool_items_with_value_of(&self, api_key: &ApiKeyId) -> Vec<&ApiKeyId> {
        let Some(value) = self.value_in_keys_table(api_key) else { return Vec::new() };
        let has_value = |id: &ApiKeyId| self.value_in_keys_table(id) == Some(value);
        let keys = || self.pools().iter().flat_map(|pool| &pool.keys).filter(|key| key.api_key != *api_key);
        let is_active = |key: &&PoolKey| key.state == PoolKeyState::Active;
        // If the item of another active key stores the same value, either key may be the one that has it.
        if keys().filter(is_active).any(|key| has_value(&key.api_key)) {
            return Vec::new();
        }
        let leaving = keys().filter(|key| !is_active(key)).map(|key| &key.api_key);
        leaving.filter(|id| self.pool_item(id).is_some() && has_value(id)).collect()
    }

    /// The value that the sample application's createKey reads for a pool key.
    fn value_in_keys_table(&self, api_key: &ApiKeyId) -> Option<&Secret> {
        let item = self.pool_item(api_key).or_else(|| self.tenant_key(&TenantKeyId::new(api_key.as_str())));
        item.and_then(TenantKey::stored_value)
    }

    /// Whether other programs write tenant keys too: theirs have no revision.
    pub fn has_other_writers(&self) -> bool {
        self.tenant_keys().iter().any(|tenant_key| tenant_key.revision.is_none())
    }

    /// Active pool keys that the sample application's createKey does not find.
    pub fn pool_keys_without_item(&self) -> impl Iterator<Item = (&Pool, &ApiKeyId)> {
        let keys = self.pools().iter().flat_map(|pool| pool.keys.iter().map(move |key| (pool, key)));
        let active = keys.filter(|(_, key)| key.state == PoolKeyState::Active);
        active.map(|(pool, key)| (pool, &key.api_key)).filter(|(_, id)| !self.is_in_keys_table(id))
    }

    /// Pool items whose API keys are in no pool and neither being created nor being deleted: leftovers of
    /// interrupted operations.
    pub fn stale_pool_items(&self) -> Vec<&ApiKeyId> {
        let is_stale = |id: &&ApiKeyId| match self.api_key(id) {
            Presence::Unknown(_) => false,
            Presence::Missing => self.pool_of_api_key(id).is_none(),
            // A key that is about to join its pool, or is being deleted, still needs its item.
            Presence::Present(key) => {
                let needs_item = [tag::REQUEST, tag::DELETING].iter().any(|tag| key.tags.contains_key(*tag));
                self.pool_of_api_key(id).is_none() && !needs_item
            }
        };
        let mut stale: Vec<_> = self.tenant_keys.pool_items.0.keys().filter(is_stale).collect();
        stale.sort_unstable();
        stale
    }
}
