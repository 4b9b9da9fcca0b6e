//! Tenant keys go elsewhere: to an API key of their own, into a pool, into another plan, to another key of the pool.

use std::collections::BTreeMap;

use crate::moves::{self, Load, Move};
use crate::step::{KeyRef, NewApiKey, Step, Unit};
use crate::{ApiKeyId, Inventory, Plan, PlanId, Pool, PoolKeyState, Presence, TenantKey, TenantKeyId};

use super::copy::{self, ApiKeyCopy};
use super::refusal::{self, Refusal};
use super::{NewTenantKey, OtherPlans, create, delete, other_plans, rotate, units};

/// A pooled tenant gets an API key of its own, in the same plan.
pub(super) fn isolate(row: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    if !inventory.require_is_shared(row)? {
        return Err(Refusal::HasOwnApiKey(row.id.clone()));
    }
    create::check_account_room(1, inventory)?;
    let new = NewApiKey::for_tenant_key(&NewTenantKey::from_tenant_key(row)?);
    own_key_unit(row, &row.plan, ApiKeyCopy::from_shared_key(&row.require_api_key()?, new, inventory)?)
}

fn own_key_unit(row: &TenantKey, plan: &PlanId, copy: ApiKeyCopy) -> Result<Unit, Refusal> {
    let mut steps = copy.steps();
    steps.push(match row.require_pool_key()? {
        Some(from) => {
            Step::IsolateTenantKey { tenant_key: row.id.clone(), from: from.clone(), plan: plan.clone() }
        }
        // No counter counts the row of a pool key's own.
        None => Step::ReplaceTenantKey(row.id.clone()),
    });
    Ok(units::tenant_key_unit(row, steps))
}

/// A siloed key joins the pool of its plan; its own API key goes.
pub(super) fn consolidate(
    row: &TenantKey,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    if let Some(api_key) = row.require_pool_key()? {
        return Err(Refusal::SharesApiKey { row: row.id.clone(), api_key: api_key.clone() });
    }
    join_pool(row, require_pool(&row.plan, inventory)?, others, inventory)
}

fn join_pool(
    row: &TenantKey,
    pool: &Pool,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    other_plans::check_move_into_pool(&row.require_api_key()?, &row.plan, pool, others, inventory)?;
    let from = row.require_pool_key()?.cloned();
    let own = match from {
        Some(_) => Vec::new(),
        None if inventory.require_is_shared(row)? => Vec::new(),
        None => delete::delete_api_key(&row.require_api_key()?, inventory),
    };
    let refer = Step::JoinPool { tenant_key: row.id.clone(), plan: pool.plan.clone(), from };
    Ok(units::tenant_key_unit(row, [vec![refer], own].concat()))
}

/// A tenant key goes to another plan, in the way that plan's keys are made.
pub(super) fn change_plan(
    row: &TenantKey,
    plan: &PlanId,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    if row.plan == *plan {
        return Err(Refusal::AlreadyInPlan {
            row: row.id.clone(),
            plan: inventory.plan_name(plan).to_owned(),
        });
    }
    let to = inventory.plan(plan).ok_or_else(|| Refusal::NoPlan(plan.clone()))?;
    match (inventory.pool(plan), row.require_pool_key()?) {
        (Some(pool), _) => join_pool(row, pool, others, inventory),
        (None, Some(shared)) => leave_pool(row, shared, to, others, inventory),
        (None, None) if inventory.require_is_shared(row)? => {
            Err(Refusal::SharesApiKey { row: row.id.clone(), api_key: row.require_api_key()? })
        }
        (None, None) => move_siloed_key(row, to, others, inventory),
    }
}

/// A pooled tenant gets an API key of its own in another plan.
fn leave_pool(
    row: &TenantKey,
    shared: &ApiKeyId,
    to: &Plan,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    create::check_account_room(1, inventory)?;
    let parted = other_plans::split_plans(shared, &row.plan, to, others, inventory)?;
    let new = NewApiKey::for_tenant_key(&NewTenantKey {
        plan: to.id.clone(),
        ..NewTenantKey::from_tenant_key(row)?
    });
    let key = match inventory.api_key(shared) {
        Presence::Missing => new,
        Presence::Present(_) | Presence::Unknown(_) => {
            new.with_plans_of(shared, &copy::plans_of(shared, inventory)?)
        }
    };
    let plans = [vec![to.id.clone()], parted.kept].concat();
    own_key_unit(row, &to.id, ApiKeyCopy { key, plans })
}

fn move_siloed_key(
    row: &TenantKey,
    to: &Plan,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    let api_key = row.require_api_key()?;
    let is_in = copy::plans_of(&api_key, inventory)?;
    let parted = other_plans::split_plans(&api_key, &row.plan, to, others, inventory)?;
    let left = is_in.iter().filter(|plan| **plan == row.plan).chain(&parted.left);
    let detach = |plan: &PlanId| Step::DetachApiKey { api_key: api_key.clone(), plan: plan.clone() };
    let mut steps: Vec<_> = left.map(detach).collect();
    if !is_in.contains(&to.id) {
        steps.push(Step::AttachApiKey { api_key: KeyRef::Existing(api_key), plan: to.id.clone() });
    }
    steps.push(Step::SetTenantKeyPlan {
        tenant_key: row.id.clone(),
        revision: row.revision,
        plan: to.id.clone(),
    });
    Ok(units::tenant_key_unit(row, steps))
}

/// The pools that rows would join have room for them.
pub(super) fn check_target_pools(
    rows: &[TenantKeyId],
    plan: Option<&PlanId>,
    inventory: &Inventory,
) -> Result<(), Refusal> {
    let mut wanted: BTreeMap<&PlanId, u32> = BTreeMap::new();
    for row in rows {
        let row = units::find_tenant_key(row, inventory)?;
        *wanted.entry(plan.unwrap_or(&row.plan)).or_default() += 1;
    }
    let pools = wanted.into_iter().filter_map(|(plan, count)| Some((inventory.pool(plan)?, count)));
    pools.into_iter().try_for_each(|(pool, count)| create::check_pool_room(pool, count, inventory))
}

pub(super) fn require_pool<'a>(plan: &PlanId, inventory: &'a Inventory) -> Result<&'a Pool, Refusal> {
    inventory.pool(plan).ok_or_else(|| Refusal::NoPool(inventory.plan_name(plan).to_owned()))
}

/// The keys of a pool that take tenants, each with the rows that are behind it.
pub(super) fn loads(pool: &Pool, inventory: &Inventory) -> Result<Vec<Load>, Refusal> {
    loads_without(None, pool, inventory)
}

/// The same without the key that its tenants leave, whose own counter does not matter.
pub(super) fn loads_without(
    leaving: Option<&ApiKeyId>,
    pool: &Pool,
    inventory: &Inventory,
) -> Result<Vec<Load>, Refusal> {
    let open = pool.keys.iter().filter(|key| {
        key.state == PoolKeyState::Active
            && inventory.is_live(&key.api_key)
            && leaving.is_none_or(|leaving| key.api_key != *leaving)
    });
    let load = |key: &crate::PoolKey| {
        let count = || refusal::describe_tenant_key_count(&key.api_key);
        let referring = *inventory.reference_count(&key.api_key).require(count())?;
        let tenants = *inventory.tenant_key_count(&key.api_key).require(count())?;
        let tenants = u32::try_from(tenants).unwrap_or(u32::MAX);
        // What a counter says beyond the tenant keys that were read takes room, too.
        let counted = key.require_tenants()?;
        let capacity = key.require_capacity()?.saturating_sub(counted.saturating_sub(referring));
        Ok(Load { api_key: key.api_key.clone(), tenants, capacity })
    };
    open.map(load).collect()
}

/// The fewest moves that bring the keys of a pool level, one unit for each pair of keys.
pub(super) fn rebalance(plan: &PlanId, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let pool = require_pool(plan, inventory)?;
    let loads = loads(pool, inventory)?;
    let name = inventory.plan_name(plan);
    let moves = moves::balance_moves(&loads).ok_or_else(|| not_enough_room(name, &loads))?;
    if moves.is_empty() {
        return Err(Refusal::AlreadyBalanced(name.to_owned()));
    }
    for one in &moves {
        other_plans::check_move_within_pool(&one.from, &one.to, pool, inventory)?;
    }
    let subject = |one: &Move| format!("{} → {}", one.from, one.to);
    Ok(move_steps(&moves, inventory)
        .into_iter()
        .zip(&moves)
        .map(|(steps, one)| Unit { subject: subject(one), steps })
        .collect())
}

fn not_enough_room(plan: &str, loads: &[Load]) -> Refusal {
    let sum = |of: fn(&Load) -> u32| loads.iter().map(of).sum::<u32>();
    let (tenants, capacity) = (sum(|load| load.tenants), sum(|load| load.capacity));
    Refusal::NotEnoughRoom { plan: plan.to_owned(), room: 0, wanted: tenants.saturating_sub(capacity) }
}

/// The steps of each move: the next rows of the key that gives, so that no row is moved twice.
pub(super) fn move_steps(moves: &[Move], inventory: &Inventory) -> Vec<Vec<Step>> {
    let mut taken: BTreeMap<&ApiKeyId, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for Move { from, to, count } in moves {
        let skip = taken.entry(from).or_default();
        let rows = inventory.tenant_keys_of_api_key(from).skip(*skip).take(*count as usize);
        *skip += *count as usize;
        all.push(rotate::repoint_steps(rows, from, &KeyRef::Existing(to.clone()), false));
    }
    all
}
