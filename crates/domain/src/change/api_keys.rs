//! The API keys that a change is about.

use std::collections::BTreeSet;

use crate::{ApiKeyId, Inventory};

use super::Change;

impl Change {
    /// The API keys that there are and that it disables, enables, replaces, moves or deletes, each once.
    pub fn api_keys(&self, inventory: &Inventory) -> Vec<ApiKeyId> {
        let own = match self {
            Self::RotatePoolKey { api_key, .. } | Self::Retire(api_key) | Self::Drain(api_key) => {
                vec![api_key.clone()]
            }
            Self::DissolvePool(plan) | Self::Rebalance(plan) => {
                let keys = inventory.pool(plan).map(|pool| pool.keys.iter().map(|key| key.api_key.clone()));
                keys.into_iter().flatten().collect()
            }
            _ => Vec::new(),
        };
        let mut seen = BTreeSet::new();
        let of_rows = self.rows(inventory).into_iter().filter_map(|row| row.api_key().into_result().ok());
        let all = own.into_iter().chain(of_rows);
        all.filter(|api_key| seen.insert(api_key.clone())).collect()
    }
}
