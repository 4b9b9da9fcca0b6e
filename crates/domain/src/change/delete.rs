//! A tenant key goes: its own API key first, for that is what can be used; a shared one stays.

use crate::step::{Step, Unit};
use crate::{ApiKeyId, Inventory, Presence, TenantKey};

use super::check::Refusal;
use super::units;

pub(super) fn unit(row: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    let steps = match row.require_pool_key()? {
        Some(api_key) => vec![Step::Unassign { row: row.id.clone(), api_key: api_key.clone() }],
        // The row of a pool key's own: others share the API key.
        None if inventory.require_shares(row)? => vec![Step::DeleteRow(row.id.clone())],
        None => {
            let mut steps = api_key(&row.require_api_key()?, inventory);
            steps.push(Step::DeleteRow(row.id.clone()));
            steps
        }
    };
    Ok(units::of_row(row, steps))
}

/// An API key goes: it is disabled first, so that it is dead however the rest ends.
pub(super) fn api_key(id: &ApiKeyId, inventory: &Inventory) -> Vec<Step> {
    let disable = inventory.is_live(id).then(|| Step::DisableApiKey(id.clone()));
    let there = inventory.api_key(id) != Presence::Missing;
    disable.into_iter().chain(there.then(|| Step::DeleteApiKey(id.clone()))).collect()
}

/// The item of a pool key in the Keys table goes, where there is one.
pub(super) fn pool_item(id: &ApiKeyId, inventory: &Inventory) -> Option<Step> {
    inventory.pool_item(id).map(|_| Step::DeletePoolItem(id.clone()))
}

/// An API key that has left its pool goes: its item first, so that nobody is given its value any more.
pub(super) fn pool_key(id: &ApiKeyId, inventory: &Inventory) -> Vec<Step> {
    pool_item(id, inventory).into_iter().chain(api_key(id, inventory)).collect()
}
