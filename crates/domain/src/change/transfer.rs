//! Moves tenant keys: to their own API key, into a pool, to another plan, or to another key of their pool.

use std::collections::BTreeMap;

use crate::moves::{self, Load, Move};
use crate::refusal::{self, Refusal};
use crate::step::{KeyRef, NewApiKey, Step, Unit};
use crate::{
    ApiKeyId, Inventory, NewTenantKey, Plan, PlanId, Pool, PoolKeyState, Presence, TenantKey, TenantKeyId,
};

use super::copy::{self, ApiKeyCopy};
use super::{OtherPlans, create, delete, other_plans, rotate, units};

/// Gives a pooled tenant key its own API key in the same plan.
pub(super) fn isolate(tenant_key: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    if !inventory.require_is_shared(tenant_key)? {
        return Err(Refusal::HasOwnApiKey(tenant_key.id.clone()));
    }
    create::check_account_room(1, inventory)?;
    let new = NewApiKey::for_tenant_key(&NewTenantKey::from_tenant_key(tenant_key)?);
    own_key_unit(
        tenant_key,
        &tenant_key.plan,
        ApiKeyCopy::from_shared_key(&tenant_key.require_api_key()?, new, inventory)?,
    )
}

fn own_key_unit(tenant_key: &TenantKey, plan: &PlanId, copy: ApiKeyCopy) -> Result<Unit, Refusal> {
    let mut steps = copy.steps();
    steps.push(match tenant_key.require_pool_key()? {
        Some(from) => Step::IsolateTenantKey {
            tenant_key: tenant_key.id.clone(),
            from: from.clone(),
            plan: plan.clone(),
        },
        // No counter includes a pool key's own tenant key.
        None => Step::ReplaceTenantKey(tenant_key.id.clone()),
    });
    Ok(units::tenant_key_unit(tenant_key, steps))
}

/// Moves a siloed tenant key into the pool of its plan and deletes its API key.
pub(super) fn consolidate(
    tenant_key: &TenantKey,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    if let Some(api_key) = tenant_key.require_pool_key()? {
        return Err(Refusal::SharesApiKey { tenant_key: tenant_key.id.clone(), api_key: api_key.clone() });
    }
    join_pool(tenant_key, require_pool(&tenant_key.plan, inventory)?, others, inventory)
}

fn join_pool(
    tenant_key: &TenantKey,
    pool: &Pool,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    other_plans::check_move_into_pool(
        &tenant_key.require_api_key()?,
        &tenant_key.plan,
        pool,
        others,
        inventory,
    )?;
    let from = tenant_key.require_pool_key()?.cloned();
    let delete_own = match from {
        Some(_) => Vec::new(),
        None if inventory.require_is_shared(tenant_key)? => Vec::new(),
        None => delete::delete_api_key(&tenant_key.require_api_key()?, inventory),
    };
    let join = Step::JoinPool { tenant_key: tenant_key.id.clone(), plan: pool.plan.clone(), from };
    Ok(units::tenant_key_unit(tenant_key, [vec![join], delete_own].concat()))
}

/// Moves a tenant key to another plan, where it becomes pooled or siloed as that plan requires.
pub(super) fn change_plan(
    tenant_key: &TenantKey,
    plan: &PlanId,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    if tenant_key.plan == *plan {
        return Err(Refusal::AlreadyInPlan {
            tenant_key: tenant_key.id.clone(),
            plan: inventory.plan_name(plan).to_owned(),
        });
    }
    let to = inventory.plan(plan).ok_or_else(|| Refusal::NoPlan(plan.clone()))?;
    match (inventory.pool(plan), tenant_key.require_pool_key()?) {
        (Some(pool), _) => join_pool(tenant_key, pool, others, inventory),
        (None, Some(shared)) => leave_pool(tenant_key, shared, to, others, inventory),
        (None, None) if inventory.require_is_shared(tenant_key)? => Err(Refusal::SharesApiKey {
            tenant_key: tenant_key.id.clone(),
            api_key: tenant_key.require_api_key()?,
        }),
        (None, None) => move_siloed_key(tenant_key, to, others, inventory),
    }
}

/// Gives a pooled tenant key its own API key in another plan.
fn leave_pool(
    tenant_key: &TenantKey,
    shared: &ApiKeyId,
    to: &Plan,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    create::check_account_room(1, inventory)?;
    let split = other_plans::split_plans(shared, &tenant_key.plan, to, others, inventory)?;
    let new = NewApiKey::for_tenant_key(&NewTenantKey {
        plan: to.id.clone(),
        ..NewTenantKey::from_tenant_key(tenant_key)?
    });
    let key = match inventory.api_key(shared) {
        Presence::Missing => new,
        Presence::Present(_) | Presence::Unknown(_) => {
            new.with_plans_of(shared, &copy::plans_of(shared, inventory)?)
        }
    };
    let plans = [vec![to.id.clone()], split.kept].concat();
    own_key_unit(tenant_key, &to.id, ApiKeyCopy { key, plans })
}

fn move_siloed_key(
    tenant_key: &TenantKey,
    to: &Plan,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    let api_key = tenant_key.require_api_key()?;
    let current = copy::plans_of(&api_key, inventory)?;
    let split = other_plans::split_plans(&api_key, &tenant_key.plan, to, others, inventory)?;
    let plans_to_leave = current.iter().filter(|plan| **plan == tenant_key.plan).chain(&split.left);
    let detach = |plan: &PlanId| Step::DetachApiKey { api_key: api_key.clone(), plan: plan.clone() };
    let mut steps: Vec<_> = plans_to_leave.map(detach).collect();
    if !current.contains(&to.id) {
        steps.push(Step::AttachApiKey { api_key: KeyRef::Existing(api_key), plan: to.id.clone() });
    }
    steps.push(Step::SetTenantKeyPlan {
        tenant_key: tenant_key.id.clone(),
        revision: tenant_key.revision,
        plan: to.id.clone(),
    });
    Ok(units::tenant_key_unit(tenant_key, steps))
}

/// Checks that the pools to join have enough room.
pub(super) fn check_target_pools(
    tenant_keys: &[TenantKeyId],
    plan: Option<&PlanId>,
    inventory: &Inventory,
) -> Result<(), Refusal> {
    let mut requested: BTreeMap<&PlanId, u32> = BTreeMap::new();
    for tenant_key in tenant_keys {
        let tenant_key = units::find_tenant_key(tenant_key, inventory)?;
        *requested.entry(plan.unwrap_or(&tenant_key.plan)).or_default() += 1;
    }
    let pools = requested.into_iter().filter_map(|(plan, count)| Some((inventory.pool(plan)?, count)));
    pools.into_iter().try_for_each(|(pool, count)| create::check_pool_room(pool, count, inventory))
}

pub(super) fn require_pool<'a>(plan: &PlanId, inventory: &'a Inventory) -> Result<&'a Pool, Refusal> {
    inventory.pool(plan).ok_or_else(|| Refusal::NoPool(inventory.plan_name(plan).to_owned()))
}

/// The keys of a pool that accept tenants, with their tenant counts.
pub(super) fn loads(pool: &Pool, inventory: &Inventory) -> Result<Vec<Load>, Refusal> {
    loads_without(None, pool, inventory)
}

/// Excludes the key to drain, whose own counter does not matter.
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
    let load = |key: &crate::PoolKey| {
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

/// Balances a pool with as few moves as possible; one unit per pair of keys.
pub(super) fn rebalance(plan: &PlanId, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let pool = require_pool(plan, inventory)?;
    let loads = loads(pool, inventory)?;
    let name = inventory.plan_name(plan);
    let moves = moves::balance_moves(&loads).ok_or_else(|| not_enough_room(name, &loads))?;
    if moves.is_empty() {
        return Err(Refusal::AlreadyBalanced(name.to_owned()));
    }
    for pool_move in &moves {
        other_plans::check_move_within_pool(&pool_move.from, &pool_move.to, pool, inventory)?;
    }
    let subject = |pool_move: &Move| format!("{} → {}", pool_move.from, pool_move.to);
    Ok(move_steps(&moves, inventory)
        .into_iter()
        .zip(&moves)
        .map(|(steps, pool_move)| Unit { subject: subject(pool_move), steps })
        .collect())
}

fn not_enough_room(plan: &str, loads: &[Load]) -> Refusal {
    let sum = |field: fn(&Load) -> u32| loads.iter().map(field).sum::<u32>();
    let (tenants, capacity) = (sum(|load| load.tenants), sum(|load| load.capacity));
    Refusal::NotEnoughRoom { plan: plan.to_owned(), room: 0, requested: tenants.saturating_sub(capacity) }
}

/// The steps of each move. Each move takes the next tenant keys of its source, so that none is moved twice.
pub(super) fn move_steps(moves: &[Move], inventory: &Inventory) -> Vec<Vec<Step>> {
    let mut moved: BTreeMap<&ApiKeyId, usize> = BTreeMap::new();
    let mut steps = Vec::new();
    for Move { from, to, count } in moves {
        let skip = moved.entry(from).or_default();
        let tenant_keys = inventory.tenant_keys_of_api_key(from).skip(*skip).take(*count as usize);
        *skip += *count as usize;
        steps.push(rotate::repoint_steps(tenant_keys, from, &KeyRef::Existing(to.clone()), false));
    }
    steps
}
