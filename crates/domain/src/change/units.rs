//! Maps each change to its units.

use crate::step::Unit;
use crate::{Inventory, Refusal, TenantKey, TenantKeyId};

use super::{Change, create, delete, edit, fix, import, plans, pools, rotate, transfer};

pub(super) fn units(change: &Change, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let units = units_of_change(change, inventory)?;
    Ok(plans::adoption_units(change, inventory)?.into_iter().chain(units).collect())
}

fn units_of_change(change: &Change, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    match change {
        Change::Create(new) => create::units(new, inventory),
        Change::Import(keys) => import::units(keys, inventory),
        Change::Restore(keys) => create::restore_units(keys, inventory),
        Change::Edit { tenant_key, edit } => {
            Ok(vec![edit::unit(find_tenant_key(tenant_key, inventory)?, edit, inventory)?])
        }
        Change::SetCustomer { tenant_key, customer } => {
            Ok(vec![edit::customer_unit(find_tenant_key(tenant_key, inventory)?, customer, inventory)?])
        }
        Change::SetEnabled { tenant_keys, enabled } => {
            edit::set_enabled_units(tenant_keys, *enabled, inventory)
        }
        Change::Delete(tenant_keys) => {
            units_for_each(tenant_keys, inventory, |tenant_key| delete::unit(tenant_key, inventory))
        }
        Change::Rotate { tenant_keys, grace } => units_for_each(tenant_keys, inventory, |tenant_key| {
            rotate::rotate_siloed_key(tenant_key, *grace, inventory)
        }),
        Change::RotatePoolKey { api_key, grace } => {
            Ok(vec![rotate::rotate_pool_key(api_key, *grace, inventory)?])
        }
        Change::Retire(api_key) => Ok(vec![rotate::retire(api_key, inventory)?]),
        Change::Isolate(tenant_keys) => {
            units_for_each(tenant_keys, inventory, |tenant_key| transfer::isolate(tenant_key, inventory))
        }
        Change::Consolidate { tenant_keys, other_plans } => {
            transfer::check_target_pools(tenant_keys, None, inventory)?;
            units_for_each(tenant_keys, inventory, |tenant_key| {
                transfer::consolidate(tenant_key, *other_plans, inventory)
            })
        }
        Change::ChangePlan { tenant_keys, plan, other_plans } => {
            transfer::check_target_pools(tenant_keys, Some(plan), inventory)?;
            units_for_each(tenant_keys, inventory, |tenant_key| {
                transfer::change_plan(tenant_key, plan, *other_plans, inventory)
            })
        }
        Change::Rebalance(plan) => transfer::rebalance(plan, inventory),
        Change::CreatePool(new) => pools::create(new, inventory),
        Change::DissolvePool(plan) => Ok(vec![pools::dissolve(plan, inventory)?]),
        Change::SetPool { plan, strategy, capacity } => {
            Ok(vec![pools::update(plan, *strategy, *capacity, inventory)?])
        }
        Change::Grow { plan, count } => pools::grow(plan, *count, inventory),
        Change::Drain(api_key) => Ok(vec![pools::drain(api_key, inventory)?]),
        Change::Extend(extension) => extension.units(inventory),
        Change::Fix(fix) => Ok(vec![fix::unit(fix, inventory)?]),
        Change::Plan(change) => Ok(vec![change.unit(inventory)?]),
        Change::Api(change) => change.units(),
    }
}

fn units_for_each(
    tenant_keys: &[TenantKeyId],
    inventory: &Inventory,
    unit: impl Fn(&TenantKey) -> Result<Unit, Refusal>,
) -> Result<Vec<Unit>, Refusal> {
    tenant_keys.iter().map(|tenant_key| unit(find_tenant_key(tenant_key, inventory)?)).collect()
}

pub(super) fn find_tenant_key<'a>(
    tenant_key: &TenantKeyId,
    inventory: &'a Inventory,
) -> Result<&'a TenantKey, Refusal> {
    inventory.tenant_key(tenant_key).ok_or_else(|| Refusal::NoTenantKey(tenant_key.clone()))
}

pub(super) fn tenant_key_unit(tenant_key: &TenantKey, steps: Vec<crate::Step>) -> Unit {
    Unit { subject: format!("{} · {}", tenant_key.tenant, tenant_key.name), steps }
}
