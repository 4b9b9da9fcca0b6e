//! Undo within a session: deletions of siloed keys (with their values), edits of keys and plans, extensions, and
//! those fixes by the doctor that write one item.
//!
//! Values are kept in memory only while the console runs.

mod fixes;

use std::collections::HashMap;

use crate::aws::Failure;
use keypool_domain::change::{Extension, ExtensionResult};
use keypool_domain::{
    Change, Edit, FormerApiKey, Inventory, Known, PlanChange, Secret, TenantKey, TenantKeyId,
};

/// The changes that undo earlier ones, the newest last.
#[derive(Debug, Clone, Default)]
pub(super) struct UndoStack {
    changes: Vec<Change>,
    /// Running changes with the reversal of each of their units.
    recording: Vec<(Change, Vec<Option<Change>>)>,
}

impl UndoStack {
    pub(super) fn last(&self) -> Option<&Change> {
        self.changes.last()
    }

    /// Drops the newest of these changes, which can no longer be made.
    pub(super) fn pop(&mut self) {
        self.changes.pop();
    }

    /// Records the reversals of a change that starts now.
    pub(super) fn record(
        &mut self,
        change: &Change,
        inventory: &Inventory,
        values: &HashMap<TenantKeyId, Secret>,
    ) {
        self.recording.push((change.clone(), reversals(change, inventory, values)));
    }

    /// Sets the reversal of an extension after the extension ended: the inventory does not contain the
    /// previous balances.
    pub(super) fn set_extension_reversal(&mut self, change: &Change, extended: &[ExtensionResult]) {
        let Change::Extend(extension) = change else { return };
        if extended.is_empty() {
            return;
        }
        let keys = extended.iter().map(|key| (key.api_key.clone(), key.reversal())).collect();
        let reason = format!("undo: {}", extension.reason);
        let reversal = Change::Extend(Extension { plan: extension.plan.clone(), keys, reason });
        if let Some((_, reversals)) = self.recording.iter_mut().find(|(running, _)| running == change) {
            *reversals = vec![Some(reversal)];
        }
    }

    /// Updates the reversals of a deletion with the API keys as read right before they were deleted.
    pub(super) fn update_deletion_reversal(
        &mut self,
        change: &Change,
        former: &[(TenantKeyId, FormerApiKey)],
    ) {
        let Some((_, reversals)) = self.recording.iter_mut().find(|(running, _)| running == change) else {
            return;
        };
        for reversal in reversals {
            // Each reversal restores one key; they are merged when the deletion has ended.
            let Some(Change::Restore(keys)) = reversal else { continue };
            for key in keys.iter_mut() {
                if let Some((_, api_key)) = former.iter().find(|(id, _)| *id == key.tenant_key.id) {
                    key.api_key = api_key.clone();
                }
            }
            // A key whose former plans are unknown is not restored: without a plan it could not be used.
            keys.retain(|key| !key.api_key.plans.is_empty());
            if keys.is_empty() {
                *reversal = None;
            }
        }
    }

    /// Moves the reversals of an ended change to the stack. Returns whether the change can be undone.
    pub(super) fn offer(&mut self, change: &Change, failure: Option<&Failure>) -> bool {
        let Some(at) = self.recording.iter().position(|(running, _)| running == change) else {
            return false;
        };
        let (_, reversals) = self.recording.remove(at);
        let done = match failure {
            None => reversals.len(),
            Some(Failure::Partial { done, .. }) => *done,
            Some(_) => 0,
        };
        if let Some(at) = self.changes.iter().rposition(|undo| undo == change) {
            match (failure, &mut self.changes[at]) {
                // An undo cannot itself be undone.
                (None, _) => {
                    self.changes.remove(at);
                    return false;
                }
                // Keys that were restored are not restored twice.
                (Some(_), Change::Restore(keys)) => drop(keys.drain(..done.min(keys.len()))),
                (Some(_), _) => {}
            }
        }
        let before = self.changes.len();
        self.changes.extend(merge_changes(reversals.into_iter().take(done).flatten()));
        self.changes.len() > before
    }
}

/// Merges the reversals of one change's units into as few changes as possible.
fn merge_changes(changes: impl Iterator<Item = Change>) -> Vec<Change> {
    let mut merged: Vec<Change> = Vec::new();
    for change in changes {
        match (merged.last_mut(), change) {
            (Some(Change::Restore(keys)), Change::Restore(more)) => keys.extend(more),
            (
                Some(Change::SetEnabled { tenant_keys: ids, enabled }),
                Change::SetEnabled { tenant_keys: more, enabled: same },
            ) if *enabled == same => {
                ids.extend(more);
            }
            (_, change) => merged.push(change),
        }
    }
    merged
}

/// The reversal of each unit of a change; `None` for units that cannot be undone.
fn reversals(
    change: &Change,
    inventory: &Inventory,
    values: &HashMap<TenantKeyId, Secret>,
) -> Vec<Option<Change>> {
    match change {
        Change::Delete(ids) => ids.iter().map(|id| restore_change(id, inventory, values)).collect(),
        Change::Edit { tenant_key: id, edit } => {
            let inverse = inventory.tenant_key(id).and_then(|before| inverse_edit(before, edit));
            vec![inverse.map(|edit| Change::Edit { tenant_key: id.clone(), edit })]
        }
        Change::SetEnabled { tenant_keys: ids, enabled } => {
            let changed = ids
                .iter()
                .filter_map(|id| inventory.tenant_key(id))
                .filter(|key| !key.enabled.is_known_to_be(enabled));
            let reversal =
                |key: &TenantKey| Change::SetEnabled { tenant_keys: vec![key.id.clone()], enabled: !enabled };
            changed.map(|key| key.enabled.is_known_not_to_be(enabled).then(|| reversal(key))).collect()
        }
        Change::Plan(change) => match &**change {
            PlanChange::Edit { plan, edit } => {
                vec![inventory.plan(plan).map(|before| fixes::reverse_plan_edit(before, edit))]
            }
            PlanChange::Adopt { plan, .. } => vec![Some(PlanChange::Release(plan.clone()).into())],
            PlanChange::Release(plan) => {
                let entry = inventory.plan(plan).and_then(|before| before.price_list_entry.clone());
                vec![Some(PlanChange::Adopt { plan: plan.clone(), entry }.into())]
            }
            PlanChange::Create(_) | PlanChange::Delete(_) => Vec::new(),
        },
        Change::Fix(fix) => vec![fixes::reverse_fix(fix, inventory)],
        Change::Create(_)
        | Change::Import(_)
        | Change::SetCustomer { .. }
        | Change::Restore(_)
        | Change::Rotate { .. }
        | Change::RotatePoolKey { .. }
        | Change::Retire(_)
        | Change::Isolate(_)
        | Change::Consolidate { .. }
        | Change::ChangePlan { .. }
        | Change::Rebalance(_)
        | Change::CreatePool(_)
        | Change::DissolvePool(_)
        | Change::SetPool { .. }
        | Change::Grow { .. }
        | Change::Drain(_)
        | Change::Extend(_)
        | Change::Api(_) => Vec::new(),
    }
}

/// The previous values of the edited fields; `None` if one is unknown.
fn inverse_edit(before: &TenantKey, edit: &Edit) -> Option<Edit> {
    let enabled = match (edit.enabled, &before.enabled) {
        (None, _) => None,
        (Some(_), Known::Value(enabled)) => Some(*enabled),
        (Some(_), Known::Unknown(_)) => return None,
    };
    Some(Edit {
        name: edit.name.as_ref().map(|_| before.name.clone()),
        description: edit.description.as_ref().map(|_| before.description.clone()),
        enabled,
    })
}

/// The change that restores a siloed key with its value; `None` if its value or its API key is not known.
fn restore_change(
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
