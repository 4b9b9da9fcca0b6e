//! What can be taken back in this session: deleted siloed keys, with the values they had, edits of keys and plans,
//! extensions, and fixes of the doctor that write into one place.
//!
//! The values are in memory only, and only for as long as the console runs.

mod fixes;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use keypool_domain::change::{Extension, ExtensionResult};
use keypool_domain::{
    Change, Edit, FormerApiKey, Inventory, Known, PlanChange, Secret, TenantKey, TenantKeyId,
};

use crate::aws::Failure;
use crate::ops::Query;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::store::TaskKind;

use super::App;

/// Values that are asked for before a deletion; of more keys than that, those without a value in their row do not come
/// back.
const MAX_FETCHED_VALUES: usize = 25;

/// What can be taken back, the newest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct UndoStack {
    changes: Vec<Change>,
    /// What would take back the changes under way, unit by unit.
    recording: Vec<(Change, Vec<Option<Change>>)>,
    pending_deletion: Option<PendingDeletion>,
    /// Whether it was asked for before the account was read anew.
    is_requested: bool,
}

/// A deletion that waits for the values of its keys.
#[derive(Debug, Clone)]
struct PendingDeletion {
    change: Change,
    /// What its steps were shown of.
    inventory: Arc<Inventory>,
    missing: BTreeSet<TenantKeyId>,
    values: HashMap<TenantKeyId, Secret>,
}

impl App {
    /// Asks for the values that only API Gateway has, before they go; false where none is needed.
    pub(super) fn fetch_values(&mut self, change: &Change, inventory: &Arc<Inventory>) -> bool {
        let Change::Delete(rows) = change else { return false };
        if self.undo.pending_deletion.is_some() {
            self.show_message(Tone::Error, "another deletion is about to begin: wait for it");
            return true;
        }
        let unknown = |row: &&TenantKeyId| {
            inventory.tenant_key(row).is_some_and(|row| {
                let own = inventory.is_shared(row).is_known_to_be(&false) && row.stored_value().is_none();
                let id = row.api_key();
                own && id.value_to_show().is_some_and(|id| inventory.api_key(id).key().is_some())
            })
        };
        let missing: BTreeSet<TenantKeyId> = rows.iter().filter(unknown).cloned().collect();
        if missing.is_empty() || missing.len() > MAX_FETCHED_VALUES {
            return false;
        }
        let known = Some(Arc::clone(inventory));
        for row in &missing {
            let id = self.tasks.start(TaskKind::KeepValue(row.clone()), self.now);
            self.emit(Effect::Load(id, Query::Secret(row.clone()), known.clone()));
        }
        let (change, shown) = (change.clone(), Arc::clone(inventory));
        self.undo.pending_deletion =
            Some(PendingDeletion { change, inventory: shown, missing, values: HashMap::new() });
        true
    }

    /// A value came, or will not come; with the last one the deletion begins.
    pub(super) fn handle_value(&mut self, row: &TenantKeyId, value: Result<Secret, &Failure>) {
        let Some(waiting) = &mut self.undo.pending_deletion else { return };
        waiting.missing.remove(row);
        match value {
            Ok(value) => {
                waiting.values.insert(row.clone(), value);
            }
            Err(Failure::Cancelled) => {
                self.undo.pending_deletion = None;
                return self.show_message(Tone::Info, "stopped: nothing was deleted");
            }
            // Without its value a key can be deleted all the same; it just does not come back.
            Err(_) => {}
        }
        if let Some(ready) = self.undo.pending_deletion.take_if(|waiting| waiting.missing.is_empty()) {
            self.start_change(ready.change, ready.inventory, &ready.values);
        }
    }

    /// Remembers what would take a change back that begins now.
    pub(super) fn record_undo(
        &mut self,
        change: &Change,
        inventory: &Inventory,
        values: &HashMap<TenantKeyId, Secret>,
    ) {
        let back = reversals(change, inventory, values);
        self.undo.recording.push((change.clone(), back));
    }

    /// What an extension did is known only once it ended, wherever that was: what was left before is not in the
    /// inventory.
    pub(super) fn set_reversal(&mut self, change: &Change, extended: &[ExtensionResult]) {
        let Change::Extend(extension) = change else { return };
        if extended.is_empty() {
            return;
        }
        let keys = extended.iter().map(|key| (key.api_key.clone(), key.reversal())).collect();
        let reason = format!("taken back: {}", extension.reason);
        let back = Change::Extend(Extension { plan: extension.plan.clone(), keys, reason });
        if let Some((_, reversals)) = self.undo.recording.iter_mut().find(|(begun, _)| begun == change) {
            *reversals = vec![Some(back)];
        }
    }

    /// What the API keys of a deletion were is read right before they go, more exactly than in the inventory.
    pub(super) fn set_former_keys(&mut self, change: &Change, former: &[(TenantKeyId, FormerApiKey)]) {
        let Some((_, reversals)) = self.undo.recording.iter_mut().find(|(begun, _)| begun == change) else {
            return;
        };
        for back in reversals {
            // Each is one key here: they become one change when the deletion has ended.
            let Some(Change::Restore(keys)) = back else { continue };
            for key in keys.iter_mut() {
                if let Some((_, was)) = former.iter().find(|(of, _)| *of == key.tenant_key.id) {
                    key.api_key = was.clone();
                }
            }
            // The former plans are unknown, and a key in no plan opens nothing.
            keys.retain(|key| !key.api_key.plans.is_empty());
            if keys.is_empty() {
                *back = None;
            }
        }
    }

    /// A change has ended; true where it can be taken back now.
    pub(super) fn commit_undo(&mut self, change: &Change, failure: Option<&Failure>) -> bool {
        let Some(at) = self.undo.recording.iter().position(|(begun, _)| begun == change) else {
            return false;
        };
        let (_, back) = self.undo.recording.remove(at);
        let done = match failure {
            None => back.len(),
            Some(Failure::Partial { done, .. }) => *done,
            Some(_) => 0,
        };
        if let Some(at) = self.undo.changes.iter().rposition(|one| one == change) {
            match (failure, &mut self.undo.changes[at]) {
                // Taking back is not itself taken back.
                (None, _) => {
                    self.undo.changes.remove(at);
                    return false;
                }
                // What came back is not made a second time.
                (Some(_), Change::Restore(keys)) => drop(keys.drain(..done.min(keys.len()))),
                (Some(_), _) => {}
            }
        }
        let before = self.undo.changes.len();
        self.undo.changes.extend(merge_changes(back.into_iter().take(done).flatten()));
        self.undo.changes.len() > before
    }

    /// Offers to take back what was done last, with the steps.
    pub(super) fn undo(&mut self) {
        // What is shown is from before the change that is to be taken back.
        self.undo.is_requested = self.is_reading() && !self.undo.changes.is_empty();
        if self.undo.is_requested {
            return self.show_message(Tone::Info, "the account is being read first");
        }
        let Some(change) = self.undo.changes.last().cloned() else {
            return self.show_message(
                Tone::Info,
                "nothing of this session can be taken back: deleted siloed keys, edits and extensions can",
            );
        };
        self.confirm(change);
        if self.overlay.is_none() && !self.is_reading_change_details() {
            self.undo.changes.pop();
        }
    }

    /// Offers what was asked for too early.
    pub(super) fn resume_undo(&mut self) {
        if std::mem::take(&mut self.undo.is_requested) {
            self.message = None;
            self.undo();
        }
    }

    pub(super) const fn cancel_requested_undo(&mut self) {
        self.undo.is_requested = false;
    }

    /// The key that takes back, in words.
    pub(super) fn undo_hint(&self) -> String {
        format!("{} takes it back", self.key_label(Action::Undo))
    }
}

/// What takes back the units of one change, as few changes as can be: a bulk comes back at once.
fn merge_changes(changes: impl Iterator<Item = Change>) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for change in changes {
        match (all.last_mut(), change) {
            (Some(Change::Restore(keys)), Change::Restore(more)) => keys.extend(more),
            (
                Some(Change::SetEnabled { tenant_keys: rows, enabled }),
                Change::SetEnabled { tenant_keys: more, enabled: same },
            ) if *enabled == same => {
                rows.extend(more);
            }
            (_, change) => all.push(change),
        }
    }
    all
}

/// What takes each unit of a change back, where something does.
fn reversals(
    change: &Change,
    inventory: &Inventory,
    values: &HashMap<TenantKeyId, Secret>,
) -> Vec<Option<Change>> {
    match change {
        Change::Delete(rows) => rows.iter().map(|row| restore_change(row, inventory, values)).collect(),
        Change::Edit { tenant_key: row, edit } => {
            let before = inventory.tenant_key(row).and_then(|before| inverse_edit(before, edit));
            vec![before.map(|edit| Change::Edit { tenant_key: row.clone(), edit })]
        }
        Change::SetEnabled { tenant_keys: rows, enabled } => {
            let switched = rows
                .iter()
                .filter_map(|row| inventory.tenant_key(row))
                .filter(|row| !row.enabled.is_known_to_be(enabled));
            let back =
                |row: &TenantKey| Change::SetEnabled { tenant_keys: vec![row.id.clone()], enabled: !enabled };
            switched.map(|row| row.enabled.is_known_not_to_be(enabled).then(|| back(row))).collect()
        }
        Change::Plan(one) => match &**one {
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

/// What the edited fields were; nothing where that is not known.
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

fn restore_change(
    id: &TenantKeyId,
    inventory: &Inventory,
    values: &HashMap<TenantKeyId, Secret>,
) -> Option<Change> {
    let row = inventory.tenant_key(id).filter(|row| inventory.is_shared(row).is_known_to_be(&false))?;
    let value = row.stored_value().cloned().or_else(|| values.get(id).cloned())?;
    let id = row.require_api_key().ok()?;
    let plans = inventory.plans_of_api_key(&id).into_result().unwrap_or_default();
    let api_key = FormerApiKey::new(inventory.api_key(&id).key()?, plans);
    Some(Change::restore(row.clone(), value, api_key))
}
