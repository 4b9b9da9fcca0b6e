//! The changes that undo a change within a session.

use std::collections::HashMap;

use crate::balance::ExtensionResult;
use crate::{FormerApiKey, Inventory, Secret, TenantKeyId};

use super::kinds::{Change, Extension};
use super::operation::Reversal;

impl Change {
    /// The reversal of each unit of the change, in its order; `None` for units that cannot be undone. A deleted key is
    /// restored with its stored value or the one in `values`.
    pub fn reversals(
        &self,
        inventory: &Inventory,
        values: &HashMap<TenantKeyId, Secret>,
    ) -> Vec<Option<Self>> {
        match self.row().operation.record(inventory).reversal {
            Reversal::Impossible => Vec::new(),
            Reversal::Units(changes) => changes,
            Reversal::Restore(ids) => ids.iter().map(|id| restore_key(id, inventory, values)).collect(),
        }
    }

    /// Merges the reversals of one change's units into as few changes as possible.
    pub fn merge_reversals(changes: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut merged: Vec<Self> = Vec::new();
        for change in changes {
            match (merged.last_mut(), change) {
                (Some(Self::Restore(keys)), Self::Restore(more)) => keys.extend(more),
                (
                    Some(Self::SetEnabled { tenant_keys: ids, enabled }),
                    Self::SetEnabled { tenant_keys: more, enabled: same },
                ) if *enabled == same => ids.extend(more),
                (_, change) => merged.push(change),
            }
        }
        merged
    }
}

impl Extension {
    /// Gives back or takes away what the extension changed, by its results; `None` if it changed nothing.
    pub fn reversal(&self, extended: &[ExtensionResult]) -> Option<Change> {
        let keys: Vec<_> = extended.iter().map(|key| (key.api_key.clone(), key.reversal())).collect();
        let reason = format!("undo: {}", self.reason);
        (!keys.is_empty()).then(|| Change::Extend(Self { plan: self.plan.clone(), keys, reason }))
    }
}

/// Restores a siloed key with its value; `None` if its value or its API key is not known.
fn restore_key(
    id: &TenantKeyId,
    inventory: &Inventory,
    values: &HashMap<TenantKeyId, Secret>,
) -> Option<Change> {
    let key = inventory.tenant_key(id).filter(|key| inventory.is_shared(key).is_known_to_be(&false))?;
    let value = key.stored_value().cloned().or_else(|| values.get(id).cloned())?;
    let api_key_id = key.require_api_key().ok()?;
    let plans = inventory.plans_of_api_key(&api_key_id).into_result().unwrap_or_default();
    let api_key = FormerApiKey::new(inventory.api_key(&api_key_id).key()?, plans);
    Some(Change::restore(key.clone(), value, api_key))
}
