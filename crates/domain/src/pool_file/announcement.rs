//! Announces the import of a pool file.

use std::collections::BTreeSet;

use crate::managed::is_managed;
use crate::step::KeyRef;
use crate::text::pluralize;
use crate::{
    AffectedPlan, AnnouncedUnit, Announcement, ApiKeyId, Change, Inventory, Mode, PlanChange, Step, Tenant,
    TenantKeyId,
};

use super::PlannedPool;

/// Announces all pools that change, with the plans that the import adopts.
pub fn announcement(pools: &[PlannedPool], inventory: &Inventory) -> Announcement {
    let changed_pools: Vec<&PlannedPool> = pools.iter().filter(|pool| !pool.is_unchanged()).collect();
    let adoptions = adoptions(pools, inventory);
    let adoptions = adoptions.iter().filter_map(|change| Announcement::new(change, inventory).ok());
    let pool_announcements = changed_pools.iter().map(|pool| announce_pool(pool, pools, inventory));
    let sentence = match changed_pools.len() {
        0 => "nothing would change".to_owned(),
        count => format!("import {}", pluralize(count, "pool")),
    };
    let mut merged = Announcement::merge(sentence, adoptions.chain(pool_announcements));
    merged.needs_confirmation = !changed_pools.is_empty();
    merged
}

/// Changes that adopt unmanaged plans before they get a pool.
pub fn adoptions(pools: &[PlannedPool], inventory: &Inventory) -> Vec<Change> {
    let changed_pools = pools.iter().filter(|pool| !pool.is_unchanged()).map(|pool| &pool.after.plan);
    let unmanaged = changed_pools.filter(|plan| is_managed(plan, inventory).is_known_to_be(&false));
    unmanaged.map(|plan| PlanChange::Adopt { plan: plan.clone(), entry: None }.into()).collect()
}

/// Describes the steps of one pool's import.
pub fn describe_steps(pool: &PlannedPool, pools: &[PlannedPool], inventory: &Inventory) -> Vec<String> {
    let plan = &pool.after.plan;
    let item_writes = pool.after.keys.iter().filter(|key| !inventory.is_in_keys_table(&key.api_key));
    let item_writes = item_writes.map(|key| {
        Step::WritePoolItem { plan: plan.clone(), api_key: KeyRef::Existing(key.api_key.clone()) }
            .describe(inventory)
    });
    let keys: Vec<_> = pool.after.keys.iter().map(|key| key.api_key.as_str()).collect();
    let verb = if pool.before.is_some() { "replace" } else { "create" };
    let capacity = pool.after.capacity.value_to_show().map_or_else(|| "?".to_owned(), u32::to_string);
    let write_pool = format!(
        "{verb} the pool of {} with {}: {} tenants each, {}",
        inventory.plan_name(plan),
        keys.join(", "),
        capacity,
        pool.after.strategy
    );
    let is_in_file = |id: &ApiKeyId| pools.iter().any(|planned| planned.after.pool_key(id).is_some());
    let removed_items = pool.removed_keys().map(|key| &key.api_key);
    let removed_items = removed_items.filter(|id| !is_in_file(id) && inventory.pool_item(id).is_some());
    let item_deletions = removed_items.map(|id| Step::DeletePoolItem(id.clone()).describe(inventory));
    item_writes.chain([write_pool]).chain(item_deletions).collect()
}

fn announce_pool(pool: &PlannedPool, pools: &[PlannedPool], inventory: &Inventory) -> Announcement {
    let id = &pool.after.plan;
    let name = inventory.plan_name(id).to_owned();
    let tenants: BTreeSet<&Tenant> = inventory.tenants_of_plan(id).into_iter().collect();
    Announcement {
        summary: String::new(),
        units: vec![AnnouncedUnit {
            subject: format!("pool of {name}"),
            steps: describe_steps(pool, pools, inventory),
        }],
        tenants: tenants.into_iter().cloned().collect(),
        stages: inventory.plan(id).map(|plan| plan.stages.clone()).unwrap_or_default(),
        plans: vec![AffectedPlan { id: id.clone(), name }],
        cautions: cautions(pool, inventory),
        needs_confirmation: true,
    }
}

/// One warning for each tenant whose own API key becomes shared.
fn cautions(pool: &PlannedPool, inventory: &Inventory) -> Vec<String> {
    let tenant_keys = pool
        .after
        .keys
        .iter()
        .filter_map(|key| inventory.tenant_key(&TenantKeyId::new(key.api_key.as_str())));
    let own_keys = tenant_keys.filter(|tenant_key| !tenant_key.mode().is_known_to_be(&Mode::Pooled));
    own_keys
        .map(|tenant_key| {
            format!(
                "API key {} is {}'s own key (\"{}\"): deleting it would remove it from the whole pool",
                tenant_key.id, tenant_key.tenant, tenant_key.name
            )
        })
        .collect()
}
