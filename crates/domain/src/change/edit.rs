//! Edits name, description, enabled state and expiry of a tenant key.

use crate::step::{Step, Unit};
use crate::{Edit, Expiry, Inventory, Presence, Refusal, TenantKey, TenantKeyId, validate};

use super::kinds::Change;
use super::old_keys::{disable_old_keys, old_key_cautions};
use super::operation::{Effects, Operation, Record, ResourceState, Reversal, Scope, Subject};
use super::table_steps::{table_step, tag_expiry, tenant_change_caution};
use super::titles::title;
use super::units::{find_tenant_key, tenant_key_unit};

pub(super) struct EditTenantKey<'a> {
    pub(super) tenant_key: &'a TenantKeyId,
    pub(super) edit: &'a Edit,
}

impl Operation for EditTenantKey<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        Ok(vec![edit_unit(find_tenant_key(self.tenant_key, inventory)?, self.edit, inventory)?])
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("{}: {}", title(inventory, self.tenant_key), self.edit.describe())
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_tenant_keys([self.tenant_key]).with_written_own_api_keys();
        let disables = self.edit.enabled == Some(false);
        let needs_confirmation = disables && may_be_enabled(self.tenant_key, inventory);
        let mut cautions = if disables { disabling_cautions(&scope) } else { Vec::new() };
        let tenant_key = inventory.tenant_key(self.tenant_key).zip(self.edit.name.as_ref());
        let tenant_change = tenant_key.and_then(|(tenant_key, name)| {
            tenant_change_caution(tenant_key, |key| key.name.clone_from(name), inventory)
        });
        let needs_confirmation = needs_confirmation || tenant_change.is_some();
        cautions.extend(tenant_change);
        if self.edit.enabled == Some(true) && self.edit.expiry.is_none() {
            cautions.extend(expired_cautions(&scope));
        }
        Effects { scope, cautions, needs_confirmation }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        let Some(before) = inventory.tenant_key(self.tenant_key) else {
            return Record::new(Subject::NamedInDescription);
        };
        let after = self.edit.apply_to(before);
        let inverse = self.edit.inverse(before, inventory);
        let reversal = inverse.map(|edit| Change::Edit { tenant_key: self.tenant_key.clone(), edit });
        Record::new(Subject::NamedKeys(vec![(after.name.to_string(), after.tenant.clone())]))
            .with_after(vec![ResourceState::TenantKey(after)])
            .with_reversal(Reversal::Units(vec![reversal]))
    }
}

pub(super) fn edit_unit(tenant_key: &TenantKey, edit: &Edit, inventory: &Inventory) -> Result<Unit, Refusal> {
    let disables = edit.enabled == Some(false);
    let edit = edit.difference(tenant_key, inventory);
    if let Some(name) = &edit.name {
        validate::validate_name(name)?;
    }
    if let Some(description) = &edit.description {
        validate::validate_description(description)?;
    }
    let disable_old_keys = if disables { disable_old_keys(tenant_key, inventory) } else { Vec::new() };
    if edit.is_empty() {
        return match disable_old_keys[..] {
            [] => Err(Refusal::NoDifference),
            [..] => Ok(tenant_key_unit(tenant_key, disable_old_keys)),
        };
    }
    let api_key = tenant_key.require_api_key()?;
    let is_siloed = !inventory.determine_whether_shared(tenant_key)?;
    if is_siloed && inventory.api_key(&api_key) == Presence::Missing {
        return Err(Refusal::NoApiKey(api_key));
    }
    if is_siloed && edit.enabled == Some(true) && inventory.is_being_deleted(&api_key) {
        return Err(Refusal::BeingDeleted(api_key));
    }
    if !is_siloed && matches!(edit.expiry, Some(Expiry::At(_))) {
        return Err(Refusal::SharedKeyCannotExpire(tenant_key.id.clone()));
    }
    let tag = edit.expiry.and_then(|expiry| tag_expiry(&api_key, expiry, inventory));
    let of_api_key = edit.of_api_key();
    let updates_api_key = is_siloed && !of_api_key.is_empty();
    let update_api_key = updates_api_key.then_some(Step::UpdateApiKey { api_key, edit: of_api_key });
    let update_tenant_key = table_step(inventory, || Step::UpdateTenantKey {
        tenant_key: tenant_key.id.clone(),
        revision: tenant_key.revision,
        edit,
    });
    let steps = update_api_key.into_iter().chain(disable_old_keys).chain(update_tenant_key).chain(tag);
    Ok(tenant_key_unit(tenant_key, steps.collect()))
}

/// Whether disabling a tenant key changes anything.
pub(super) fn can_be_disabled(tenant_key: &TenantKey, inventory: &Inventory) -> bool {
    !tenant_key.enabled.is_known_to_be(&false) || !disable_old_keys(tenant_key, inventory).is_empty()
}

/// Also true if the state is unknown.
pub(super) fn may_be_enabled(tenant_key: &TenantKeyId, inventory: &Inventory) -> bool {
    inventory.tenant_key(tenant_key).is_some_and(|key| !key.enabled.is_known_to_be(&false))
}

/// One caution for each key to enable that has expired.
pub(super) fn expired_cautions(scope: &Scope<'_>) -> Vec<String> {
    let inventory = scope.inventory;
    let expired = scope.tenant_keys.iter().filter_map(|tenant_key| {
        let at = inventory.expired_at(tenant_key, inventory.taken_at())?;
        Some(format!(
            "tenant key {} expired at {at:.0}: the next `keypool keys retire --due` disables it again, unless it gets a \
             later end",
            tenant_key.id
        ))
    });
    expired.collect()
}

/// The cautions for keys to disable that are shared or have old keys.
pub(super) fn disabling_cautions(scope: &Scope<'_>) -> Vec<String> {
    let old_keys = old_key_cautions(
        scope,
        |old| old.enabled,
        "is disabled too; enabling the tenant key again does not enable it",
    );
    let caution = "API Gateway cannot disable a shared key for one tenant: the tenant can still call; isolate the tenant key \
         first to stop its calls";
    let shared = (scope.count_shared() > 0).then(|| caution.to_owned());
    shared.into_iter().chain(old_keys).collect()
}
