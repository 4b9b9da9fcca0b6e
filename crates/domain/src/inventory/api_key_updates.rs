//! Updates of API keys that were read individually, which returns all their tags.

use super::{Inventory, index_by};
use crate::{ApiKey, ApiKeyId, Known};

impl Inventory {
    /// Replaces API keys with the versions read individually; `None` removes a deleted key.
    #[must_use]
    pub fn with_api_keys(mut self, updates: impl IntoIterator<Item = (ApiKeyId, Option<ApiKey>)>) -> Self {
        let Known::Value(keys) = &mut self.parts.api_keys else { return self };
        for (id, update) in updates {
            match (keys.iter().position(|key| key.id == id), update) {
                (Some(at), Some(key)) => keys[at] = key,
                (Some(at), None) => drop(keys.remove(at)),
                (None, Some(key)) => keys.push(key),
                (None, None) => {}
            }
        }
        self.api_key_index = index_by(keys, |key| key.id.clone());
        self
    }
}
