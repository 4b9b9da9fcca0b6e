//! What was read, put together: shop windows to their plans, counters to their pools, rows to the keys they refer to.

use std::collections::HashMap;

use jiff::Timestamp;
use keypool_domain::change::counted;
use keypool_domain::{
    ApiKey, ApiKeyId, Known, Parts, Plan, PlanId, Pool, PoolKey, PoolKeyState, ShopWindow, TenantKey,
};

use super::Members;
use super::listed_pools::ListedPools;
use super::references::Seen;
use crate::aws::{Member, PoolItem, PoolsRead};

/// What API Gateway told.
pub(super) struct FromGateway {
    pub(super) plans: Vec<Plan>,
    pub(super) api_keys: Known<Vec<ApiKey>>,
    pub(super) members: Members,
    pub(super) remarks: Vec<String>,
}

/// What the tables hold.
pub(super) struct FromTables {
    pub(super) rows: Vec<TenantKey>,
    pub(super) shop_windows: HashMap<PlanId, ShopWindow>,
    pub(super) pools: PoolsRead,
    /// The pools of a list, where there is no table.
    pub(super) listed: Option<ListedPools>,
    pub(super) remarks: Vec<String>,
}

pub(super) fn parts(gateway: FromGateway, mut tables: FromTables, taken_at: Timestamp) -> Parts {
    let mut plans = gateway.plans;
    for plan in &mut plans {
        plan.shop_window = tables.shop_windows.remove(&plan.id);
    }
    let mut rows = tables.rows;
    let seen = Seen::new(&gateway.api_keys, &gateway.members);
    seen.resolve(&mut rows);
    let mut remarks = gateway.remarks;
    remarks.extend(tables.remarks);
    let pools = match &tables.listed {
        Some(list) => list.pools(&rows, &seen, &mut remarks),
        None => pools(tables.pools, &mut remarks),
    };
    let ids = |members: Vec<Member>| members.into_iter().map(|member| member.api_key).collect();
    let members = gateway.members.into_iter().map(|(plan, keys)| (plan, keys.map(ids))).collect();
    Parts { plans, api_keys: gateway.api_keys, members, rows, pools, remarks, taken_at }
}

fn pools(read: PoolsRead, remarks: &mut Vec<String>) -> Vec<Pool> {
    let mut uncounted = Vec::new();
    let mut counter = |pool: &PoolItem, id: &ApiKeyId| {
        read.counters.get(id).cloned().unwrap_or_else(|| {
            uncounted.push(id.clone());
            PoolKey {
                api_key: id.clone(),
                tenants: Known::unreadable(format!("item key#{id} is missing"), "the Pools table"),
                capacity: pool.capacity.clone(),
                state: PoolKeyState::Active,
                revision: 0,
            }
        })
    };
    let pools = read.pools.iter().map(|pool| Pool {
        plan: pool.plan.clone(),
        strategy: pool.strategy,
        capacity: pool.capacity.clone(),
        keys: pool.api_keys.iter().map(|id| counter(pool, id)).collect(),
        revision: pool.revision,
    });
    let pools = pools.collect();
    if let Some(first) = uncounted.first() {
        let keys = counted(uncounted.len(), "pool key");
        remarks.push(format!(
            "{keys} without a counter in the Pools table, first {first}: they take no new tenants"
        ));
    }
    pools
}

#[cfg(test)]
mod tests {
    use keypool_domain::Strategy;

    use super::*;

    #[test]
    fn a_pool_key_without_a_counter_has_a_number_of_tenants_that_is_not_known_and_is_remarked_on() {
        let counter = PoolKey {
            api_key: "a".into(),
            tenants: 7.into(),
            capacity: 9.into(),
            state: PoolKeyState::Draining,
            revision: 0,
        };
        let pool = PoolItem {
            plan: "p".into(),
            strategy: Strategy::Random,
            capacity: 5.into(),
            api_keys: vec!["a".into(), "b".into()],
            revision: 2,
        };
        let read = PoolsRead {
            pools: vec![pool],
            counters: HashMap::from([("a".into(), counter.clone())]),
            ..PoolsRead::default()
        };
        let mut remarks = Vec::new();
        let pools = pools(read, &mut remarks);
        let uncounted = PoolKey {
            api_key: "b".into(),
            tenants: Known::unreadable("item key#b is missing", "the Pools table"),
            capacity: 5.into(),
            state: PoolKeyState::Active,
            revision: 0,
        };
        assert_eq!(pools[0].keys, [counter, uncounted]);
        assert_eq!(
            remarks,
            ["1 pool key without a counter in the Pools table, first b: they take no new tenants"]
        );
    }
}
