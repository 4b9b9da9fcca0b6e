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
    use keypool_domain::InventoryParts;
    use keypool_domain::testing::{self, pool_key};

    use super::*;

    #[test]
    fn the_number_of_tenants_is_the_larger_of_counter_and_references() {
        let pool = testing::pool("p", 10, vec![pool_key("a", 1, 10), pool_key("b", 3, 10)]);
        let tenant_key = |id: &str, pool_key: &str| testing::tenant_key(id, "p", "acme", Some(pool_key));
        let inventory = Inventory::new(InventoryParts {
            tenant_keys: vec![tenant_key("r1", "a"), tenant_key("r2", "a"), tenant_key("r3", "b")],
            pools: vec![pool.clone()],
            ..testing::parts()
        });
        let tenants: Vec<_> = PoolRecord::new(&pool, &inventory, RecordFormat::Json)
            .keys
            .into_iter()
            .map(|key| key.tenants)
            .collect();
        assert_eq!(tenants, [2, 3]);
    }
}
