//! API keys out of a file, in bulk: one call for many keys and their plans, then a row for each tenant's.

use crate::key_file::{Action, KeyToBe};
use crate::step::{Step, Unit};
use crate::{Edit, Inventory, RowId, Tenant, TenantKey};

use super::check::Refusal;
use super::{counted, create, edit};

/// Keys that one call imports; a cut leaves so many at most without their rows.
const IMPORTED_AT_ONCE: usize = 100;

pub(super) fn units(keys: &[KeyToBe], inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let new = keys.iter().filter(|key| key.action == Action::Create).count();
    create::account_room(u32::try_from(new).unwrap_or(u32::MAX), inventory)?;
    let open: Vec<&KeyToBe> = open(keys).collect();
    if open.is_empty() {
        return Err(Refusal::NoDifference);
    }
    Ok(open.chunks(IMPORTED_AT_ONCE).map(|chunk| unit(chunk, inventory)).collect())
}

fn unit(chunk: &[&KeyToBe], inventory: &Inventory) -> Unit {
    let bulk: Vec<_> = chunk.iter().filter(|key| is_sent(key)).map(|key| key.key.clone()).collect();
    let import = (!bulk.is_empty()).then_some(Step::ImportApiKeys(bulk));
    let rows = chunk.iter().filter_map(|key| row_step(key, inventory));
    let lines = match (chunk.first(), chunk.last()) {
        (Some(first), Some(last)) if first.line != last.line => {
            format!("lines {} to {}", first.line, last.line)
        }
        (first, _) => format!("line {}", first.map_or(0, |key| key.line)),
    };
    Unit { subject: lines, steps: import.into_iter().chain(rows).collect() }
}

/// The lines about which something is done.
pub(super) fn open(keys: &[KeyToBe]) -> impl Iterator<Item = &KeyToBe> {
    keys.iter().filter(|key| key.action != Action::Keep)
}

const fn is_sent(key: &KeyToBe) -> bool {
    matches!(key.action, Action::Create | Action::Overwrite)
}

/// The row follows its API key, or is written where there is none.
fn row_step(key: &KeyToBe, inventory: &Inventory) -> Option<Step> {
    let Some(row) = row(key, inventory) else {
        key.key.row()?;
        return Some(Step::WriteImportedRow(key.key.clone()));
    };
    let edit = edit::difference(
        row,
        &Edit {
            name: Some(key.key.name.clone()),
            description: Some(key.key.description.clone()),
            enabled: Some(key.key.enabled),
        },
    );
    (!edit.is_empty()).then(|| Step::UpdateRow { row: row.id.clone(), revision: row.revision, edit })
}

/// The row of an API key that is there already.
pub(super) fn row<'a>(key: &KeyToBe, inventory: &'a Inventory) -> Option<&'a TenantKey> {
    let id = key.key.known.as_ref()?;
    inventory.row(&RowId::new(id.as_str())).filter(|row| row.api_key().is_known_to_be(id))
}

/// The tenants of the lines, and those behind the API keys that are there already.
pub(super) fn blast_radius(keys: &[KeyToBe], inventory: &Inventory) -> Vec<Tenant> {
    let of_line = |key: &KeyToBe| {
        let behind = key.key.known.iter().flat_map(|api_key| inventory.tenants_behind(api_key));
        behind.chain(&key.key.tenant).cloned().collect::<Vec<_>>()
    };
    open(keys).flat_map(of_line).collect()
}

pub(super) fn describe(keys: &[KeyToBe], inventory: &Inventory) -> String {
    let sent = keys.iter().filter(|key| is_sent(key)).count();
    let steps = open(keys).filter_map(|key| row_step(key, inventory));
    let rows = steps.filter(|step| matches!(step, Step::WriteImportedRow(_))).count();
    format!("import {} and {}", counted(sent, "API key"), counted(rows, "row"))
}

/// How many API keys are replaced.
pub(super) fn overwritten(keys: &[KeyToBe]) -> usize {
    keys.iter().filter(|key| key.action == Action::Overwrite).count()
}
