//! Tenant keys go elsewhere: to an API key of their own, into a pool, into another plan, to another key of the pool.

use std::collections::BTreeMap;

use crate::moves::{self, Load, Move};
use crate::step::{KeyRef, NewApiKey, Step, Unit};
use crate::{ApiKeyId, Inventory, PlanId, Pool, PoolKeyState, RowId, TenantKey};

use super::check::{self, Refusal};
use super::{NewKey, create, delete, rotate, units};

/// A pooled tenant gets an API key of its own, in the same plan.
pub(super) fn isolate(row: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    if !inventory.require_shares(row)? {
        return Err(Refusal::HasItsOwn(row.id.clone()));
    }
    into_own_key(row, &row.plan, inventory)
}

fn into_own_key(row: &TenantKey, plan: &PlanId, inventory: &Inventory) -> Result<Unit, Refusal> {
    create::account_room(1, inventory)?;
    let key = NewKey { plan: plan.clone(), ..NewKey::of(row)? };
    let mut steps = vec![
        Step::CreateApiKey(NewApiKey::of(&key)),
        Step::AttachApiKey { api_key: KeyRef::New, plan: plan.clone() },
    ];
    steps.extend(key.enabled.then(|| Step::AwaitAnswer(plan.clone())));
    steps.push(match row.require_pool_key()? {
        Some(from) => Step::IsolateRow { row: row.id.clone(), from: from.clone(), plan: plan.clone() },
        // No counter counts the row of a pool key's own.
        None => Step::ReplaceRow(row.id.clone()),
    });
    Ok(units::of_row(row, steps))
}

/// A siloed key joins the pool of its plan; its own API key goes.
pub(super) fn consolidate(row: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    if let Some(api_key) = row.require_pool_key()? {
        return Err(Refusal::Shared { row: row.id.clone(), api_key: api_key.clone() });
    }
    pool(&row.plan, inventory)?;
    into_pool(row, &row.plan, inventory)
}

fn into_pool(row: &TenantKey, plan: &PlanId, inventory: &Inventory) -> Result<Unit, Refusal> {
    let from = row.require_pool_key()?.cloned();
    let own = match from {
        Some(_) => Vec::new(),
        None if inventory.require_shares(row)? => Vec::new(),
        None => delete::api_key(&row.require_api_key()?, inventory),
    };
    let refer = Step::Refer { row: row.id.clone(), plan: plan.clone(), from };
    Ok(units::of_row(row, [vec![refer], own].concat()))
}

/// A tenant key goes to another plan, in the way that plan's keys are made.
pub(super) fn change_plan(row: &TenantKey, plan: &PlanId, inventory: &Inventory) -> Result<Unit, Refusal> {
    if row.plan == *plan {
        return Err(Refusal::InThatPlan { row: row.id.clone(), plan: inventory.plan_name(plan).to_owned() });
    }
    if inventory.plan(plan).is_none() {
        return Err(Refusal::NoPlan(plan.clone()));
    }
    match (inventory.pool(plan), row.require_pool_key()?) {
        (Some(_), _) => into_pool(row, plan, inventory),
        (None, Some(_)) => into_own_key(row, plan, inventory),
        (None, None) if inventory.require_shares(row)? => {
            Err(Refusal::Shared { row: row.id.clone(), api_key: row.require_api_key()? })
        }
        (None, None) => between_siloed(row, plan, inventory),
    }
}

fn between_siloed(row: &TenantKey, plan: &PlanId, inventory: &Inventory) -> Result<Unit, Refusal> {
    let api_key = row.require_api_key()?;
    let attached = !inventory.is_member(&row.plan, &api_key).is_known_to_be(&false);
    let detach = attached.then(|| Step::DetachApiKey { api_key: api_key.clone(), plan: row.plan.clone() });
    let attach = Step::AttachApiKey { api_key: KeyRef::Known(api_key), plan: plan.clone() };
    let row_step = Step::SetRowPlan { row: row.id.clone(), revision: row.revision, plan: plan.clone() };
    Ok(units::of_row(row, detach.into_iter().chain([attach, row_step]).collect()))
}

/// The pools that rows would join have room for them.
pub(super) fn room(rows: &[RowId], plan: Option<&PlanId>, inventory: &Inventory) -> Result<(), Refusal> {
    let mut wanted: BTreeMap<&PlanId, u32> = BTreeMap::new();
    for row in rows {
        let row = units::known(row, inventory)?;
        *wanted.entry(plan.unwrap_or(&row.plan)).or_default() += 1;
    }
    let pools = wanted.into_iter().filter_map(|(plan, count)| Some((inventory.pool(plan)?, count)));
    pools.into_iter().try_for_each(|(pool, count)| create::pool_room(pool, count, inventory))
}

pub(super) fn pool<'a>(plan: &PlanId, inventory: &'a Inventory) -> Result<&'a Pool, Refusal> {
    inventory.pool(plan).ok_or_else(|| Refusal::NoPool(inventory.plan_name(plan).to_owned()))
}

/// The keys of a pool that take tenants, each with the rows that are behind it.
pub(super) fn loads(pool: &Pool, inventory: &Inventory) -> Result<Vec<Load>, Refusal> {
    let open =
        pool.keys.iter().filter(|key| key.state == PoolKeyState::Active && inventory.is_live(&key.api_key));
    let load = |key: &crate::PoolKey| {
        let count = || check::count_of(&key.api_key);
        let referring = *inventory.referring(&key.api_key).require(count())?;
        let tenants = *inventory.sending(&key.api_key).require(count())?;
        let tenants = u32::try_from(tenants).unwrap_or(u32::MAX);
        // What a counter says beyond the tenant keys that were read takes room, too.
        let capacity = key.capacity.saturating_sub(key.tenants.saturating_sub(referring));
        Ok(Load { api_key: key.api_key.clone(), tenants, capacity })
    };
    open.map(load).collect()
}

/// The fewest moves that bring the keys of a pool level, one unit for each pair of keys.
pub(super) fn rebalance(plan: &PlanId, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let pool = pool(plan, inventory)?;
    let loads = loads(pool, inventory)?;
    let name = inventory.plan_name(plan);
    let moves = moves::level(&loads).ok_or_else(|| no_room(name, &loads))?;
    if moves.is_empty() {
        return Err(Refusal::Level(name.to_owned()));
    }
    let subject = |one: &Move| format!("{} → {}", one.from, one.to);
    Ok(carried_out(&moves, inventory)
        .into_iter()
        .zip(&moves)
        .map(|(steps, one)| Unit { subject: subject(one), steps })
        .collect())
}

fn no_room(plan: &str, loads: &[Load]) -> Refusal {
    let sum = |of: fn(&Load) -> u32| loads.iter().map(of).sum::<u32>();
    let (tenants, capacity) = (sum(|load| load.tenants), sum(|load| load.capacity));
    Refusal::PoolRoom { plan: plan.to_owned(), room: 0, wanted: tenants.saturating_sub(capacity) }
}

/// The steps of each move: the next rows of the key that gives, so that no row is moved twice.
pub(super) fn carried_out(moves: &[Move], inventory: &Inventory) -> Vec<Vec<Step>> {
    let mut taken: BTreeMap<&ApiKeyId, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for Move { from, to, count } in moves {
        let skip = taken.entry(from).or_default();
        let rows = inventory.rows_behind(from).skip(*skip).take(*count as usize);
        *skip += *count as usize;
        all.push(rotate::repointed(rows, from, &KeyRef::Known(to.clone()), false));
    }
    all
}
