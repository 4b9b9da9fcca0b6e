//! Steps, refusals and affected tenants of each change.

mod api;
mod api_key_copies;
mod customer;
mod deletions;
mod describe;
mod ends;
mod extend;
mod fixes;
mod import;
mod keys;
mod old_keys;
mod own_tenant_key_of_pool_key;
mod plans;
mod pool_items;
mod pools;
mod properties;
mod refusals;
mod rotation;
mod transfers;
mod unknown;
mod without_tables;

use crate::limits::MAX_API_KEYS;
use std::collections::BTreeMap;

use super::*;
use crate::key::tag;
use crate::step::{KeyOrigin, KeyRef, NewApiKey, NewPool, Step};
use crate::testing::{self, members, pool, pool_key};
use crate::{
    ApiKey, Edit, FormerApiKey, InventoryParts, Known, NewTenantKey, Plan, PlanEdit, PoolKeyState, Secret,
    StageRef, Strategy, TenantKeyId,
};

fn plan(id: &str) -> Plan {
    Plan::new(id, format!("{id}-plan")).with_price_list_entry(None, None)
}

fn api_key(id: &str, enabled: bool) -> ApiKey {
    let name = format!("name of {id}");
    ApiKey { description: format!("about {id}"), enabled, ..ApiKey::new(id, name) }
}

fn tenant_key(id: &str, plan: &str, tenant: &str, pool_key: Option<&str>) -> TenantKey {
    TenantKey {
        name: format!("{id}-name").into(),
        ..testing::tenant_key(id, plan, tenant, pool_key).with_attributes(|its| its.revision = Some(3))
    }
}

/// `silo` has siloed keys, `other` has none. `free` has one pool key with capacity 3, used by acme and globex. `shard`
/// has two with capacity 5: four tenant keys use the first, and none uses the second.
fn parts() -> InventoryParts {
    let live = ["k1", "spare", "p1", "b1", "b2"].map(|id| api_key(id, true));
    InventoryParts {
        plans: ["silo", "other", "free", "shard"].map(plan).to_vec(),
        api_keys: Known::Value(live.into_iter().chain([api_key("off", false)]).collect()),
        members: members(&[
            ("silo", &["k1", "off", "spare"]),
            ("other", &[]),
            ("free", &["p1"]),
            ("shard", &["b1", "b2"]),
        ]),
        tenant_keys: vec![
            tenant_key("k1", "silo", "acme", None),
            tenant_key("off", "silo", "acme", None),
            tenant_key("gone", "silo", "initech", None),
            tenant_key("r1", "free", "acme", Some("p1")),
            tenant_key("r2", "free", "globex", Some("p1")),
            tenant_key("s1", "shard", "acme", Some("b1")),
            tenant_key("s2", "shard", "globex", Some("b1")),
            tenant_key("s3", "shard", "acme", Some("b1")),
            tenant_key("s4", "shard", "initech", Some("b1")),
        ],
        pools: vec![
            pool("free", 3, vec![pool_key("p1", 2, 3)]),
            pool("shard", 5, vec![pool_key("b1", 4, 5), pool_key("b2", 0, 5)]),
        ],
        ..testing::parts()
    }
}

fn inventory() -> Inventory {
    Inventory::new(parts())
}

/// The same inventory with a difference.
fn inventory_with(difference: impl FnOnce(&mut InventoryParts)) -> Inventory {
    let mut parts = parts();
    difference(&mut parts);
    Inventory::new(parts)
}

/// The same inventory in an account without room for another API key.
fn full_account() -> Inventory {
    inventory_with(|parts| {
        let more = (0..MAX_API_KEYS).map(|n| api_key(&format!("x{n}"), true));
        parts.api_keys.value_mut().expect("listed").extend(more);
        parts.api_keys.value_mut().expect("listed").truncate(MAX_API_KEYS);
    })
}

fn ids<T: for<'a> From<&'a str>>(ids: &[&str]) -> Vec<T> {
    ids.iter().map(|&id| T::from(id)).collect()
}

fn new_keys(plan: &str, count: u32) -> NewTenantKeys {
    let key = NewTenantKey {
        plan: plan.into(),
        tenant: "acme".into(),
        name: "web".into(),
        description: String::new(),
        enabled: true,
        expires_at: None,
    };
    NewTenantKeys { template: key, count }
}

fn create(plan: &str, count: u32) -> Change {
    Change::Create(new_keys(plan, count))
}

fn edit(tenant_key: &str, edit: Edit) -> Change {
    Change::Edit { tenant_key: tenant_key.into(), edit }
}

fn rotate_pool_key(id: &str, grace: u64) -> Change {
    Change::RotatePoolKey { api_key: id.into(), grace }
}

fn change_plan(tenant_key: &str, plan: &str) -> Change {
    Change::ChangePlan { tenant_keys: ids(&[tenant_key]), plan: plan.into(), other_plans: OtherPlans::Refuse }
}

fn create_pool(plan: &str, api_keys: &[&str], capacity: u32) -> Change {
    let api_keys = ids(api_keys);
    let strategy = Strategy::Sticky;
    Change::CreatePool(NewPoolRequest { plan: plan.into(), api_keys, new_keys: 0, strategy, capacity })
}

fn set_pool(plan: &str, strategy: Option<Strategy>, capacity: Option<u32>) -> Change {
    Change::SetPool { plan: plan.into(), strategy, capacity }
}

fn grow(plan: &str, count: u32) -> Change {
    Change::Grow { plan: plan.into(), count }
}

/// A deleted API key that was in these plans.
fn former_api_key(name: &str, plans: &[&str]) -> FormerApiKey {
    FormerApiKey { name: name.to_owned(), ..FormerApiKey::new(&api_key("former", true), &ids(plans)) }
}

fn restore(tenant_key: TenantKey) -> Change {
    let api_key = former_api_key(&tenant_key.name, &[tenant_key.plan.as_str()]);
    Change::restore(tenant_key, Secret::new("its value"), api_key)
}

fn steps_in(inventory: &Inventory, change: &Change) -> Vec<Vec<Step>> {
    change.units(inventory).expect("steps").into_iter().map(|unit| unit.steps).collect()
}

fn steps(change: &Change) -> Vec<Vec<Step>> {
    steps_in(&inventory(), change)
}

fn described_steps_in(inventory: &Inventory, change: &Change) -> Vec<String> {
    let mut units = steps_in(inventory, change);
    assert_eq!(units.len(), 1, "{units:?}");
    units.remove(0).iter().map(|step| step.describe(inventory)).collect()
}

fn described_steps(change: &Change) -> Vec<String> {
    described_steps_in(&inventory(), change)
}

fn refusal_in(inventory: &Inventory, change: &Change) -> String {
    change.units(inventory).expect_err("the change is refused").to_string()
}

fn refusal(change: &Change) -> String {
    refusal_in(&inventory(), change)
}
