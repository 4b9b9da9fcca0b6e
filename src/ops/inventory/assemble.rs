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
        None => pools(tables.pools, &rows, &mut remarks),
    };
    let ids = |members: Vec<Member>| members.into_iter().map(|member| member.api_key).collect();
    let members = gateway.members.into_iter().map(|(plan, keys)| (plan, keys.map(ids))).collect();
    Parts { plans, api_keys: gateway.api_keys, members, rows, pools, remarks, taken_at }
}

fn pools(read: PoolsRead, rows: &[TenantKey], remarks: &mut Vec<String>) -> Vec<Pool> {
    let mut tenants: HashMap<&ApiKeyId, u32> = HashMap::new();
    for api_key in rows.iter().filter_map(TenantKey::referred) {
        *tenants.entry(api_key).or_default() += 1;
    }
    let mut uncounted = Vec::new();
    let mut counter = |pool: &PoolItem, id: &ApiKeyId| {
        read.counters.get(id).cloned().unwrap_or_else(|| {
            uncounted.push(id.clone());
            let tenants = tenants.get(id).copied().unwrap_or(0);
            PoolKey {
                api_key: id.clone(),
                tenants,
                capacity: pool.capacity,
                state: PoolKeyState::Active,
                revision: 0,
            }
        })
    };
    let pools = read.pools.iter().map(|pool| Pool {
        plan: pool.plan.clone(),
        strategy: pool.strategy,
        capacity: pool.capacity,
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
    use keypool_domain::{Secret, Strategy};

    use super::*;

    fn row(id: &str, pool_key: Option<&str>, value: Option<&str>) -> TenantKey {
        TenantKey {
            id: id.into(),
            plan: "p".into(),
            name: String::new(),
            description: String::new(),
            enabled: true.into(),
            tenant: "t".into(),
            pool_key: pool_key.map(Into::into).into(),
            value: value.map(Secret::new).into(),
            created_at: None,
            revision: None,
        }
    }

    #[test]
    fn a_pool_key_without_a_counter_is_counted_by_its_rows_and_remarked_on() {
        let counter = PoolKey {
            api_key: "a".into(),
            tenants: 7,
            capacity: 9,
            state: PoolKeyState::Draining,
            revision: 0,
        };
        let pool = PoolItem {
            plan: "p".into(),
            strategy: Strategy::Random,
            capacity: 5,
            api_keys: vec!["a".into(), "b".into()],
            revision: 2,
        };
        let read = PoolsRead {
            pools: vec![pool],
            counters: HashMap::from([("a".into(), counter.clone())]),
            ..PoolsRead::default()
        };
        let mut remarks = Vec::new();
        let rows = [row("1", Some("b"), None), row("2", Some("b"), None), row("3", Some("a"), None)];
        let pools = pools(read, &rows, &mut remarks);
        let uncounted = PoolKey {
            api_key: "b".into(),
            tenants: 2,
            capacity: 5,
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
