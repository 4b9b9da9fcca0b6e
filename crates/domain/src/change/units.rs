//! From a change and what was seen to the steps of each unit: one row for each change.

use crate::step::Unit;
use crate::{Inventory, RowId, TenantKey};

use super::check::Refusal;
use super::{Change, create, delete, edit, import, mend, plans, pools, rotate, transfer};

pub(super) fn units(change: &Change, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let own = own_units(change, inventory)?;
    Ok(plans::adoptions(change, inventory)?.into_iter().chain(own).collect())
}

fn own_units(change: &Change, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    match change {
        Change::Create(new) => create::units(new, inventory),
        Change::Import(keys) => import::units(keys, inventory),
        Change::Restore(keys) => create::restored_keys(keys, inventory),
        Change::Edit { row, edit } => Ok(vec![edit::unit(known(row, inventory)?, edit, inventory)?]),
        Change::SetCustomer { row, customer } => {
            Ok(vec![edit::customer(known(row, inventory)?, customer, inventory)?])
        }
        Change::Switch { rows, enabled } => edit::switched(rows, *enabled, inventory),
        Change::Delete(rows) => each(rows, inventory, |row| delete::unit(row, inventory)),
        Change::Rotate { rows, grace } => each(rows, inventory, |row| rotate::siloed(row, *grace, inventory)),
        Change::RotatePoolKey { api_key, grace } => Ok(vec![rotate::pool_key(api_key, *grace, inventory)?]),
        Change::Retire(api_key) => Ok(vec![rotate::retire(api_key, inventory)?]),
        Change::Isolate(rows) => each(rows, inventory, |row| transfer::isolate(row, inventory)),
        Change::Consolidate { rows, others } => {
            transfer::room(rows, None, inventory)?;
            each(rows, inventory, |row| transfer::consolidate(row, *others, inventory))
        }
        Change::ChangePlan { rows, plan, others } => {
            transfer::room(rows, Some(plan), inventory)?;
            each(rows, inventory, |row| transfer::change_plan(row, plan, *others, inventory))
        }
        Change::Rebalance(plan) => transfer::rebalance(plan, inventory),
        Change::CreatePool(new) => pools::create(new, inventory),
        Change::DissolvePool(plan) => Ok(vec![pools::dissolve(plan, inventory)?]),
        Change::SetPool { plan, strategy, capacity } => {
            Ok(vec![pools::set(plan, *strategy, *capacity, inventory)?])
        }
        Change::Grow { plan, count } => pools::grow(plan, *count, inventory),
        Change::Drain(api_key) => Ok(vec![pools::drain(api_key, inventory)?]),
        Change::Extend(extension) => extension.units(inventory),
        Change::Mend(one) => Ok(vec![mend::unit(one, inventory)?]),
        Change::Plan(one) => Ok(vec![one.unit(inventory)?]),
        Change::Api(one) => one.units(),
    }
}

fn each(
    rows: &[RowId],
    inventory: &Inventory,
    unit: impl Fn(&TenantKey) -> Result<Unit, Refusal>,
) -> Result<Vec<Unit>, Refusal> {
    rows.iter().map(|row| unit(known(row, inventory)?)).collect()
}

pub(super) fn known<'a>(row: &RowId, inventory: &'a Inventory) -> Result<&'a TenantKey, Refusal> {
    inventory.row(row).ok_or_else(|| Refusal::NoRow(row.clone()))
}

pub(super) fn of_row(row: &TenantKey, steps: Vec<crate::Step>) -> Unit {
    Unit { subject: format!("{} · {}", row.tenant, row.name), steps }
}
