//! Findings about pools: keys, counters, and how evenly tenants are spread.

use crate::change::{Fix, pluralize};
use crate::{ApiKeyId, Change, Inventory, Known, PlanId, Pool, PoolKey, PoolKeyState, Presence, TenantKey};

use super::keys::fix_change;
use super::{Finding, FixOffer, Kind, Observations, finding, pool_items};

/// Differences up to this many tenants, or up to half the average, do not count as skewed.
const MIN_TENANT_DIFFERENCE: usize = 2;

pub(super) fn findings(inventory: &Inventory, observed: &Observations) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for pool in inventory.pools() {
        for key in &pool.keys {
            all.extend(key_finding(pool, key, inventory, observed));
            all.extend(counter_finding(pool, key, inventory, observed));
            all.extend(capacity_finding(pool, key, inventory));
        }
        all.extend(balance_finding(pool, inventory));
    }
    all.extend(observed.counters_without_pool.iter().map(counter_without_pool_finding));
    all.extend(pool_items::findings(inventory, observed));
    all.extend(inventory.tenant_keys().iter().filter_map(|row| lost_reference_finding(row, inventory)));
    all
}

fn key_finding(
    pool: &Pool,
    key: &PoolKey,
    inventory: &Inventory,
    observed: &Observations,
) -> Option<Finding> {
    let id = &key.api_key;
    let plan = inventory.plan_name(&pool.plan);
    let behind = inventory.tenant_keys_of_api_key(id).len();
    let may_be_more = inventory.unresolved_tenant_keys(id).is_some();
    let tenants = describe_references(behind, "tenant key", "");
    let anew = || Some(Change::RotatePoolKey { api_key: id.clone(), grace: 0 });
    let take_out = || fix_change(Fix::RemoveFromPool { plan: pool.plan.clone(), api_key: id.clone() });
    match inventory.api_key(id) {
        Presence::Unknown(_) => None,
        Presence::Missing => {
            let seen = format!("pool key {id} of {plan} is not in API Gateway; {tenants}");
            let change = if behind > 0 { anew() } else { take_out().filter(|_| !may_be_more) };
            Some(finding(Kind::PoolKeyMissing, id, seen, change))
        }
        Presence::Present(_) if key.state != PoolKeyState::Active => {
            let found = interrupted_finding(pool, key, inventory);
            // Without all its tags, its grace period is unknown.
            let is_unread = observed.unread_api_keys.contains(id);
            found.map(|found| if is_unread { Finding { fix: FixOffer::Manual, ..found } } else { found })
        }
        Presence::Present(api_key) if !api_key.enabled => {
            let seen = format!("pool key {id} of {plan} is disabled; {tenants}");
            let drain = || Some(Change::Drain(id.clone())).filter(|_| !may_be_more);
            let replace = || Some(Change::Fix(Fix::ReplaceDisabled(id.clone())));
            let change = if behind > 0 { replace() } else { drain() };
            Some(finding(Kind::PoolKeyDisabled, id, seen, change))
        }
        Presence::Present(_) => {
            let outside = inventory.is_member(&pool.plan, id).is_known_to_be(&false);
            outside.then(|| outside_plan_finding(pool, id, &tenants, inventory))
        }
    }
}

/// A pool key that is not in its plan. If another plan of the same stage has it, it must leave that
/// plan first.
fn outside_plan_finding(pool: &Pool, id: &ApiKeyId, tenants: &str, inventory: &Inventory) -> Finding {
    let plan = inventory.plan_name(&pool.plan);
    let stages = |id: &PlanId| inventory.plan(id).map(|plan| plan.stages.as_slice()).unwrap_or_default();
    let covers = |other: &PlanId| stages(other).iter().any(|stage| stages(&pool.plan).contains(stage));
    let others = inventory.plans_of_api_key(id).into_result().unwrap_or_default();
    let (api_key, to) = (id.clone(), pool.plan.clone());
    match others.iter().find(|other| covers(other)).cloned() {
        Some(from) => {
            let seen =
                format!("pool key {id} is in {} and not in {plan}; {tenants}", inventory.plan_name(&from));
            let back = Change::Fix(Fix::ReturnToPlan { api_key, plan: to, from });
            finding(Kind::PoolKeyOutsidePlan, id, seen, FixOffer::Asked(vec![back]))
        }
        None => {
            let seen = format!("pool key {id} is not in {plan}; {tenants}");
            finding(Kind::PoolKeyOutsidePlan, id, seen, fix_change(Fix::Attach { api_key, plan: to }))
        }
    }
}

/// A pool key that takes no new tenants. Within its grace period nothing is wrong.
fn interrupted_finding(pool: &Pool, key: &PoolKey, inventory: &Inventory) -> Option<Finding> {
    let id = &key.api_key;
    let plan = inventory.plan_name(&pool.plan);
    let behind = inventory.tenant_keys_of_api_key(id).len();
    let tenants = describe_references(behind, "tenant key", "still ");
    let Presence::Present(api_key) = inventory.api_key(id) else { return None };
    let waits = api_key.tags.contains_key(crate::key::tag::RETIRES_AT) && behind == 0;
    let due = || api_key.tags.get(crate::key::tag::RETIRES_AT)?.parse::<jiff::Timestamp>().ok();
    if waits && due().is_some_and(|due| due > inventory.taken_at()) {
        return None;
    }
    if inventory.unresolved_tenant_keys(id).is_some() {
        return None;
    }
    if behind == 0 {
        let seen = format!("pool key {id} of {plan} was replaced and its time is over");
        return Some(finding(Kind::SupersededKey, id, seen, Some(Change::Retire(id.clone()))));
    }
    if inventory.successor(id).is_some_and(|successor| pool.pool_key(&successor.id).is_some()) {
        let seen = format!("pool key {id} of {plan} was being replaced; {tenants}");
        let go_on = match due() {
            Some(due) if due > inventory.taken_at() => Change::Fix(Fix::FinishRotation(id.clone())),
            _ => Change::RotatePoolKey { api_key: id.clone(), grace: 0 },
        };
        return Some(finding(Kind::InterruptedRotation, id, seen, Some(go_on)));
    }
    let seen = format!("pool key {id} of {plan} was being drained; {tenants}");
    Some(finding(Kind::InterruptedDrain, id, seen, Some(Change::Drain(id.clone()))))
}

fn counter_finding(
    pool: &Pool,
    key: &PoolKey,
    inventory: &Inventory,
    observed: &Observations,
) -> Option<Finding> {
    let id = &key.api_key;
    // If a tenant key may refer to it, the count is unknown and no counter is wrong.
    let Known::Value(rows) = inventory.reference_count(id) else { return None };
    let rows = rows as usize;
    let recount = || fix_change(Fix::Recount { plan: pool.plan.clone(), api_key: id.clone() });
    if observed.keys_without_counter.contains(id) {
        let seen = format!("pool key {id} has no counter; {}", describe_references(rows, "row", ""));
        return Some(finding(Kind::CounterMissing, id, seen, recount()));
    }
    // Tenant keys written or deleted during the read explain the difference.
    let is_moving = observed.recently_written_counters.contains(id);
    let (kind, says) = match &key.tenants {
        Known::Value(tenants) if *tenants as usize == rows || is_moving => return None,
        Known::Value(tenants) => (Kind::CounterDiffers, format!("says {tenants}")),
        // Recounting the tenant keys does not rely on the unreadable counter.
        Known::Unknown(why) => (Kind::CounterUnreadable, format!("is not known: {why}")),
    };
    let seen = format!("the counter of pool key {id} {says}; {}", describe_references(rows, "row", ""));
    Some(finding(kind, id, seen, recount()))
}

fn capacity_finding(pool: &Pool, key: &PoolKey, inventory: &Inventory) -> Option<Finding> {
    // The known references alone exceed the capacity, whatever else is unreadable.
    let rows = inventory.known_reference_count(&key.api_key) as usize;
    let id = &key.api_key;
    let capacity = match &key.capacity {
        Known::Value(capacity) if rows <= *capacity as usize => return None,
        Known::Value(capacity) => capacity,
        // Only the operator knows the former capacity.
        Known::Unknown(why) => {
            let seen = format!("the capacity of pool key {id} is not known: {why}");
            return Some(finding(Kind::CapacityUnreadable, id, seen, FixOffer::Manual));
        }
    };
    let seen = format!("pool key {id} takes {capacity}, and {}", describe_references(rows, "row", ""));
    let level = Change::Rebalance(pool.plan.clone());
    let fix = if level.units(inventory).is_ok() { FixOffer::Asked(vec![level]) } else { FixOffer::Manual };
    Some(finding(Kind::OverCapacity, id, seen, fix))
}

fn counter_without_pool_finding(counter: &PoolKey) -> Finding {
    let id = &counter.api_key;
    let counts = match &counter.tenants {
        Known::Value(tenants) => format!("counts {}", pluralize(*tenants as usize, "tenant key")),
        Known::Unknown(_) => "has a counter that cannot be read".to_owned(),
    };
    let seen = format!("the Pools table {counts} for API key {id}, which is in no pool");
    finding(Kind::CounterWithoutPool, id, seen, fix_change(Fix::DeleteCounter(counter.clone())))
}

/// E.g. "1 tenant key refers to it", "3 tenant keys still refer to it".
fn describe_references(count: usize, thing: &str, still: &str) -> String {
    let refer = if count == 1 { "refers" } else { "refer" };
    format!("{} {still}{refer} to it", pluralize(count, thing))
}

fn balance_finding(pool: &Pool, inventory: &Inventory) -> Option<Finding> {
    let open =
        pool.keys.iter().filter(|key| key.state == PoolKeyState::Active && inventory.is_live(&key.api_key));
    let rows: Vec<usize> = open.map(|key| inventory.tenant_keys_of_api_key(&key.api_key).len()).collect();
    if pool.keys.iter().any(|key| inventory.unresolved_tenant_keys(&key.api_key).is_some()) {
        return None;
    }
    let (most, least) = (rows.iter().max()?, rows.iter().min()?);
    let usual = (rows.iter().sum::<usize>() / rows.len() / 2).max(MIN_TENANT_DIFFERENCE);
    let level = Change::Rebalance(pool.plan.clone());
    if most - least <= usual || level.units(inventory).is_err() {
        return None;
    }
    let plan = inventory.plan_name(&pool.plan);
    let seen = format!("the keys of the pool of {plan} have between {least} and {most} tenant keys each");
    // Rebalancing gives tenants other values, so it is not part of "fix all".
    Some(finding(Kind::Skewed, &pool.plan, seen, FixOffer::Asked(vec![level])))
}

fn lost_reference_finding(row: &TenantKey, inventory: &Inventory) -> Option<Finding> {
    let key = row.known_pool_key()?;
    let home = inventory.pool_of_api_key(key).map(|pool| &pool.plan);
    if home == Some(&row.plan) {
        return None;
    }
    let where_to = match home {
        Some(other) => format!("API key {key}, which is of {}", inventory.plan_name(other)),
        None => format!("API key {key}, which is in no pool"),
    };
    let seen = format!("key \"{}\" of {} (row {}) refers to {where_to}", row.name, row.tenant, row.id);
    let rehome = inventory.pool(&row.plan).map(|_| Change::Fix(Fix::ReassignPoolKey(row.id.clone())));
    Some(finding(Kind::LostReference, &row.id, seen, rehome))
}
