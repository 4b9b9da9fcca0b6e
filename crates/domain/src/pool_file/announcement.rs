//! Announces the import of a pool file.

use std::collections::BTreeSet;

use crate::change::pluralize;
use crate::managed::{TenantSource, is_managed};
use crate::step::KeyRef;
use crate::{
    AffectedPlan, AnnouncedUnit, Announcement, ApiKeyId, Change, Inventory, Mode, PlanChange, Step, Tenant,
    TenantKeyId,
};

use super::PlannedPool;

/// Announces all pools that change, with the plans that this adopts.
pub fn announcement(pools: &[PlannedPool], inventory: &Inventory) -> Announcement {
    let changed: Vec<&PlannedPool> = pools.iter().filter(|pool| !pool.is_unchanged()).collect();
    let adoptions = adoptions(pools, inventory);
    let adoptions = adoptions.iter().filter_map(|change| Announcement::new(change, inventory).ok());
    let of_pools = changed.iter().map(|pool| announce_pool(pool, pools, inventory));
    let sentence = match changed.len() {
        0 => "nothing would change".to_owned(),
        count => format!("import {}", pluralize(count, "pool")),
    };
    let mut whole = Announcement::merge(sentence, adoptions.chain(of_pools));
    whole.needs_confirmation = !changed.is_empty();
    whole
}

/// Changes that adopt unmanaged plans before they get a pool.
pub fn adoptions(pools: &[PlannedPool], inventory: &Inventory) -> Vec<Change> {
    let changed = pools.iter().filter(|pool| !pool.is_unchanged()).map(|pool| &pool.after.plan);
    let foreign =
        changed.filter(|plan| is_managed(plan, inventory, TenantSource::Tables).is_known_to_be(&false));
    foreign.map(|plan| PlanChange::Adopt { plan: plan.clone(), entry: None }.into()).collect()
}

/// Describes the steps of one pool's import.
pub fn describe_steps(pool: &PlannedPool, pools: &[PlannedPool], inventory: &Inventory) -> Vec<String> {
    let plan = &pool.after.plan;
    let written = pool.after.keys.iter().filter(|key| !inventory.is_in_keys_table(&key.api_key));
    let written = written.map(|key| {
        Step::WritePoolItem { plan: plan.clone(), api_key: KeyRef::Existing(key.api_key.clone()) }
            .describe(inventory)
    });
    let keys: Vec<_> = pool.after.keys.iter().map(|key| key.api_key.as_str()).collect();
    let verb = if pool.before.is_some() { "replace" } else { "create" };
    let capacity = pool.after.capacity.value_to_show().map_or_else(|| "?".to_owned(), u32::to_string);
    let put = format!(
        "{verb} the pool of {} with {}: {} tenants each, {}",
        inventory.plan_name(plan),
        keys.join(", "),
        capacity,
        pool.after.strategy
    );
    let is_named = |id: &ApiKeyId| pools.iter().any(|one| one.after.pool_key(id).is_some());
    let left_out = pool.removed_keys().map(|key| &key.api_key);
    let left_out = left_out.filter(|id| !is_named(id) && inventory.pool_item(id).is_some());
    let deleted = left_out.map(|id| Step::DeletePoolItem(id.clone()).describe(inventory));
    written.chain([put]).chain(deleted).collect()
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

/// Warns that a tenant's own API key becomes shared.
fn cautions(pool: &PlannedPool, inventory: &Inventory) -> Vec<String> {
    let rows = pool
        .after
        .keys
        .iter()
        .filter_map(|key| inventory.tenant_key(&TenantKeyId::new(key.api_key.as_str())));
    let own = rows.filter(|row| !row.mode().is_known_to_be(&Mode::Pooled));
    own.map(|row| {
        format!(
            "API key {} is the own key of {} (\"{}\"): deleting that key would take it from the whole pool",
            row.id, row.tenant, row.name
        )
    })
    .collect()
}
