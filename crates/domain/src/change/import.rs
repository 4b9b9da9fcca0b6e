//! Imports API keys from a file: one call for many keys and their plans, then one tenant key for each.

use crate::key_file::{ImportAction, PlannedKey};
use crate::step::{Step, Unit};
use crate::text::pluralize;
use crate::{Edit, Inventory, Refusal, Tenant, TenantKey, TenantKeyId};

use super::create;

/// API keys per call, and so the most that an interrupted import can leave without tenant keys.
const MAX_KEYS_PER_IMPORT: usize = 100;

pub(super) fn units(keys: &[PlannedKey], inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let new_keys = keys.iter().filter(|key| key.action == ImportAction::Create).count();
    create::check_account_room(u32::try_from(new_keys).unwrap_or(u32::MAX), inventory)?;
    let pending: Vec<&PlannedKey> = pending_lines(keys).collect();
    if pending.is_empty() {
        return Err(Refusal::NoDifference);
    }
    Ok(pending.chunks(MAX_KEYS_PER_IMPORT).map(|chunk| unit(chunk, inventory)).collect())
}

fn unit(chunk: &[&PlannedKey], inventory: &Inventory) -> Unit {
    let imported: Vec<_> = chunk.iter().filter(|key| is_imported(key)).map(|key| key.key.clone()).collect();
    let import = (!imported.is_empty()).then_some(Step::ImportApiKeys(imported));
    let tenant_keys = chunk.iter().filter_map(|key| tenant_key_step(key, inventory));
    let subject = match (chunk.first(), chunk.last()) {
        (Some(first), Some(last)) if first.line != last.line => {
            format!("lines {} to {}", first.line, last.line)
        }
        (first, _) => format!("line {}", first.map_or(0, |key| key.line)),
    };
    Unit { subject, steps: import.into_iter().chain(tenant_keys).collect() }
}

/// The lines that change something.
pub(super) fn pending_lines(keys: &[PlannedKey]) -> impl Iterator<Item = &PlannedKey> {
    keys.iter().filter(|key| key.action != ImportAction::Unchanged)
}

const fn is_imported(key: &PlannedKey) -> bool {
    matches!(key.action, ImportAction::Create | ImportAction::Overwrite)
}

/// Updates the existing tenant key, or writes a new one.
fn tenant_key_step(key: &PlannedKey, inventory: &Inventory) -> Option<Step> {
    let Some(tenant_key) = existing_tenant_key(key, inventory) else {
        key.key.tenant_key()?;
        return Some(Step::WriteImportedTenantKey(key.key.clone()));
    };
    let edit = Edit {
        name: Some(key.key.name.clone()),
        description: Some(key.key.description.clone()),
        enabled: Some(key.key.enabled),
    }
    .difference(tenant_key);
    (!edit.is_empty()).then(|| Step::UpdateTenantKey {
        tenant_key: tenant_key.id.clone(),
        revision: tenant_key.revision,
        edit,
    })
}

/// The tenant key of an API key that exists already.
pub(super) fn existing_tenant_key<'a>(key: &PlannedKey, inventory: &'a Inventory) -> Option<&'a TenantKey> {
    let id = key.key.existing.as_ref()?;
    inventory.tenant_key(&TenantKeyId::new(id.as_str())).filter(|key| key.api_key().is_known_to_be(id))
}

/// The tenants of the lines, and those that use the existing API keys.
pub(super) fn affected_tenants(keys: &[PlannedKey], inventory: &Inventory) -> Vec<Tenant> {
    let tenants_of_line = |key: &PlannedKey| {
        let existing_tenants =
            key.key.existing.iter().flat_map(|api_key| inventory.tenants_of_api_key(api_key));
        existing_tenants.chain(&key.key.tenant).cloned().collect::<Vec<_>>()
    };
    pending_lines(keys).flat_map(tenants_of_line).collect()
}

pub(super) fn describe(keys: &[PlannedKey], inventory: &Inventory) -> String {
    let imported = keys.iter().filter(|key| is_imported(key)).count();
    let steps = pending_lines(keys).filter_map(|key| tenant_key_step(key, inventory));
    let tenant_keys = steps.filter(|step| matches!(step, Step::WriteImportedTenantKey(_))).count();
    format!("import {} and {}", pluralize(imported, "API key"), pluralize(tenant_keys, "tenant key"))
}

pub(super) fn count_overwritten(keys: &[PlannedKey]) -> usize {
    keys.iter().filter(|key| key.action == ImportAction::Overwrite).count()
}
