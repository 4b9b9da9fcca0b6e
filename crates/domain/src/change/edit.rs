//! Another name, description or state of one tenant key.

use crate::step::{Step, Unit};
use crate::{Inventory, Presence, TenantKey, TenantKeyId};

use super::refusal::{self, Refusal};
use super::{Edit, units};

pub(super) fn unit(row: &TenantKey, edit: &Edit, inventory: &Inventory) -> Result<Unit, Refusal> {
    let edit = difference(row, edit);
    if let Some(name) = &edit.name {
        refusal::validate_name(name)?;
    }
    if let Some(description) = &edit.description {
        refusal::validate_description(description)?;
    }
    if edit.is_empty() {
        return Err(Refusal::NoDifference);
    }
    let api_key = row.require_api_key()?;
    let own = !inventory.require_is_shared(row)?;
    if own && inventory.api_key(&api_key) == Presence::Missing {
        return Err(Refusal::NoApiKey(api_key));
    }
    if own && edit.enabled == Some(true) && inventory.is_being_deleted(&api_key) {
        return Err(Refusal::BeingDeleted(api_key));
    }
    let gateway = own.then(|| Step::UpdateApiKey { api_key, edit: edit.clone() });
    let table = Step::UpdateTenantKey { tenant_key: row.id.clone(), revision: row.revision, edit };
    Ok(units::tenant_key_unit(row, gateway.into_iter().chain([table]).collect()))
}

/// Whose key its API key is in AWS Marketplace.
pub(super) fn customer_unit(row: &TenantKey, customer: &str, inventory: &Inventory) -> Result<Unit, Refusal> {
    refusal::validate_customer(customer)?;
    let api_key = row.require_api_key()?;
    let before = match inventory.api_key(&api_key) {
        Presence::Missing => return Err(Refusal::NoApiKey(api_key)),
        Presence::Present(key) => key.customer_id.clone(),
        Presence::Unknown(_) => None,
    };
    if before.as_deref().unwrap_or_default() == customer && inventory.api_key(&api_key).key().is_some() {
        return Err(Refusal::NoDifference);
    }
    let step = Step::SetCustomer { api_key, customer: customer.to_owned() };
    Ok(units::tenant_key_unit(row, vec![step]))
}

/// Those of the keys that are not known to be in this state.
pub(super) fn set_enabled_units(
    rows: &[TenantKeyId],
    enabled: bool,
    inventory: &Inventory,
) -> Result<Vec<Unit>, Refusal> {
    let edit = Edit { enabled: Some(enabled), ..Edit::default() };
    let mut changed = Vec::new();
    for row in rows {
        let row = units::find_tenant_key(row, inventory)?;
        if !row.enabled.is_known_to_be(&enabled) {
            changed.push(unit(row, &edit, inventory)?);
        }
    }
    if changed.is_empty() { Err(Refusal::NoDifference) } else { Ok(changed) }
}

/// Only what differs from the row; where its state is not known, either state does.
pub(super) fn difference(row: &TenantKey, edit: &Edit) -> Edit {
    Edit {
        name: edit.name.clone().filter(|name| *name != row.name),
        description: edit.description.clone().filter(|text| *text != row.description),
        enabled: edit.enabled.filter(|on| !row.enabled.is_known_to_be(on)),
    }
}
