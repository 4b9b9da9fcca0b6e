//! Updates of API keys that were read individually, which returns all their tags.

use std::sync::Arc;

use super::Inventory;
use super::api_key_table::ApiKeyTable;
use crate::{ApiKey, ApiKeyId, Known};

impl Inventory {
    /// Replaces API keys with the versions read individually; `None` removes a deleted key.
    #[must_use]
    pub fn with_api_keys(mut self, updates: impl IntoIterator<Item = (ApiKeyId, Option<ApiKey>)>) -> Self {
        let Known::Value(listed) = self.api_keys() else { return self };
        let mut keys = listed.clone();
        for (id, update) in updates {
            match (keys.iter().position(|key| key.id == id), update) {
                (Some(at), Some(key)) => keys[at] = key,
                (Some(at), None) => drop(keys.remove(at)),
                (None, Some(key)) => keys.push(key),
                (None, None) => {}
            }
        }
        self.api_keys = Arc::new(ApiKeyTable::new(Known::Value(keys)));
        self
    }
}
