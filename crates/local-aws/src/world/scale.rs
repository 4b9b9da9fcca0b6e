//! A generated world with the given numbers of plans, API keys and tenant keys, evenly distributed.
//!
//! Every fourth plan is siloed, with one tenant key per API key. The others are pooled, and share the remaining tenant
//! keys. With fewer tenants than siloed keys, all plans are pooled. Without plans or API keys there are no tenant keys.

use super::builder::{Author, PlanSpec, TenantKeySpec, WorldBuilder, keypool_tags};
use super::history;
use super::protected_api::ProtectedApiSpec;
use crate::quota::Period;
use crate::state::Tags;

const API: &str = "s9c4l1e8ap";
const STAGE: &str = "prod";
const SILOED_EVERY: usize = 4;
/// Number of API keys with a usage history: a history for all would slow down the start.
const KEYS_WITH_HISTORY: usize = 300;

struct Key {
    id: String,
    plan_id: String,
    plan_number: usize,
    tenants: u32,
}

impl Key {
    fn is_siloed(&self) -> bool {
        self.plan_number % SILOED_EVERY == SILOED_EVERY - 1
    }
}

pub(super) fn build(builder: &mut WorldBuilder<'_>, plans: u32, keys: u32, tenants: u32) {
    let created = builder.days_ago(120);
    let api = ProtectedApiSpec { id: API, name: "ScaleAPI", stage: STAGE, path_part: "api", created };
    builder.account.rest_apis.insert(api.to_rest_api());
    let plan_ids: Vec<String> = (0..plans as usize).map(|number| padded_id('p', number, 6)).collect();
    for (number, id) in plan_ids.iter().enumerate() {
        add_plan(builder, number, id);
    }
    if plan_ids.is_empty() {
        return;
    }
    let mut keys: Vec<Key> = (0..keys as usize).map(|number| key(number, &plan_ids)).collect();
    let (siloed_count, pooled_count) = split_tenants(&keys, tenants as usize);
    add_api_keys(builder, &keys);
    add_tenant_keys(builder, &mut keys, siloed_count, pooled_count);
    add_pools(builder, &plan_ids, &keys, siloed_count > 0);
}

fn add_plan(builder: &mut WorldBuilder<'_>, number: usize, id: &str) {
    builder.add_plan(&PlanSpec {
        id,
        name: &format!("Plan{number:03}"),
        description: "One of many",
        rate: 100.0,
        burst: 50,
        listed_limit: 5_000,
        enforced_limit: 5_000,
        period: Period::Month,
        price: "10",
        api_stage: (API, STAGE),
    });
}

fn key(number: usize, plan_ids: &[String]) -> Key {
    let plan_number = number % plan_ids.len();
    Key { id: padded_id('k', number, 10), plan_id: plan_ids[plan_number].clone(), plan_number, tenants: 0 }
}

/// Returns the numbers of siloed and of pooled tenant keys.
fn split_tenants(keys: &[Key], tenants: usize) -> (usize, usize) {
    let siloed = keys.iter().filter(|key| key.is_siloed()).count();
    if siloed <= tenants { (siloed, tenants - siloed) } else { (0, tenants) }
}

fn add_api_keys(builder: &mut WorldBuilder<'_>, keys: &[Key]) {
    for (number, key) in keys.iter().enumerate() {
        let tags = Tags::from([("keypool:plan".to_owned(), key.plan_id.clone())]);
        builder.add_api_key(&key.id, &format!("key {number}"), &key.plan_id, tags, builder.days_ago(90));
        if number < KEYS_WITH_HISTORY {
            history::record_usage(builder, &key.plan_id, &key.id, 20 + (number as i64 % 7) * 25);
        }
    }
}

fn add_tenant_keys(
    builder: &mut WorldBuilder<'_>,
    keys: &mut [Key],
    siloed_count: usize,
    pooled_count: usize,
) {
    let siloed_keys: Vec<usize> =
        (0..keys.len()).filter(|index| siloed_count > 0 && keys[*index].is_siloed()).collect();
    let pool_keys: Vec<usize> =
        (0..keys.len()).filter(|index| siloed_count == 0 || !keys[*index].is_siloed()).collect();
    let pool_key_per_tenant =
        pool_keys.iter().cycle().take(if pool_keys.is_empty() { 0 } else { pooled_count });
    for (number, index) in siloed_keys.iter().chain(pool_key_per_tenant).enumerate() {
        let key = &mut keys[*index];
        let owner = format!("tenant-{number:06}");
        let is_siloed = number < siloed_keys.len();
        if is_siloed && let Some(api_key) = builder.account.api_key_mut(&key.id) {
            api_key.tags = keypool_tags(&owner, &key.plan_id, &key.id);
        }
        key.tenants += 1;
        let id = if is_siloed { key.id.clone() } else { padded_id('r', number, 10) };
        builder.add_tenant_key(&TenantKeySpec {
            id: &id,
            plan_id: &key.plan_id,
            name: &format!("app-{number:06}"),
            owner: &owner,
            api_key: &key.id,
            author: Author::Keypool,
            created: builder.days_ago(60),
        });
    }
}

fn add_pools(builder: &mut WorldBuilder<'_>, plan_ids: &[String], keys: &[Key], has_siloed_plans: bool) {
    for plan_id in plan_ids {
        let in_pool =
            keys.iter().filter(|key| &key.plan_id == plan_id && !(has_siloed_plans && key.is_siloed()));
        let pool: Vec<(String, u32)> = in_pool.map(|key| (key.id.clone(), key.tenants)).collect();
        if let Some(max_tenants) = pool.iter().map(|(_, tenants)| *tenants).max() {
            builder.add_pool(plan_id, max_tenants.max(1) * 2, &pool);
        }
    }
}

/// Returns the letter and the number, padded with zeros to `length` characters in all.
fn padded_id(letter: char, number: usize, length: usize) -> String {
    format!("{letter}{number:0>width$}", width = length - 1)
}
