//! New tenant keys: siloed ones with an API key of their own, pooled ones as references.

use crate::assign::{self, Ask};
use crate::step::{KeyRef, NewApiKey, Step, Unit};
use crate::{ApiKeyId, Inventory, Known, Pool};

use super::check::{self, MAX_API_KEYS, Refusal};
use super::copy::Copy;
use super::other_plans::one_plan_for_each_stage;
use super::{NewKey, NewKeys, Restoration};

pub(super) fn units(new: &NewKeys, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    check::new_keys(new, inventory)?;
    let steps: fn(NewKey) -> Vec<Step> = match inventory.pool(&new.key.plan) {
        Some(pool) => {
            room(pool, new, inventory)?;
            |key| vec![Step::Assign(key)]
        }
        None => {
            account_room(new.count, inventory)?;
            |key| siloed(NewApiKey::of(&key), key)
        }
    };
    let unit = |key: NewKey| Unit { subject: format!("{} · {}", key.tenant, key.name), steps: steps(key) };
    Ok(named(new).map(unit).collect())
}

/// A siloed key that was deleted, with the value it had and a new id.
///
/// It enters the plans that the API key was in, but for those that are gone since.
pub(super) fn restored_keys(keys: &[Restoration], inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    account_room(u32::try_from(keys.len()).unwrap_or(u32::MAX), inventory)?;
    keys.iter().map(|key| restored(key, inventory)).collect()
}

fn restored(key: &Restoration, inventory: &Inventory) -> Result<Unit, Refusal> {
    let Restoration { row, value, api_key: former } = key;
    if inventory.plan(&row.plan).is_none() {
        return Err(Refusal::NoPlan(row.plan.clone()));
    }
    let there: Vec<_> = former.plans.iter().filter_map(|plan| inventory.plan(plan)).collect();
    let plans: Vec<_> = there.iter().map(|plan| plan.id.clone()).collect();
    for (at, plan) in there.into_iter().enumerate() {
        one_plan_for_each_stage(&ApiKeyId::new(row.id.as_str()), plan, &plans[..at], inventory)?;
    }
    let key = NewKey::of(row)?;
    let api_key = NewApiKey { value: Some(value.clone()), ..NewApiKey::of(&key) };
    let mut steps = Copy { key: api_key.like(former.clone()), plans }.steps();
    steps.push(Step::WriteTenantKey(key));
    Ok(super::units::of_row(row, steps))
}

fn siloed(api_key: NewApiKey, key: NewKey) -> Vec<Step> {
    let plan = key.plan.clone();
    vec![
        Step::CreateApiKey(api_key),
        Step::AttachApiKey { api_key: KeyRef::New, plan },
        Step::WriteTenantKey(key),
    ]
}

/// The account takes so many more API keys, as far as it could be looked at.
pub(super) fn account_room(wanted: u32, inventory: &Inventory) -> Result<(), Refusal> {
    let have = inventory.listed_api_keys().len();
    if have + wanted as usize > MAX_API_KEYS {
        return Err(Refusal::AccountFull { have, wanted });
    }
    Ok(())
}

/// The keys one by one; of several, each name ends in its number.
fn named(new: &NewKeys) -> impl Iterator<Item = NewKey> {
    (1..=new.count).map(|n| match new.count {
        1 => new.key.clone(),
        _ => NewKey { name: format!("{}-{n}", new.key.name), ..new.key.clone() },
    })
}

fn room(pool: &Pool, new: &NewKeys, inventory: &Inventory) -> Result<(), Refusal> {
    let is_live = |id: &ApiKeyId| inventory.is_live(id);
    let ask = Ask { tenant: &new.key.tenant, is_live: &is_live, share_used: &|_| 0, draw: 0 };
    let plan = || inventory.plan_name(&pool.plan).to_owned();
    assign::choose(&inventory.filled(pool), &ask).map_err(|why| Refusal::Pool { plan: plan(), why })?;
    pool_room(pool, new.count, inventory)
}

/// How many tenants each key of the pool has is known: nobody is assigned by a count that may be too low.
pub(super) fn counted(pool: &Pool, inventory: &Inventory) -> Result<(), Refusal> {
    let count = |key: &crate::PoolKey| {
        inventory.referring(&key.api_key).require(check::count_of(&key.api_key)).map(drop)
    };
    pool.keys.iter().filter(|key| !key.room().is_known_to_be(&0)).try_for_each(count)
}

/// The pool takes so many more tenant keys.
pub(super) fn pool_room(pool: &Pool, wanted: u32, inventory: &Inventory) -> Result<(), Refusal> {
    counted(pool, inventory)?;
    let pool = inventory.filled(pool);
    let live = pool.keys.iter().filter(|key| inventory.is_live(&key.api_key));
    let (mut room, mut unread) = (0_u32, None);
    for key in live {
        match key.room() {
            Known::Value(more) => room = room.saturating_add(more),
            Known::Unknown(_) => unread = unread.or(Some(key)),
        }
    }
    if room < wanted {
        // What is known does not suffice, and what is not known may.
        if let Some(key) = unread {
            key.require_tenants()?;
            key.require_capacity()?;
        }
        return Err(Refusal::PoolRoom { plan: inventory.plan_name(&pool.plan).to_owned(), room, wanted });
    }
    Ok(())
}
