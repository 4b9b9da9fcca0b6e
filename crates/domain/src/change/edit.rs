//! Edits name, description, enabled state and Marketplace customer of tenant keys.

use crate::step::{Step, Unit};
use crate::{Edit, Inventory, Presence, Refusal, TenantKey, TenantKeyId, validate};

use super::units;

pub(super) fn unit(tenant_key: &TenantKey, edit: &Edit, inventory: &Inventory) -> Result<Unit, Refusal> {
    let edit = edit.difference(tenant_key);
    if let Some(name) = &edit.name {
        validate::validate_name(name)?;
    }
    if let Some(description) = &edit.description {
        validate::validate_description(description)?;
    }
    if edit.is_empty() {
        return Err(Refusal::NoDifference);
    }
    let api_key = tenant_key.require_api_key()?;
    let is_siloed = !inventory.require_is_shared(tenant_key)?;
    if is_siloed && inventory.api_key(&api_key) == Presence::Missing {
        return Err(Refusal::NoApiKey(api_key));
    }
    if is_siloed && edit.enabled == Some(true) && inventory.is_being_deleted(&api_key) {
        return Err(Refusal::BeingDeleted(api_key));
    }
    let update_api_key = is_siloed.then(|| Step::UpdateApiKey { api_key, edit: edit.clone() });
    let update_tenant_key =
        Step::UpdateTenantKey { tenant_key: tenant_key.id.clone(), revision: tenant_key.revision, edit };
    Ok(units::tenant_key_unit(tenant_key, update_api_key.into_iter().chain([update_tenant_key]).collect()))
}

pub(super) fn customer_unit(
    tenant_key: &TenantKey,
    customer: &str,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    validate::validate_customer(customer)?;
    let api_key = tenant_key.require_api_key()?;
    let before = match inventory.api_key(&api_key) {
        Presence::Missing => return Err(Refusal::NoApiKey(api_key)),
        Presence::Present(key) => key.customer_id.clone(),
        Presence::Unknown(_) => None,
    };
    if before.as_deref().unwrap_or_default() == customer && inventory.api_key(&api_key).key().is_some() {
        return Err(Refusal::NoDifference);
    }
    let step = Step::SetCustomer { api_key, customer: customer.to_owned() };
    Ok(units::tenant_key_unit(tenant_key, vec![step]))
}

/// Skips keys that are already in this state.
pub(super) fn set_enabled_units(
    tenant_keys: &[TenantKeyId],
    enabled: bool,
    inventory: &Inventory,
) -> Result<Vec<Unit>, Refusal> {
    let edit = Edit { enabled: Some(enabled), ..Edit::default() };
    let mut changed = Vec::new();
    for tenant_key in tenant_keys {
        let tenant_key = units::find_tenant_key(tenant_key, inventory)?;
        if !tenant_key.enabled.is_known_to_be(&enabled) {
            changed.push(unit(tenant_key, &edit, inventory)?);
        }
    }
    if changed.is_empty() { Err(Refusal::NoDifference) } else { Ok(changed) }
}
