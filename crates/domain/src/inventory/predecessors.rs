//! Successors and predecessors of API keys, and ongoing deletions, from tags.

use super::Inventory;
use crate::key::tag;
use crate::{ApiKey, ApiKeyId};

impl Inventory {
    /// Whether a tag says that the deletion of this API key has started.
    pub fn is_being_deleted(&self, api_key: &ApiKeyId) -> bool {
        self.api_key(api_key).key().is_some_and(|key| key.tags.contains_key(tag::DELETING))
    }

    /// The API key that replaces this one.
    pub fn successor(&self, api_key: &ApiKeyId) -> Option<&ApiKey> {
        let replaces = |key: &&ApiKey| key.tags.get(tag::REPLACES).is_some_and(|id| id == api_key.as_str());
        self.listed_api_keys().iter().find(replaces)
    }

    /// The API keys that this one replaced, latest first, as far as they still exist without a tenant key or
    /// pool: their grace periods may still run.
    pub fn predecessors(&self, api_key: &ApiKeyId) -> Vec<&ApiKey> {
        let mut found: Vec<&ApiKey> = Vec::new();
        let mut next = self.keys_replaced_by(api_key);
        while !next.is_empty() {
            let mut earlier = Vec::new();
            for key in next {
                // Tags may refer to each other in a cycle.
                if key.id != *api_key && !found.iter().any(|known| known.id == key.id) {
                    found.push(key);
                    earlier.extend(self.keys_replaced_by(&key.id));
                }
            }
            next = earlier;
        }
        found
    }

    fn keys_replaced_by(&self, api_key: &ApiKeyId) -> Vec<&ApiKey> {
        let Some(key) = self.api_key(api_key).key() else { return Vec::new() };
        let values = [tag::REPLACES, tag::PREDECESSORS].into_iter().filter_map(|name| key.tags.get(name));
        let ids = values.flat_map(|ids| ids.split_whitespace()).map(ApiKeyId::new);
        let keys = ids.filter_map(|id| self.api_key(&id).key());
        keys.filter(|key| {
            self.tenant_key_count(&key.id).is_known_to_be(&0) && self.pool_of_api_key(&key.id).is_none()
        })
        .collect()
    }
}
