//! API keys out of a file, in bulk: one call for many keys and their plans, then a row for each tenant's.

use crate::key_file::{ImportAction, PlannedKey};
use crate::step::{Step, Unit};
use crate::{Edit, Inventory, Tenant, TenantKey, TenantKeyId};

use super::refusal::Refusal;
use super::{create, edit, pluralize};

/// Keys that one call imports; a cut leaves so many at most without their rows.
const MAX_KEYS_PER_IMPORT: usize = 100;

pub(super) fn units(keys: &[PlannedKey], inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let new = keys.iter().filter(|key| key.action == ImportAction::Create).count();
    create::check_account_room(u32::try_from(new).unwrap_or(u32::MAX), inventory)?;
    let open: Vec<&PlannedKey> = pending_lines(keys).collect();
    if open.is_empty() {
        return Err(Refusal::NoDifference);
    }
    Ok(open.chunks(MAX_KEYS_PER_IMPORT).map(|chunk| unit(chunk, inventory)).collect())
}

fn unit(chunk: &[&PlannedKey], inventory: &Inventory) -> Unit {
    let bulk: Vec<_> = chunk.iter().filter(|key| is_sent(key)).map(|key| key.key.clone()).collect();
    let import = (!bulk.is_empty()).then_some(Step::ImportApiKeys(bulk));
    let rows = chunk.iter().filter_map(|key| tenant_key_step(key, inventory));
    let lines = match (chunk.first(), chunk.last()) {
        (Some(first), Some(last)) if first.line != last.line => {
            format!("lines {} to {}", first.line, last.line)
        }
        (first, _) => format!("line {}", first.map_or(0, |key| key.line)),
    };
    Unit { subject: lines, steps: import.into_iter().chain(rows).collect() }
}

/// The lines about which something is done.
pub(super) fn pending_lines(keys: &[PlannedKey]) -> impl Iterator<Item = &PlannedKey> {
    keys.iter().filter(|key| key.action != ImportAction::Unchanged)
}

const fn is_sent(key: &PlannedKey) -> bool {
    matches!(key.action, ImportAction::Create | ImportAction::Overwrite)
}

/// The row follows its API key, or is written where there is none.
fn tenant_key_step(key: &PlannedKey, inventory: &Inventory) -> Option<Step> {
    let Some(row) = existing_tenant_key(key, inventory) else {
        key.key.tenant_key()?;
        return Some(Step::WriteImportedTenantKey(key.key.clone()));
    };
    let edit = edit::difference(
        row,
        &Edit {
            name: Some(key.key.name.clone()),
            description: Some(key.key.description.clone()),
            enabled: Some(key.key.enabled),
        },
    );
    (!edit.is_empty()).then(|| Step::UpdateTenantKey {
        tenant_key: row.id.clone(),
        revision: row.revision,
        edit,
    })
}

/// The row of an API key that is there already.
pub(super) fn existing_tenant_key<'a>(key: &PlannedKey, inventory: &'a Inventory) -> Option<&'a TenantKey> {
    let id = key.key.existing.as_ref()?;
    inventory.tenant_key(&TenantKeyId::new(id.as_str())).filter(|row| row.api_key().is_known_to_be(id))
}

/// The tenants of the lines, and those behind the API keys that are there already.
pub(super) fn affected_tenants(keys: &[PlannedKey], inventory: &Inventory) -> Vec<Tenant> {
    let of_line = |key: &PlannedKey| {
        let behind = key.key.existing.iter().flat_map(|api_key| inventory.tenants_of_api_key(api_key));
        behind.chain(&key.key.tenant).cloned().collect::<Vec<_>>()
    };
    pending_lines(keys).flat_map(of_line).collect()
}

pub(super) fn describe(keys: &[PlannedKey], inventory: &Inventory) -> String {
    let sent = keys.iter().filter(|key| is_sent(key)).count();
    let steps = pending_lines(keys).filter_map(|key| tenant_key_step(key, inventory));
    let rows = steps.filter(|step| matches!(step, Step::WriteImportedTenantKey(_))).count();
    format!("import {} and {}", pluralize(sent, "API key"), pluralize(rows, "row"))
}

/// How many API keys are replaced.
pub(super) fn count_overwritten(keys: &[PlannedKey]) -> usize {
    keys.iter().filter(|key| key.action == ImportAction::Overwrite).count()
}
