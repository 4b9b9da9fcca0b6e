//! Pools from a file alone, without a Pools table: the tenants of each key are counted from the tenant keys.

use std::collections::HashMap;

use super::PoolEntry;
use crate::file_error::MIN_VALUE_LEN;
use crate::{ApiKeyId, Pool, PoolKey, PoolKeyState, Secret, TenantKey};

/// Maximum tenant keys per API key if the file gives none.
const DEFAULT_CAPACITY: u32 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilePools {
    pub pools: Vec<Pool>,
    /// The line numbers of pools with a value that no API key has.
    pub lines_with_unknown_values: Vec<usize>,
}

/// Builds the pools; `id_of` finds an API key by its value.
pub fn pools_of_file(
    entries: &[PoolEntry],
    tenant_keys: &[TenantKey],
    id_of: &dyn Fn(&Secret) -> Option<ApiKeyId>,
) -> FilePools {
    let mut tenant_key_counts: HashMap<&ApiKeyId, u32> = HashMap::new();
    for api_key in tenant_keys.iter().filter_map(TenantKey::known_pool_key) {
        *tenant_key_counts.entry(api_key).or_default() += 1;
    }
    let mut result = FilePools::default();
    for entry in entries {
        let capacity = entry.capacity.unwrap_or(DEFAULT_CAPACITY);
        let mut keys: Vec<PoolKey> = Vec::new();
        for id_or_value in &entry.api_keys {
            let Some(api_key) = id_of(id_or_value).or_else(|| as_api_key_id(id_or_value)) else {
                result.lines_with_unknown_values.push(entry.line);
                continue;
            };
            let tenants = tenant_key_counts.get(&api_key).copied().unwrap_or(0);
            if keys.iter().all(|key| key.api_key != api_key) {
                keys.push(PoolKey {
                    api_key,
                    tenants: tenants.into(),
                    capacity: capacity.into(),
                    state: PoolKeyState::Active,
                    revision: 0,
                });
            }
        }
        let (plan, strategy) = (entry.plan.clone(), entry.strategy.unwrap_or_default());
        result.pools.push(Pool { plan, strategy, capacity: capacity.into(), keys, revision: 0 });
    }
    result
}

/// Returns the text as an API key id, unless it is so long that it may be a key value.
fn as_api_key_id(id_or_value: &Secret) -> Option<ApiKeyId> {
    (id_or_value.expose().chars().count() < MIN_VALUE_LEN).then(|| ApiKeyId::new(id_or_value.expose()))
}
