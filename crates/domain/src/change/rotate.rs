//! Rotates API keys: a new one with a new value replaces the old one.
//!
//! Invariant: a tenant key refers to the new API key only once that key works, and the old one is deleted only when no
//! tenant key refers to it.

use std::collections::BTreeMap;

use crate::key::tag;
use crate::managed::{TenantSource, require_our_api_key};
use crate::refusal::{self, Refusal};
use crate::step::{KeyOrigin, KeyRef, MAX_TENANT_KEYS_PER_REPOINT, NewApiKey, Step, Unit};
use crate::{
    ApiKeyId, Inventory, NewTenantKey, PlanId, Pool, PoolKeyState, Presence, TenantKey, TenantKeyId,
};

use super::copy::{ApiKeyCopy, plans_of};
use super::{create, delete, units};

/// Replaces the API key of a siloed tenant key, and with it the tenant key's id.
pub(super) fn rotate_siloed_key(
    tenant_key: &TenantKey,
    grace: u64,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    let old = tenant_key.require_api_key()?;
    if inventory.require_is_shared(tenant_key)? {
        return Err(Refusal::SharesApiKey { tenant_key: tenant_key.id.clone(), api_key: old });
    }
    create::check_account_room(1, inventory)?;
    // Everything else is copied from API Gateway, which stores neither the tenant nor the plan of the tenant key.
    let new = match inventory.api_key(&old) {
        Presence::Missing => NewApiKey::for_tenant_key(&NewTenantKey::from_tenant_key(tenant_key)?),
        Presence::Present(_) | Presence::Unknown(_) => NewApiKey {
            name: tenant_key.name.clone(),
            tenant: Some(tenant_key.tenant.clone()),
            ..new_pool_key(&tenant_key.plan, inventory)
        },
    };
    let new = NewApiKey { replaces: Some(old.clone()), ..new };
    let mut steps = ApiKeyCopy::from_api_key(&old, new, inventory)?.steps();
    steps.extend(schedule_retirement(&old, grace, inventory));
    steps.push(Step::ReplaceTenantKey(tenant_key.id.clone()));
    steps.extend(delete_if_no_grace(&old, grace, inventory));
    Ok(units::tenant_key_unit(tenant_key, steps))
}

/// Replaces a pool key with a successor in its pool, or continues an interrupted rotation.
pub(super) fn rotate_pool_key(id: &ApiKeyId, grace: u64, inventory: &Inventory) -> Result<Unit, Refusal> {
    rotate_to_successor(id, grace, None, inventory)
}

/// Replaces a disabled pool key with an enabled one.
pub(super) fn replace_disabled_pool_key(id: &ApiKeyId, inventory: &Inventory) -> Result<Unit, Refusal> {
    rotate_to_successor(id, 0, Some(true), inventory)
}

/// A given `enabled` overrides the enabled state that a new successor copies from the old key.
fn rotate_to_successor(
    id: &ApiKeyId,
    grace: u64,
    enabled: Option<bool>,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    let pool = inventory.pool_of_api_key(id).ok_or_else(|| Refusal::NotAPoolKey(id.clone()))?;
    inventory.tenant_key_count(id).require(refusal::describe_tenant_key_count(id))?;
    let successor = inventory.successor(id).filter(|key| pool.pool_key(&key.id).is_some());
    let (mut steps, to): (Vec<_>, _) = match successor {
        Some(key) => {
            let schedule = schedule_retirement(id, grace, inventory).into_iter();
            (
                schedule.chain(attach_missing_plans(id, &key.id, inventory)?).collect(),
                KeyRef::Existing(key.id.clone()),
            )
        }
        None => {
            create::check_account_room(1, inventory)?;
            let capacity = match pool.pool_key(id) {
                Some(key) => key.require_capacity()?,
                None => *pool
                    .capacity
                    .require(refusal::describe_pool_capacity(inventory.plan_name(&pool.plan)))?,
            };
            let mut copy = copy_for_successor(id, pool, inventory)?;
            copy.key.enabled = enabled.unwrap_or(copy.key.enabled);
            let mut steps = copy.steps();
            steps.extend(schedule_retirement(id, grace, inventory));
            steps.push(write_pool_item(&pool.plan, KeyRef::New));
            let plan = pool.plan.clone();
            steps.push(Step::AddPoolKey { plan, capacity, replaces: Some(id.clone()) });
            (steps, KeyRef::New)
        }
    };
    // The items of earlier keys with the same value go first: they are found through the pool key's own item.
    let own_item = inventory.pool_item(id).filter(|_| grace > 0).map(|_| id);
    let outdated_items = inventory.pool_items_with_value_of(id).into_iter().chain(own_item);
    steps.extend(outdated_items.map(|item| Step::ForwardPoolItem { api_key: item.clone(), to: to.clone() }));
    if grace == 0 {
        steps.extend(delete::delete_pool_item(id, inventory));
    }
    steps.extend(repoint_steps(inventory.tenant_keys_of_api_key(id), id, &to, true));
    if grace == 0 {
        steps.push(Step::RemovePoolKey { plan: pool.plan.clone(), api_key: id.clone() });
    }
    steps.extend(delete_if_no_grace(id, grace, inventory));
    Ok(Unit { subject: format!("pool key {id} of {}", inventory.plan_name(&pool.plan)), steps })
}

fn copy_for_successor(old: &ApiKeyId, pool: &Pool, inventory: &Inventory) -> Result<ApiKeyCopy, Refusal> {
    let new = NewApiKey { replaces: Some(old.clone()), ..new_pool_key(&pool.plan, inventory) };
    ApiKeyCopy::from_api_key(old, new, inventory)
}

/// Attaches a successor to those plans of its predecessor that it is not in. Some are missing only if another
/// program or an older keypool created it.
fn attach_missing_plans(
    old: &ApiKeyId,
    successor: &ApiKeyId,
    inventory: &Inventory,
) -> Result<Vec<Step>, Refusal> {
    let attached = plans_of(successor, inventory)?;
    let missing = plans_of(old, inventory)?.into_iter().filter(|plan| !attached.contains(plan));
    let attach = |plan| Step::AttachApiKey { api_key: KeyRef::Existing(successor.clone()), plan };
    Ok(missing.map(attach).collect())
}

/// Runs before the key joins its pool: the sample application reads the value from the Keys table.
pub(super) fn write_pool_item(plan: &PlanId, api_key: KeyRef) -> Step {
    Step::WritePoolItem { plan: plan.clone(), api_key }
}

pub(super) fn new_pool_key(plan: &PlanId, inventory: &Inventory) -> NewApiKey {
    NewApiKey {
        name: format!("{} pool key", inventory.plan_name(plan)),
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

/// Tags the old API key with its retirement time before the first tenant key moves, so that an interruption cannot
/// cut its grace period short. Replaces the time that an interrupted rotation left.
fn schedule_retirement(old: &ApiKeyId, grace: u64, inventory: &Inventory) -> Option<Step> {
    let is_needed = match inventory.api_key(old) {
        Presence::Present(key) => grace > 0 || key.tags.contains_key(tag::RETIRES_AT),
        Presence::Unknown(_) => grace > 0,
        Presence::Missing => false,
    };
    is_needed.then(|| Step::TagRetirement { api_key: old.clone(), grace })
}

fn delete_if_no_grace(old: &ApiKeyId, grace: u64, inventory: &Inventory) -> Vec<Step> {
    if grace == 0 { delete::delete_api_key(old, inventory) } else { Vec::new() }
}

/// Deletes an API key that was replaced, possibly long ago.
pub(super) fn retire(id: &ApiKeyId, inventory: &Inventory) -> Result<Unit, Refusal> {
    let tenant_keys = *inventory.tenant_key_count(id).require(refusal::describe_tenant_key_count(id))?;
    if tenant_keys > 0 {
        return Err(Refusal::InUse { api_key: id.clone(), tenant_keys });
    }
    let pool = inventory.pool_of_api_key(id);
    if pool.and_then(|pool| pool.pool_key(id)).is_some_and(|key| key.state == PoolKeyState::Active) {
        return Err(Refusal::StillActive(id.clone()));
    }
    let remove = pool.map(|pool| Step::RemovePoolKey { plan: pool.plan.clone(), api_key: id.clone() });
    let steps: Vec<_> = remove.into_iter().chain(delete::delete_former_pool_key(id, inventory)).collect();
    if steps.is_empty() {
        return Err(Refusal::NoApiKey(id.clone()));
    }
    require_our_api_key(id, inventory, TenantSource::Tables)?;
    Ok(Unit { subject: format!("API key {id}"), steps })
}
