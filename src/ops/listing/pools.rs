//! The record of a pool.

use keypool_domain::{Inventory, Pool};
use serde_json::Value;

use super::format::RecordFormat;
use super::record::records;

records! {
    pub(crate) struct PoolRecord<'a> {
        plan_id: &'a str,
        plan: &'a str => "plan",
        strategy: &'static str => "strategy",
        capacity: Value,
        keys: Vec<PoolKeyRecord<'a>>,
    }

    struct PoolKeyRecord<'a> {
        api_key_id: &'a str => "api key",
        /// The larger of the counter and the number of tenant keys that refer to it.
        tenants: Value => "tenants",
        capacity: Value => "capacity",
        state: &'static str => "state",
    }
}

impl<'a> PoolRecord<'a> {
    pub(crate) fn new(pool: &'a Pool, inventory: &'a Inventory, format: RecordFormat) -> Self {
        let keys = pool.keys.iter().map(|key| PoolKeyRecord {
            api_key_id: key.api_key.as_str(),
            tenants: format.value_or_mark(&inventory.pool_key_with_actual_count(key).tenants),
            capacity: format.value_or_mark(&key.capacity),
            state: key.state.as_str(),
        });
        Self {
            plan_id: pool.plan.as_str(),
            plan: inventory.plan_name(&pool.plan),
            strategy: pool.strategy.as_str(),
            capacity: format.value_or_mark(&pool.capacity),
            keys: keys.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use keypool_domain::{InventoryParts, Known, PoolKey, PoolKeyState, Strategy, TenantKey};

    use super::*;

    #[test]
    fn the_number_of_tenants_is_the_larger_of_counter_and_references() {
        let key = |id: &str, tenants: u32| PoolKey {
            api_key: id.into(),
            tenants: tenants.into(),
            capacity: 10.into(),
            state: PoolKeyState::Active,
            revision: 0,
        };
        let pool = Pool {
            plan: "p".into(),
            strategy: Strategy::LeastTenants,
            capacity: 10.into(),
            keys: vec![key("a", 1), key("b", 3)],
            revision: 1,
        };
        let tenant_key = |id: &str, pool_key: &str| TenantKey {
            pool_key: Some(pool_key.into()).into(),
            ..TenantKey::new(id, "p", "acme")
        };
        let inventory = Inventory::new(InventoryParts {
            plans: Vec::new(),
            api_keys: Known::Value(Vec::new()),
            members: BTreeMap::new(),
            tenant_keys: vec![tenant_key("r1", "a"), tenant_key("r2", "a"), tenant_key("r3", "b")],
            pools: vec![pool.clone()],
            remarks: Vec::new(),
            taken_at: jiff::Timestamp::UNIX_EPOCH,
        });
        let tenants: Vec<_> = PoolRecord::new(&pool, &inventory, RecordFormat::Json)
            .keys
            .into_iter()
            .map(|key| key.tenants)
            .collect();
        assert_eq!(tenants, [2, 3]);
    }
}
