//! What was answered for single API keys, where the list of all says too little.

use super::{Inventory, index_by};
use crate::{ApiKey, ApiKeyId, Known};

impl Inventory {
    /// The same with API keys as they were answered one by one, with all their tags; `None` is one that is gone.
    #[must_use]
    pub fn with_api_keys(mut self, answers: impl IntoIterator<Item = (ApiKeyId, Option<ApiKey>)>) -> Self {
        let Known::Value(keys) = &mut self.parts.api_keys else { return self };
        for (id, answer) in answers {
            match (keys.iter().position(|key| key.id == id), answer) {
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
