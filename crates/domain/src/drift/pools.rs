//! Findings about pools: keys, counters, and how evenly tenants are spread.

use crate::change::Fix;
use crate::text::pluralize;
use crate::{ApiKeyId, Change, Inventory, Known, PlanId, Pool, PoolKey, PoolKeyState, Presence, TenantKey};

use super::keys::fix_change;
use super::{Finding, FindingKind, FixOffer, Observations, finding, pool_items};

/// A pool does not count as skewed if its keys differ by at most this many tenants, or by at most half the
/// average.
const MIN_TOLERANCE: usize = 2;

pub(super) fn findings(inventory: &Inventory, observations: &Observations) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for pool in inventory.pools() {
        for key in &pool.keys {
            all.extend(key_finding(pool, key, inventory, observations));
            all.extend(counter_finding(pool, key, inventory, observations));
            all.extend(capacity_finding(pool, key, inventory));
        }
        all.extend(balance_finding(pool, inventory));
    }
    all.extend(observations.counters_without_pool.iter().map(counter_without_pool_finding));
    all.extend(pool_items::findings(inventory, observations));
    all.extend(
        inventory.tenant_keys().iter().filter_map(|tenant_key| lost_reference_finding(tenant_key, inventory)),
    );
    all
}

fn key_finding(
    pool: &Pool,
    key: &PoolKey,
    inventory: &Inventory,
    observations: &Observations,
) -> Option<Finding> {
    let id = &key.api_key;
    let plan = inventory.plan_name(&pool.plan);
    let reference_count = inventory.tenant_keys_of_api_key(id).len();
    let has_unresolved = inventory.unresolved_tenant_keys(id).is_some();
    let tenants = describe_references(reference_count, "tenant key", "");
    let rotate = || Some(Change::RotatePoolKey { api_key: id.clone(), grace: 0 });
    let remove = || fix_change(Fix::RemoveFromPool { plan: pool.plan.clone(), api_key: id.clone() });
    match inventory.api_key(id) {
        Presence::Unknown(_) => None,
        Presence::Missing => {
            let summary = format!("pool key {id} of {plan} is not in API Gateway; {tenants}");
            let change = if reference_count > 0 { rotate() } else { remove().filter(|_| !has_unresolved) };
            Some(finding(FindingKind::PoolKeyMissing, id, summary, change))
        }
        Presence::Present(_) if key.state != PoolKeyState::Active => {
            let found = interrupted_finding(pool, key, inventory);
            // Unless all tags of the API key were read, its grace period is unknown.
            let is_unread = observations.unread_api_keys.contains(id);
            found.map(|found| if is_unread { Finding { fix: FixOffer::Manual, ..found } } else { found })
        }
        Presence::Present(api_key) if !api_key.enabled => {
            let summary = format!("pool key {id} of {plan} is disabled; {tenants}");
            let drain = || Some(Change::Drain(id.clone())).filter(|_| !has_unresolved);
            let replace = || Some(Change::Fix(Fix::ReplaceDisabled(id.clone())));
            let change = if reference_count > 0 { replace() } else { drain() };
            Some(finding(FindingKind::PoolKeyDisabled, id, summary, change))
        }
        Presence::Present(_) => {
            let is_outside = inventory.is_member(&pool.plan, id).is_known_to_be(&false);
            is_outside.then(|| outside_plan_finding(pool, id, &tenants, inventory))
        }
    }
}

/// Reports a pool key that is not in its plan. If it is in another plan of the same stage, it must leave that
/// plan first.
fn outside_plan_finding(pool: &Pool, id: &ApiKeyId, tenants: &str, inventory: &Inventory) -> Finding {
    let plan = inventory.plan_name(&pool.plan);
    let stages = |id: &PlanId| inventory.plan(id).map(|plan| plan.stages.as_slice()).unwrap_or_default();
    let covers = |other: &PlanId| stages(other).iter().any(|stage| stages(&pool.plan).contains(stage));
    let plans_of_key = inventory.plans_of_api_key(id).into_result().unwrap_or_default();
    let (api_key, to) = (id.clone(), pool.plan.clone());
    match plans_of_key.iter().find(|other| covers(other)).cloned() {
        Some(from) => {
            let summary =
                format!("pool key {id} is in {} instead of {plan}; {tenants}", inventory.plan_name(&from));
            let back = Change::Fix(Fix::ReturnToPlan { api_key, plan: to, from });
            finding(FindingKind::PoolKeyOutsidePlan, id, summary, FixOffer::Separate(vec![back]))
        }
        None => {
            let summary = format!("pool key {id} is not in {plan}; {tenants}");
            finding(
                FindingKind::PoolKeyOutsidePlan,
                id,
                summary,
                fix_change(Fix::Attach { api_key, plan: to }),
            )
        }
    }
}

/// Reports a pool key that takes no new tenants, unless it has none left and its grace period still runs.
fn interrupted_finding(pool: &Pool, key: &PoolKey, inventory: &Inventory) -> Option<Finding> {
    let id = &key.api_key;
    let plan = inventory.plan_name(&pool.plan);
    let reference_count = inventory.tenant_keys_of_api_key(id).len();
    let tenants = describe_references(reference_count, "tenant key", "still ");
    let Presence::Present(api_key) = inventory.api_key(id) else { return None };
    let is_retiring = api_key.tags.contains_key(crate::key::tag::RETIRES_AT) && reference_count == 0;
    let due = || api_key.tags.get(crate::key::tag::RETIRES_AT)?.parse::<jiff::Timestamp>().ok();
    if is_retiring && due().is_some_and(|due| due > inventory.taken_at()) {
        return None;
    }
    if inventory.unresolved_tenant_keys(id).is_some() {
        return None;
    }
    if reference_count == 0 {
        let summary = format!("pool key {id} of {plan} was replaced and its grace period is over");
        return Some(finding(FindingKind::SupersededKey, id, summary, Some(Change::Retire(id.clone()))));
    }
    if inventory.successor(id).is_some_and(|successor| pool.pool_key(&successor.id).is_some()) {
        let summary = format!("pool key {id} of {plan} was being replaced; {tenants}");
        let continuation = match due() {
            Some(due) if due > inventory.taken_at() => Change::Fix(Fix::FinishRotation(id.clone())),
            _ => Change::RotatePoolKey { api_key: id.clone(), grace: 0 },
        };
        return Some(finding(FindingKind::InterruptedRotation, id, summary, Some(continuation)));
    }
    let summary = format!("pool key {id} of {plan} was being drained; {tenants}");
    Some(finding(FindingKind::InterruptedDrain, id, summary, Some(Change::Drain(id.clone()))))
}

fn counter_finding(
    pool: &Pool,
    key: &PoolKey,
    inventory: &Inventory,
    observations: &Observations,
) -> Option<Finding> {
    let id = &key.api_key;
    // If an unresolved tenant key may refer to the pool key, the count is unknown and no counter is wrong.
    let Known::Value(tenant_keys) = inventory.reference_count(id) else { return None };
    let tenant_keys = tenant_keys as usize;
    let recount = || fix_change(Fix::Recount { plan: pool.plan.clone(), api_key: id.clone() });
    if observations.keys_without_counter.contains(id) {
        let summary =
            format!("pool key {id} has no counter; {}", describe_references(tenant_keys, "tenant key", ""));
        return Some(finding(FindingKind::CounterMissing, id, summary, recount()));
    }
    // Tenant keys written or deleted during the read explain the difference.
    let was_just_written = observations.recently_written_counters.contains(id);
    let (kind, state) = match &key.tenants {
        Known::Value(tenants) if *tenants as usize == tenant_keys || was_just_written => return None,
        Known::Value(tenants) => (FindingKind::CounterDiffers, format!("says {tenants}")),
        // Recounting the tenant keys does not rely on the unreadable counter.
        Known::Unknown(why) => (FindingKind::CounterUnreadable, format!("is unknown: {why}")),
    };
    let summary = format!(
        "the counter of pool key {id} {state}; {}",
        describe_references(tenant_keys, "tenant key", "")
    );
    Some(finding(kind, id, summary, recount()))
}

fn capacity_finding(pool: &Pool, key: &PoolKey, inventory: &Inventory) -> Option<Finding> {
    // The known references alone exceed the capacity, whatever else is unreadable.
    let tenant_keys = inventory.known_reference_count(&key.api_key) as usize;
    let id = &key.api_key;
    let capacity = match &key.capacity {
        Known::Value(capacity) if tenant_keys <= *capacity as usize => return None,
        Known::Value(capacity) => capacity,
        // Only the operator knows the former capacity.
        Known::Unknown(why) => {
            let summary = format!("the capacity of pool key {id} is unknown: {why}");
            return Some(finding(FindingKind::CapacityUnreadable, id, summary, FixOffer::Manual));
        }
    };
    let summary = format!(
        "pool key {id} takes up to {capacity} tenant keys, but {}",
        describe_references(tenant_keys, "tenant key", "")
    );
    let rebalance = Change::Rebalance(pool.plan.clone());
    let fix = if rebalance.units(inventory).is_ok() {
        FixOffer::Separate(vec![rebalance])
    } else {
        FixOffer::Manual
    };
    Some(finding(FindingKind::OverCapacity, id, summary, fix))
}

fn counter_without_pool_finding(counter: &PoolKey) -> Finding {
    let id = &counter.api_key;
    let counts = match &counter.tenants {
        Known::Value(tenants) => format!("counts {}", pluralize(*tenants as usize, "tenant key")),
        Known::Unknown(_) => "has an unreadable counter".to_owned(),
    };
    let summary = format!("the Pools table {counts} for API key {id}, which is in no pool");
    finding(FindingKind::CounterWithoutPool, id, summary, fix_change(Fix::DeleteCounter(counter.clone())))
}

/// E.g. "1 tenant key refers to it", "3 tenant keys still refer to it".
fn describe_references(count: usize, noun: &str, adverb: &str) -> String {
    let refer = if count == 1 { "refers" } else { "refer" };
    format!("{} {adverb}{refer} to it", pluralize(count, noun))
}

fn balance_finding(pool: &Pool, inventory: &Inventory) -> Option<Finding> {
    let assignable_keys =
        pool.keys.iter().filter(|key| key.state == PoolKeyState::Active && inventory.is_live(&key.api_key));
    let tenant_keys: Vec<usize> =
        assignable_keys.map(|key| inventory.tenant_keys_of_api_key(&key.api_key).len()).collect();
    if pool.keys.iter().any(|key| inventory.unresolved_tenant_keys(&key.api_key).is_some()) {
        return None;
    }
    let (most, least) = (tenant_keys.iter().max()?, tenant_keys.iter().min()?);
    let tolerance = (tenant_keys.iter().sum::<usize>() / tenant_keys.len() / 2).max(MIN_TOLERANCE);
    let rebalance = Change::Rebalance(pool.plan.clone());
    if most - least <= tolerance || rebalance.units(inventory).is_err() {
        return None;
    }
    let plan = inventory.plan_name(&pool.plan);
    let summary = format!("the pool keys of {plan} have between {least} and {most} tenant keys each");
    // Rebalancing gives tenants other values, so it is not part of "fix all".
    Some(finding(FindingKind::Skewed, &pool.plan, summary, FixOffer::Separate(vec![rebalance])))
}

fn lost_reference_finding(tenant_key: &TenantKey, inventory: &Inventory) -> Option<Finding> {
    let key = tenant_key.known_pool_key()?;
    let pool_plan = inventory.pool_of_api_key(key).map(|pool| &pool.plan);
    if pool_plan == Some(&tenant_key.plan) {
        return None;
    }
    let target = match pool_plan {
        Some(plan) => format!("API key {key}, which is in the pool of {}", inventory.plan_name(plan)),
        None => format!("API key {key}, which is in no pool"),
    };
    let summary = format!(
        "tenant key {} \"{}\" of {} refers to {target}",
        tenant_key.id, tenant_key.name, tenant_key.tenant
    );
    let reassign =
        inventory.pool(&tenant_key.plan).map(|_| Change::Fix(Fix::ReassignPoolKey(tenant_key.id.clone())));
    Some(finding(FindingKind::LostReference, &tenant_key.id, summary, reassign))
}
