//! Single plans, keys and pools, and the parts of an account.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;

use crate::{
    ApiKeyId, Extents, FormerKey, Inventory, InventoryParts, InventorySource, Known, Plan, PlanId, Pool,
    PoolKey, PoolKeyState, Price, StageRef, Strategy, TenantKey,
};

/// Parses a time such as `2026-11-22T18:48:00Z`.
///
/// # Panics
///
/// If the text is not a time.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// The source: keypool's own tables.
fn tables() -> InventorySource {
    let [plans, keys, pools] = ["keypool-plans", "keypool-keys", "keypool-pools"].map(str::to_owned);
    InventorySource::Tables { plans, keys, pools: Some(pools) }
}

/// The parts of an account without plans and keys, whose API keys may not be listed.
pub fn parts() -> InventoryParts {
    InventoryParts {
        source: tables(),
        plans: Vec::new(),
        api_keys: Known::not_allowed("apigateway:GET", "/apikeys"),
        members: BTreeMap::new(),
        tenant_keys: Vec::new(),
        pools: Vec::new(),
        remarks: Vec::new(),
        taken_at: Timestamp::UNIX_EPOCH,
        extents: Extents::default(),
    }
}

/// An account whose API keys may not be listed.
pub fn inventory(plans: Vec<Plan>, tenant_keys: Vec<TenantKey>) -> Inventory {
    Inventory::new(InventoryParts { plans, tenant_keys, ..parts() })
}

/// The ids of the API keys of each plan.
pub fn members(plans: &[(&str, &[&str])]) -> BTreeMap<PlanId, Known<Vec<ApiKeyId>>> {
    let ids = |keys: &[&str]| keys.iter().map(|&key| key.into()).collect::<Vec<_>>().into();
    plans.iter().map(|&(plan, keys)| (plan.into(), ids(keys))).collect()
}

/// A stage of the API `api`.
pub fn stage(name: &str) -> StageRef {
    StageRef { api: "api".to_owned(), stage: name.to_owned() }
}

pub fn tags(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
    tags.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A tenant key named like its id, without value and revision; siloed without a `pool_key`.
pub fn tenant_key(id: &str, plan: &str, tenant: &str, pool_key: Option<&str>) -> TenantKey {
    TenantKey {
        name: id.into(),
        pool_key: pool_key.map(ApiKeyId::from).into(),
        ..TenantKey::new(id, plan, tenant)
    }
}

/// An active pool key.
pub fn pool_key(id: &str, tenants: u32, capacity: u32) -> PoolKey {
    PoolKey {
        api_key: id.into(),
        tenants: tenants.into(),
        capacity: capacity.into(),
        state: PoolKeyState::Active,
        revision: 0,
    }
}

/// A pool that assigns the key with the fewest tenants.
pub fn pool(plan: &str, capacity: u32, keys: Vec<PoolKey>) -> Pool {
    Pool { plan: plan.into(), strategy: Strategy::LeastTenants, capacity: capacity.into(), keys, revision: 1 }
}

/// A note about the siloed tenant key `k1` of acme, which was rotated to `k2`.
pub fn former_key() -> FormerKey {
    FormerKey {
        tenant_key: Some("k1".into()),
        tenant: Some("acme".into()),
        name: "web".to_owned(),
        plan: "p1".into(),
        plan_name: "Silo".to_owned(),
        price: Known::Value(Some(Price::from_cents(4_990))),
        api_key: "k1".into(),
        is_shared: false,
        since: Some(at("2026-10-01T00:00:00Z")),
        until: at("2026-10-30T09:00:00Z"),
        continued_as: Some("k2".into()),
        calls: BTreeMap::from([(date(2026, 10, 1), 120)]),
    }
}
