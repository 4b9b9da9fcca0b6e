//! What was read, put together: shop windows to their plans, counters to their pools, rows to the keys they refer to.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use keypool_domain::change::counted;
use keypool_domain::{
    ApiKey, ApiKeyId, Parts, Plan, PlanId, Pool, PoolKey, PoolKeyState, ShopWindow, TenantKey,
};

use super::listed_pools::ListedPools;
use crate::aws::{Member, PoolItem, PoolsRead};

/// What API Gateway told.
pub(super) struct FromGateway {
    pub(super) plans: Vec<Plan>,
    pub(super) api_keys: Option<Vec<ApiKey>>,
    pub(super) members: Vec<(PlanId, Vec<Member>)>,
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
    refer_by_value(&mut rows, gateway.api_keys.as_deref().unwrap_or_default(), &gateway.members);
    let mut remarks = gateway.remarks;
    remarks.extend(tables.remarks);
    let pools = match &tables.listed {
        Some(list) => list.pools(&rows, &gateway.members, &mut remarks),
        None => pools(tables.pools, &rows, &mut remarks),
    };
    let ids = |members: Vec<Member>| members.into_iter().map(|member| member.api_key).collect();
    let members: BTreeMap<_, _> = gateway.members.into_iter().map(|(plan, keys)| (plan, ids(keys))).collect();
    Parts { plans, api_keys: gateway.api_keys, members, rows, pools, remarks, taken_at }
}

/// The sample application's references hold only the value of the shared key: they are recognised by it.
fn refer_by_value(rows: &mut [TenantKey], api_keys: &[ApiKey], members: &[(PlanId, Vec<Member>)]) {
    let members = members.iter().flat_map(|(_, members)| members);
    // Either list may be one that may not be read.
    let own = api_keys.iter().map(|key| &key.id).chain(members.clone().map(|member| &member.api_key));
    let own: HashSet<&str> = own.map(ApiKeyId::as_str).collect();
    let by_value: HashMap<&str, &ApiKeyId> =
        members.filter_map(|member| Some((member.value.as_ref()?.expose(), &member.api_key))).collect();
    for row in rows.iter_mut().filter(|row| row.pool_key.is_none() && !own.contains(row.id.as_str())) {
        let shared = row.value.as_ref().and_then(|value| by_value.get(value.expose()));
        row.pool_key = shared.map(|&id| id.clone());
    }
}

fn pools(read: PoolsRead, rows: &[TenantKey], remarks: &mut Vec<String>) -> Vec<Pool> {
    let mut tenants: HashMap<&ApiKeyId, u32> = HashMap::new();
    for api_key in rows.iter().filter_map(|row| row.pool_key.as_ref()) {
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
            pool_key: pool_key.map(Into::into),
            value: value.map(Secret::new),
            created_at: None,
            revision: None,
        }
    }

    fn api_key(id: &str) -> ApiKey {
        ApiKey {
            id: id.into(),
            name: String::new(),
            description: String::new(),
            enabled: true,
            created_at: None,
            customer_id: None,
            tags: BTreeMap::new(),
        }
    }

    #[test]
    fn references_without_a_pool_key_are_recognised_by_value_and_no_others() {
        let member = |id: &str, value: &str| Member { api_key: id.into(), value: Some(Secret::new(value)) };
        let gateway = FromGateway {
            plans: Vec::new(),
            api_keys: Some(vec![api_key("own"), api_key("shared")]),
            members: vec![("p".into(), vec![member("shared", "s"), member("own", "o")])],
            remarks: Vec::new(),
        };
        let rows = vec![
            row("own", None, Some("o")),
            row("ref", None, Some("s")),
            row("said", Some("k"), Some("s")),
            row("lost", None, Some("x")),
            row("mute", None, None),
        ];
        let tables = FromTables {
            rows,
            shop_windows: HashMap::new(),
            pools: PoolsRead::default(),
            listed: None,
            remarks: Vec::new(),
        };
        let parts = parts(gateway, tables, Timestamp::UNIX_EPOCH);
        let refers: Vec<_> =
            parts.rows.iter().map(|row| row.pool_key.as_ref().map(ApiKeyId::as_str)).collect();
        assert_eq!(refers, [None, Some("shared"), Some("k"), None, None]);
        assert_eq!(parts.members[&"p".into()], ["shared".into(), "own".into()]);
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
