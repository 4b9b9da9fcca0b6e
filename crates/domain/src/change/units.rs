//! From a change and what was seen to the steps of each unit: one row for each change.

use crate::step::Unit;
use crate::{Inventory, TenantKey, TenantKeyId};

use super::refusal::Refusal;
use super::{Change, create, delete, edit, fix, import, plans, pools, rotate, transfer};

pub(super) fn units(change: &Change, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let own = own_units(change, inventory)?;
    Ok(plans::adoption_units(change, inventory)?.into_iter().chain(own).collect())
}

fn own_units(change: &Change, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    match change {
        Change::Create(new) => create::units(new, inventory),
        Change::Import(keys) => import::units(keys, inventory),
        Change::Restore(keys) => create::restore_units(keys, inventory),
        Change::Edit { tenant_key: row, edit } => {
            Ok(vec![edit::unit(find_tenant_key(row, inventory)?, edit, inventory)?])
        }
        Change::SetCustomer { tenant_key: row, customer } => {
            Ok(vec![edit::customer_unit(find_tenant_key(row, inventory)?, customer, inventory)?])
        }
        Change::SetEnabled { tenant_keys: rows, enabled } => {
            edit::set_enabled_units(rows, *enabled, inventory)
        }
        Change::Delete(rows) => units_for_each(rows, inventory, |row| delete::unit(row, inventory)),
        Change::Rotate { tenant_keys: rows, grace } => {
            units_for_each(rows, inventory, |row| rotate::rotate_siloed_key(row, *grace, inventory))
        }
        Change::RotatePoolKey { api_key, grace } => {
            Ok(vec![rotate::rotate_pool_key(api_key, *grace, inventory)?])
        }
        Change::Retire(api_key) => Ok(vec![rotate::retire(api_key, inventory)?]),
        Change::Isolate(rows) => units_for_each(rows, inventory, |row| transfer::isolate(row, inventory)),
        Change::Consolidate { tenant_keys: rows, others } => {
            transfer::check_target_pools(rows, None, inventory)?;
            units_for_each(rows, inventory, |row| transfer::consolidate(row, *others, inventory))
        }
        Change::ChangePlan { tenant_keys: rows, plan, others } => {
            transfer::check_target_pools(rows, Some(plan), inventory)?;
            units_for_each(rows, inventory, |row| transfer::change_plan(row, plan, *others, inventory))
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
        Change::Fix(one) => Ok(vec![fix::unit(one, inventory)?]),
        Change::Plan(one) => Ok(vec![one.unit(inventory)?]),
        Change::Api(one) => one.units(),
    }
}

fn units_for_each(
    rows: &[TenantKeyId],
    inventory: &Inventory,
    unit: impl Fn(&TenantKey) -> Result<Unit, Refusal>,
) -> Result<Vec<Unit>, Refusal> {
    rows.iter().map(|row| unit(find_tenant_key(row, inventory)?)).collect()
}

pub(super) fn find_tenant_key<'a>(
    row: &TenantKeyId,
    inventory: &'a Inventory,
) -> Result<&'a TenantKey, Refusal> {
    inventory.tenant_key(row).ok_or_else(|| Refusal::NoTenantKey(row.clone()))
}

pub(super) fn tenant_key_unit(row: &TenantKey, steps: Vec<crate::Step>) -> Unit {
    Unit { subject: format!("{} · {}", row.tenant, row.name), steps }
}
