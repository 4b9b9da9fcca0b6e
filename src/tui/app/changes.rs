//! Runs confirmed changes and fixes, with the inventory that the shown steps were computed from and never a newer
//! one, and undoes them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use keypool_domain::text::pluralize;
use keypool_domain::{Announcement, Change, Inventory, Secret, TenantKeyId};

use crate::aws::Failure;
use crate::ops::{Applied, ConfirmedFix, FixOutcome, FixReport};
use crate::tui::app::change_result;
use crate::tui::app::undo::UndoStack;
use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::model::effect::Effect;
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::query::{Query, SecretUse};
use crate::tui::model::tasks::TaskKind;
use crate::tui::screen::DecisionBasis;

/// The most values that are fetched before a deletion. If more are missing, none is fetched, and the keys without a
/// stored value cannot be restored.
const MAX_FETCHED_VALUES: usize = 25;

#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    undo: UndoStack,
    pending_deletion: Option<PendingDeletion>,
    /// Whether undo was requested while the account was being read.
    is_undo_requested: bool,
}

/// A deletion that waits until the values of its keys are fetched.
#[derive(Debug, Clone)]
struct PendingDeletion {
    change: Change,
    /// The inventory that the shown steps were computed from.
    inventory: Arc<Inventory>,
    /// The tenant keys whose values are not fetched yet.
    missing: BTreeSet<TenantKeyId>,
    values: HashMap<TenantKeyId, Secret>,
}

impl Changes {
    /// Starts a confirmed change, unless its steps have changed since they were shown. Returns why it does not start.
    pub(super) fn apply(
        &mut self,
        change: Change,
        basis: &DecisionBasis,
        model: &mut Model,
    ) -> Option<Message> {
        let inventory = &basis.with_details;
        if let Some(difference) = describe_difference(&change, basis, model) {
            let description = change.describe(inventory);
            let notice = "nothing was done: the account changed since the steps were shown";
            return Some(Message::new(Tone::Error, format!("{description}: {notice}{difference}")));
        }
        if matches!(change, Change::Delete(_)) && self.pending_deletion.is_some() {
            let text = "another deletion is starting: try again in a moment";
            return Some(Message::new(Tone::Error, text));
        }
        let missing = keys_missing_values(&change, inventory);
        if missing.is_empty() {
            self.start(change, Arc::clone(inventory), &HashMap::new(), model);
            return None;
        }
        for key in &missing {
            let query = Query::Secret(key.clone(), SecretUse::Undo);
            let inventory = Arc::clone(inventory);
            model.start(TaskKind::Load(query.clone()), |id| Effect::Load(id, query, Some(inventory)));
        }
        let (inventory, values) = (Arc::clone(inventory), HashMap::new());
        self.pending_deletion = Some(PendingDeletion { change, inventory, missing, values });
        None
    }

    /// Keeps a value that a deletion waits for. After the last one the deletion starts.
    pub(super) fn keep_value(
        &mut self,
        id: &TenantKeyId,
        value: Result<Secret, Failure>,
        model: &mut Model,
    ) -> Option<Message> {
        let pending = self.pending_deletion.as_mut()?;
        pending.missing.remove(id);
        match value {
            Ok(value) => {
                pending.values.insert(id.clone(), value);
            }
            Err(Failure::Cancelled) => {
                self.pending_deletion = None;
                return Some(Message::new(Tone::Info, "cancelled: nothing was deleted"));
            }
            // The key is deleted anyway, and cannot be restored without its value.
            Err(_) => {}
        }
        let ready = self.pending_deletion.take_if(|pending| pending.missing.is_empty())?;
        self.start(ready.change, ready.inventory, &ready.values, model);
        None
    }

    /// Starts a change; `values` are the values of deleted keys, kept for undo.
    fn start(
        &mut self,
        change: Change,
        inventory: Arc<Inventory>,
        values: &HashMap<TenantKeyId, Secret>,
        model: &mut Model,
    ) {
        self.undo.record(&change, &inventory, values);
        let description = change.describe(&inventory);
        model.start(TaskKind::Apply(change.clone(), description), |id| Effect::Apply(id, change, inventory));
    }

    pub(super) fn start_fixes(&mut self, fixes: Vec<ConfirmedFix>, model: &mut Model) {
        let inventory = model.inventory_or_empty();
        for fix in &fixes {
            self.undo.record(&fix.change, &inventory, &HashMap::new());
        }
        let description = match &fixes[..] {
            [fix] => fix.change.describe(&inventory),
            _ => format!("fix {}", pluralize(fixes.len(), "problem")),
        };
        model.start(TaskKind::Fix(fixes.clone(), description), |id| Effect::Fix(id, fixes));
    }

    /// Makes an ended change undoable, as far as it was done, and returns its result in words.
    pub(super) fn record_result(
        &mut self,
        change: &Change,
        description: &str,
        applied: &Applied,
        outcome: Result<(), Failure>,
        model: &Model,
    ) -> Message {
        self.undo.set_extension_reversal(change, &applied.extended);
        self.undo.update_deletion_reversal(change, &applied.former_keys);
        let can_be_undone = self.undo.offer(change, outcome.as_ref().err());
        let undo = can_be_undone.then(|| undo_hint(model));
        match outcome {
            Ok(()) => {
                let tenant_key = change_result::resulting_key(applied);
                let copy = || change_result::copy_hint(change, tenant_key.as_ref(), model);
                let inventory = model.inventory_or_empty();
                let text = change_result::describe_result(applied, description, change, &inventory);
                Message { tone: Tone::Success, text, hint: undo.or_else(copy), tenant_key }
            }
            Err(failure) => {
                let mut message = Message::from_failure(&failure);
                message.text = format!("{description}: {}", message.text);
                if let Some(undo) = undo {
                    message.text = format!("{} · {undo}", message.text);
                }
                message
            }
        }
    }

    /// Makes ended fixes undoable, and returns their result in words. An error in `ended` is why not all were
    /// tried.
    pub(super) fn record_fix_results(
        &mut self,
        fixes: &[ConfirmedFix],
        reports: &[FixReport],
        ended: Result<(), Failure>,
        model: &Model,
    ) -> Message {
        let mut can_be_undone = false;
        for fix in fixes {
            let report = reports.iter().find(|report| report.fix == *fix);
            let failure = match report.map(|report| &report.outcome) {
                Some(FixOutcome::Fixed) => None,
                Some(FixOutcome::Failed(failure)) => Some(failure.clone()),
                Some(FixOutcome::AlreadyGone | FixOutcome::Changed) | None => Some(Failure::Cancelled),
            };
            can_be_undone |= self.undo.offer(&fix.change, failure.as_ref());
        }
        let fixed = reports.iter().filter(|report| report.outcome == FixOutcome::Fixed).count();
        let failed: Vec<_> = reports
            .iter()
            .filter_map(|report| Some((&report.fix.finding.summary, report.failure_message()?)))
            .collect();
        let tone = if failed.is_empty() && ended.is_ok() { Tone::Success } else { Tone::Error };
        let first_failure =
            failed.first().map(|(problem, why)| format!("{} not fixed: {problem}: {why}", failed.len()));
        let undo = can_be_undone.then(|| undo_hint(model));
        let hint = ended.err().map(|failure| failure.to_string()).or(first_failure).or(undo);
        let text = format!("{} fixed", pluralize(fixed, "problem"));
        Message { tone, text, hint, tenant_key: None }
    }

    /// The change that undoes the last one, or why there is none now.
    pub(super) fn undo(&mut self, model: &Model) -> Result<Change, Message> {
        // While the account is being read, the inventory is older than the change to undo.
        self.is_undo_requested = model.is_reading() && self.undo.last().is_some();
        if self.is_undo_requested {
            return Err(Message::new(Tone::Info, "waiting until the account is loaded"));
        }
        self.undo.last().cloned().ok_or_else(|| {
            let text =
                "nothing to undo in this session (deleted siloed keys, edits and extensions can be undone)";
            Message::new(Tone::Info, text)
        })
    }

    /// Drops the newest undo, because it was refused.
    pub(super) fn drop_last_undo(&mut self) {
        self.undo.pop();
    }

    /// Whether undo was requested before the account was loaded. Answers true once for each request.
    pub(super) const fn take_requested_undo(&mut self) -> bool {
        std::mem::replace(&mut self.is_undo_requested, false)
    }

    pub(super) const fn cancel_requested_undo(&mut self) {
        self.is_undo_requested = false;
    }
}

fn undo_hint(model: &Model) -> String {
    format!("{} undoes it", model.key_label(Action::Undo))
}

/// The keys to be deleted whose values only API Gateway stores; empty if the deletion need not wait for any.
fn keys_missing_values(change: &Change, inventory: &Inventory) -> BTreeSet<TenantKeyId> {
    let Change::Delete(ids) = change else { return BTreeSet::new() };
    let is_missing = |id: &&TenantKeyId| {
        inventory.tenant_key(id).is_some_and(|key| {
            let is_needed = inventory.is_shared(key).is_known_to_be(&false) && key.stored_value().is_none();
            let api_key = key.api_key();
            is_needed && api_key.value_to_show().is_some_and(|id| inventory.api_key(id).key().is_some())
        })
    };
    let missing: BTreeSet<_> = ids.iter().filter(is_missing).cloned().collect();
    if missing.len() > MAX_FETCHED_VALUES { BTreeSet::new() } else { missing }
}

/// What has changed since the steps were shown, as the end of a sentence; `None` if nothing does.
fn describe_difference(change: &Change, basis: &DecisionBasis, model: &Model) -> Option<String> {
    let (now, before) = (model.inventory_or_empty(), &basis.base);
    if Arc::ptr_eq(&now, before) {
        return None;
    }
    let refusal_in = |inventory: &Inventory| Announcement::new(change, inventory).err();
    if let Some(refusal) = refusal_in(&now).filter(|refusal| refusal_in(before).as_ref() != Some(refusal)) {
        return Some(format!(": {refusal}"));
    }
    let is_same_as = |before: &Inventory| {
        change.units(&now) == change.units(before)
            && Announcement::new(change, &now) == Announcement::new(change, before)
    };
    // The details that were read for the dialog may have become part of the inventory.
    let is_same = is_same_as(before) || is_same_as(&basis.with_details);
    (!is_same).then(|| "; review the new steps".to_owned())
}
