//! Undo within a session: deletions of siloed keys (with their values), edits of keys and plans, extensions, and
//! those fixes by the doctor that write one item.
//!
//! Values are kept in memory only while the console runs.

use std::collections::HashMap;

use crate::aws::Failure;
use keypool_domain::change::ExtensionResult;
use keypool_domain::{Change, FormerApiKey, Inventory, Secret, TenantKeyId};

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
        self.recording.push((change.clone(), change.reversals(inventory, values)));
    }

    /// Sets the reversal of an extension after the extension ended: the inventory does not contain the
    /// previous balances.
    pub(super) fn set_extension_reversal(&mut self, change: &Change, extended: &[ExtensionResult]) {
        let Change::Extend(extension) = change else { return };
        let Some(reversal) = extension.reversal(extended) else { return };
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
        self.changes.extend(Change::merge_reversals(reversals.into_iter().take(done).flatten()));
        self.changes.len() > before
    }
}
