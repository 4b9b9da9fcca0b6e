//! The pools of a file as they are seen where the file is all there is: counted from the rows.

use std::collections::HashMap;

use super::{MIN_VALUE_LEN, PoolEntry};
use crate::{ApiKeyId, Pool, PoolKey, PoolKeyState, Secret, TenantKey};

/// The most tenant keys behind one API key, where the file does not say.
const DEFAULT_CAPACITY: u32 = 10_000;

/// What a file makes of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilePools {
    /// Its pools.
    pub pools: Vec<Pool>,
    /// The lines of pools with a key whose value is nobody's.
    pub unknown_values: Vec<usize>,
}

/// The pools of a file; `id_of` finds an API key by its value.
pub fn pools_of_file(
    entries: &[PoolEntry],
    rows: &[TenantKey],
    id_of: &dyn Fn(&Secret) -> Option<ApiKeyId>,
) -> FilePools {
    let mut tenants: HashMap<&ApiKeyId, u32> = HashMap::new();
    for api_key in rows.iter().filter_map(TenantKey::known_pool_key) {
        *tenants.entry(api_key).or_default() += 1;
    }
    let mut seen = FilePools::default();
    for entry in entries {
        let capacity = entry.capacity.unwrap_or(DEFAULT_CAPACITY);
        let mut keys: Vec<PoolKey> = Vec::new();
        for named in &entry.api_keys {
            let Some(api_key) = id_of(named).or_else(|| as_api_key_id(named)) else {
                seen.unknown_values.push(entry.line);
                continue;
            };
            let tenants = tenants.get(&api_key).copied().unwrap_or(0);
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
        seen.pools.push(Pool { plan, strategy, capacity: capacity.into(), keys, revision: 0 });
    }
    seen
}

/// What is too long for an id may be a secret, and is never taken for one.
fn as_api_key_id(named: &Secret) -> Option<ApiKeyId> {
    (named.expose().chars().count() < MIN_VALUE_LEN).then(|| ApiKeyId::new(named.expose()))
}
