//! Assembles the inventory: price-list entries go to their plans, counters to their pools, tenant keys
//! to the API keys they refer to.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::text::pluralize;
use keypool_domain::{
    ApiKey, ApiKeyId, Extents, InventoryParts, InventorySource, Known, Plan, PlanId, Pool, PoolKey,
    PoolKeyState, PriceListEntry, TenantKey, Unknown,
};

use super::membership::{PlanMembers, member_ids};
use super::pool_list::PoolList;
use super::references::ApiKeyIndex;
use crate::aws::{PoolItem, PoolTableItems};

#[derive(Clone)]
pub(super) struct GatewayParts {
    pub(super) plans: Vec<Plan>,
    /// Why plans are missing; `None` if all are there.
    pub(super) unreadable_plans: Option<Unknown>,
    pub(super) api_keys: Known<Vec<ApiKey>>,
    pub(super) members: PlanMembers,
    pub(super) remarks: Vec<String>,
}

#[derive(Clone)]
pub(super) struct TableParts {
    pub(super) source: InventorySource,
    pub(super) tenant_keys: Vec<TenantKey>,
    pub(super) price_list: HashMap<PlanId, PriceListEntry>,
    /// Shared with the inventories that were shown before.
    pub(super) pools: Arc<PoolTableItems>,
    /// The pools of a file or SSM parameter, if there is no Pools table.
    pub(super) pool_list: Option<PoolList>,
    pub(super) remarks: Vec<String>,
}

pub(super) fn assemble_parts(
    gateway: GatewayParts,
    mut tables: TableParts,
    taken_at: Timestamp,
) -> InventoryParts {
    let mut plans = gateway.plans;
    for plan in &mut plans {
        plan.price_list_entry = tables.price_list.remove(&plan.id);
    }
    let mut tenant_keys = tables.tenant_keys;
    let index = ApiKeyIndex::new(&gateway.api_keys, &gateway.members, gateway.unreadable_plans.as_ref());
    index.resolve_references(&mut tenant_keys);
    let mut remarks = gateway.remarks;
    remarks.extend(tables.remarks);
    let pools = match &tables.pool_list {
        Some(list) => list.pools(&tenant_keys, &index, &mut remarks),
        None => assemble_pools(&tables.pools, &mut remarks),
    };
    let members = gateway.members.iter().map(|(plan, keys)| (plan.clone(), member_ids(keys))).collect();
    InventoryParts {
        source: tables.source,
        plans,
        api_keys: gateway.api_keys,
        members,
        tenant_keys,
        pools,
        remarks,
        taken_at,
        extents: Extents::default(),
    }
}

fn assemble_pools(items: &PoolTableItems, remarks: &mut Vec<String>) -> Vec<Pool> {
    let mut keys_without_counter = Vec::new();
    let mut counter = |pool: &PoolItem, id: &ApiKeyId| {
        items.counters.get(id).cloned().unwrap_or_else(|| {
            keys_without_counter.push(id.clone());
            PoolKey {
                api_key: id.clone(),
                tenants: Known::unreadable(format!("item key#{id} is missing"), "the Pools table"),
                capacity: pool.capacity.clone(),
                state: PoolKeyState::Active,
                revision: 0,
            }
        })
    };
    let pools = items.pools.iter().map(|pool| Pool {
        plan: pool.plan.clone(),
        strategy: pool.strategy,
        capacity: pool.capacity.clone(),
        keys: pool.api_keys.iter().map(|id| counter(pool, id)).collect(),
        revision: pool.revision,
    });
    let pools = pools.collect();
    if let Some(first) = keys_without_counter.first() {
        let keys = pluralize(keys_without_counter.len(), "pool key");
        remarks.push(format!(
            "{keys} without a counter in the Pools table, first {first}: they take no new tenants"
        ));
    }
    pools
}

#[cfg(test)]
mod tests {
    use keypool_domain::Strategy;
    use keypool_domain::testing::pool_key;

    use super::*;

    #[test]
    fn a_pool_key_without_a_counter_has_an_unknown_tenant_count_and_a_remark() {
        let counter = PoolKey { state: PoolKeyState::Draining, ..pool_key("a", 7, 9) };
        let pool = PoolItem {
            plan: "p".into(),
            strategy: Strategy::Random,
            capacity: 5.into(),
            api_keys: vec!["a".into(), "b".into()],
            revision: 2,
        };
        let items = PoolTableItems {
            pools: vec![pool],
            counters: HashMap::from([("a".into(), counter.clone())]),
            ..PoolTableItems::default()
        };
        let mut remarks = Vec::new();
        let pools = assemble_pools(&items, &mut remarks);
        let without_counter = PoolKey {
            tenants: Known::unreadable("item key#b is missing", "the Pools table"),
            ..pool_key("b", 0, 5)
        };
        assert_eq!(pools[0].keys, [counter, without_counter]);
        assert_eq!(
            remarks,
            ["1 pool key without a counter in the Pools table, first b: they take no new tenants"]
        );
    }
}
