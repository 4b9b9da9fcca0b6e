//! Creates and restores tenant keys: siloed ones with their own API key, pooled ones as references.

use crate::assign::{self, AssignmentContext};
use crate::limits::MAX_API_KEYS;
use crate::refusal::{self, Refusal};
use crate::step::{KeyRef, NewApiKey, Step, Unit};
use crate::{ApiKeyId, Inventory, Known, NewTenantKey, Pool, validate};

use super::copy::ApiKeyCopy;
use super::other_plans::check_one_plan_per_stage;
use super::{NewTenantKeys, Restoration};

pub(super) fn units(new: &NewTenantKeys, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    validate_new_keys(new, inventory)?;
    let steps: fn(NewTenantKey) -> Vec<Step> = match inventory.pool(&new.template.plan) {
        Some(pool) => {
            check_assignable(pool, new, inventory)?;
            |key| vec![Step::WritePooledTenantKey(key)]
        }
        None => {
            check_account_room(new.count, inventory)?;
            |key| siloed_key_steps(NewApiKey::for_tenant_key(&key), key)
        }
    };
    let unit =
        |key: NewTenantKey| Unit { subject: format!("{} · {}", key.tenant, key.name), steps: steps(key) };
    Ok(number_keys(new).map(unit).collect())
}

/// Restores deleted siloed keys with their values, under new ids, in those of their plans that still exist.
pub(super) fn restore_units(keys: &[Restoration], inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    check_account_room(u32::try_from(keys.len()).unwrap_or(u32::MAX), inventory)?;
    keys.iter().map(|key| restore_unit(key, inventory)).collect()
}

fn restore_unit(key: &Restoration, inventory: &Inventory) -> Result<Unit, Refusal> {
    let Restoration { tenant_key, value, api_key: former } = key;
    if inventory.plan(&tenant_key.plan).is_none() {
        return Err(Refusal::NoPlan(tenant_key.plan.clone()));
    }
    let plans_left: Vec<_> = former.plans.iter().filter_map(|plan| inventory.plan(plan)).collect();
    let plans: Vec<_> = plans_left.iter().map(|plan| plan.id.clone()).collect();
    for (index, plan) in plans_left.into_iter().enumerate() {
        check_one_plan_per_stage(&ApiKeyId::new(tenant_key.id.as_str()), plan, &plans[..index], inventory)?;
    }
    let key = NewTenantKey::from_tenant_key(tenant_key)?;
    let api_key = NewApiKey { value: Some(value.clone()), ..NewApiKey::for_tenant_key(&key) };
    let mut steps = ApiKeyCopy { key: api_key.with_properties_of(former.clone()), plans }.steps();
    steps.push(Step::WriteTenantKey(key));
    Ok(super::units::tenant_key_unit(tenant_key, steps))
}

fn validate_new_keys(new: &NewTenantKeys, inventory: &Inventory) -> Result<(), Refusal> {
    if inventory.plan(&new.template.plan).is_none() {
        return Err(Refusal::NoPlan(new.template.plan.clone()));
    }
    validate::validate_tenant(&new.template.tenant)?;
    validate::validate_name(&new.template.name)?;
    validate::validate_description(&new.template.description)?;
    if new.count == 0 || new.count as usize > MAX_API_KEYS {
        return Err(Refusal::InvalidCount(new.count));
    }
    Ok(())
}

fn siloed_key_steps(api_key: NewApiKey, key: NewTenantKey) -> Vec<Step> {
    let plan = key.plan.clone();
    vec![
        Step::CreateApiKey(api_key),
        Step::AttachApiKey { api_key: KeyRef::New, plan },
        Step::WriteTenantKey(key),
    ]
}

/// Checks that the account has room for more API keys; passes if the keys could not be listed.
pub(super) fn check_account_room(requested: u32, inventory: &Inventory) -> Result<(), Refusal> {
    let existing = inventory.listed_api_keys().len();
    if existing + requested as usize > MAX_API_KEYS {
        return Err(Refusal::AccountFull { existing, requested });
    }
    Ok(())
}

/// The tenant keys to create. If there are several, each name gets a numeric suffix.
fn number_keys(new: &NewTenantKeys) -> impl Iterator<Item = NewTenantKey> {
    (1..=new.count).map(|n| match new.count {
        1 => new.template.clone(),
        _ => NewTenantKey { name: format!("{}-{n}", new.template.name), ..new.template.clone() },
    })
}

fn check_assignable(pool: &Pool, new: &NewTenantKeys, inventory: &Inventory) -> Result<(), Refusal> {
    let is_live = |id: &ApiKeyId| inventory.is_live(id);
    let context =
        AssignmentContext { tenant: &new.template.tenant, is_live: &is_live, share_used: &|_| 0, draw: 0 };
    let plan = || inventory.plan_name(&pool.plan).to_owned();
    assign::choose_pool_key(&inventory.with_actual_counts(pool), &context)
        .map_err(|reason| Refusal::NoPoolKey { plan: plan(), reason })?;
    check_pool_room(pool, new.count, inventory)
}

/// Requires known tenant counts, so that no tenant is assigned by a count that may be too low.
pub(super) fn require_tenant_counts(pool: &Pool, inventory: &Inventory) -> Result<(), Refusal> {
    for key in pool.keys.iter().filter(|key| !key.remaining_capacity().is_known_to_be(&0)) {
        let count = inventory.reference_count(&key.api_key);
        count.require(refusal::describe_tenant_key_count(&key.api_key))?;
    }
    Ok(())
}

pub(super) fn check_pool_room(pool: &Pool, requested: u32, inventory: &Inventory) -> Result<(), Refusal> {
    require_tenant_counts(pool, inventory)?;
    let pool = inventory.with_actual_counts(pool);
    let live = pool.keys.iter().filter(|key| inventory.is_live(&key.api_key));
    let (mut room, mut unknown) = (0_u32, None);
    for key in live {
        match key.remaining_capacity() {
            Known::Value(free) => room = room.saturating_add(free),
            Known::Unknown(_) => unknown = unknown.or(Some(key)),
        }
    }
    if room < requested {
        // The known room is too small, but a key with unknown room may have enough.
        if let Some(key) = unknown {
            key.require_tenant_count()?;
            key.require_capacity()?;
        }
        return Err(Refusal::NotEnoughRoom {
            plan: inventory.plan_name(&pool.plan).to_owned(),
            room,
            requested,
        });
    }
    Ok(())
}
