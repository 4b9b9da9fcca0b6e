//! New pool keys, and moves of tenant keys between pool keys.

use std::collections::BTreeMap;

use crate::limits::MAX_API_KEYS;
use crate::moves::{Load, Move};
use crate::refusal;
use crate::step::{KeyOrigin, KeyRef, MAX_TENANT_KEYS_PER_REPOINT, NewApiKey, Step, Unit};
use crate::{ApiKeyId, Inventory, PlanId, Pool, PoolKey, PoolKeyState, Refusal, TenantKey, TenantKeyId};

use super::room::check_account_room;

/// DynamoDB allows 100 writes per transaction; one of them writes the pool.
pub const MAX_POOL_KEYS: usize = 99;

pub(super) fn require_pool<'a>(plan: &PlanId, inventory: &'a Inventory) -> Result<&'a Pool, Refusal> {
    inventory.pool(plan).ok_or_else(|| Refusal::NoPool(inventory.plan_name(plan).to_owned()))
}

/// Checks that the pool and the account have room for more keys.
pub(super) fn check_room(existing: usize, new: u32, inventory: &Inventory) -> Result<(), Refusal> {
    if new as usize > MAX_API_KEYS {
        return Err(Refusal::InvalidCount(new));
    }
    check_account_room(new, inventory)?;
    let requested = existing + new as usize;
    if requested > MAX_POOL_KEYS {
        Err(Refusal::TooManyPoolKeys { requested, max: MAX_POOL_KEYS })
    } else {
        Ok(())
    }
}

pub(super) fn validate_capacity(capacity: u32) -> Result<(), Refusal> {
    if capacity == 0 { Err(Refusal::ZeroCapacity) } else { Ok(()) }
}

pub(super) fn new_pool_key(plan: &PlanId, inventory: &Inventory) -> NewApiKey {
    NewApiKey {
        name: format!("{} pool key", inventory.stored_plan_name(plan)),
        description: String::new(),
        enabled: true,
        plan: plan.clone(),
        tenant: None,
        replaces: None,
        value: None,
        customer_id: None,
        tags: BTreeMap::new(),
        origin: KeyOrigin::New,
    }
}

pub(super) fn new_key_units(
    plan: &PlanId,
    count: u32,
    capacity: u32,
    inventory: &Inventory,
) -> impl Iterator<Item = Unit> {
    let steps = vec![
        Step::CreateApiKey(new_pool_key(plan, inventory)),
        Step::AttachApiKey { api_key: KeyRef::New, plan: plan.clone() },
        write_pool_item(plan, KeyRef::New),
        Step::AddPoolKey { plan: plan.clone(), capacity, replaces: None },
    ];
    let name = inventory.plan_name(plan).to_owned();
    (1..=count).map(move |n| Unit { subject: format!("{name} · pool key {n}"), steps: steps.clone() })
}

/// Runs before the key joins its pool: the sample application reads the value from the Keys table.
pub(super) fn write_pool_item(plan: &PlanId, api_key: KeyRef) -> Step {
    Step::WritePoolItem { plan: plan.clone(), api_key }
}

/// Moves tenant keys from one pool key to another in as few transactions as possible.
pub(super) fn repoint_steps<'a>(
    tenant_keys: impl Iterator<Item = &'a TenantKey>,
    from: &ApiKeyId,
    to: &KeyRef,
    to_successor: bool,
) -> Vec<Step> {
    let tenant_keys: Vec<TenantKeyId> = tenant_keys.map(|tenant_key| tenant_key.id.clone()).collect();
    let step = |tenant_keys: &[TenantKeyId]| Step::Repoint {
        tenant_keys: tenant_keys.to_vec(),
        from: from.clone(),
        to: to.clone(),
        to_successor,
    };
    tenant_keys.chunks(MAX_TENANT_KEYS_PER_REPOINT).map(step).collect()
}

/// The keys of a pool that accept tenants, with their tenant counts. The key to drain is excluded: its own counter does
/// not matter.
pub(super) fn loads_without(
    leaving: Option<&ApiKeyId>,
    pool: &Pool,
    inventory: &Inventory,
) -> Result<Vec<Load>, Refusal> {
    let active = pool.keys.iter().filter(|key| {
        key.state == PoolKeyState::Active
            && inventory.is_live(&key.api_key)
            && leaving.is_none_or(|leaving| key.api_key != *leaving)
    });
    let load = |key: &PoolKey| {
        let what = || refusal::describe_tenant_key_count(&key.api_key);
        let references = *inventory.reference_count(&key.api_key).require(what())?;
        let tenants = *inventory.tenant_key_count(&key.api_key).require(what())?;
        let tenants = u32::try_from(tenants).unwrap_or(u32::MAX);
        // Where the counter exceeds the tenant keys that were read, the difference takes room, too.
        let counted = key.require_tenant_count()?;
        let capacity = key.require_capacity()?.saturating_sub(counted.saturating_sub(references));
        Ok(Load { api_key: key.api_key.clone(), tenants, capacity })
    };
    active.map(load).collect()
}

/// The steps of each move. Each move takes the next tenant keys of its source, so that none is moved twice.
pub(super) fn move_steps(moves: &[Move], inventory: &Inventory) -> Vec<Vec<Step>> {
    let mut moved: BTreeMap<&ApiKeyId, usize> = BTreeMap::new();
    let mut steps = Vec::new();
    for Move { from, to, count } in moves {
        let skip = moved.entry(from).or_default();
        let tenant_keys = inventory.tenant_keys_of_api_key(from).skip(*skip).take(*count as usize);
        *skip += *count as usize;
        steps.push(repoint_steps(tenant_keys, from, &KeyRef::Existing(to.clone()), false));
    }
    steps
}
