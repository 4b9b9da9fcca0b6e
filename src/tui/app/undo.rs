//! What can be taken back in this session: deleted siloed keys, with the values they had, edits of keys and plans,
//! extensions, and fixes of the doctor that write into one place.
//!
//! The values are in memory only, and only for as long as the console runs.

mod fixes;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use keypool_domain::change::{Extended, Extension};
use keypool_domain::{Change, Edit, FormerApiKey, Inventory, Known, PlanChange, RowId, Secret, TenantKey};

use crate::aws::Failure;
use crate::ops::Query;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::store::Errand;

use super::App;

/// Values that are asked for before a deletion; of more keys than that, those without a value in their row do not come
/// back.
const MOST: usize = 25;

/// What can be taken back, the newest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Undo {
    back: Vec<Change>,
    /// What would take back the changes under way, unit by unit.
    under_way: Vec<(Change, Vec<Option<Change>>)>,
    waiting: Option<Waiting>,
    /// Whether it was asked for before the account was read anew.
    wanted: bool,
}

/// A deletion that waits for the values of its keys.
#[derive(Debug, Clone)]
struct Waiting {
    change: Change,
    /// What its steps were shown of.
    shown: Arc<Inventory>,
    missing: BTreeSet<RowId>,
    values: HashMap<RowId, Secret>,
}

impl App {
    /// Asks for the values that only API Gateway has, before they go; false where none is needed.
    pub(super) fn keeps_values(&mut self, change: &Change, inventory: &Arc<Inventory>) -> bool {
        let Change::Delete(rows) = change else { return false };
        if self.undo.waiting.is_some() {
            self.say(Tone::Bad, "another deletion is about to begin: wait for it");
            return true;
        }
        let unknown = |row: &&RowId| {
            inventory.row(row).is_some_and(|row| {
                let own = inventory.shares(row).is_known_to_be(&false) && row.stored_value().is_none();
                let id = row.api_key();
                own && id.value_to_show().is_some_and(|id| inventory.api_key(id).key().is_some())
            })
        };
        let missing: BTreeSet<RowId> = rows.iter().filter(unknown).cloned().collect();
        if missing.is_empty() || missing.len() > MOST {
            return false;
        }
        let known = Some(Arc::clone(inventory));
        for row in &missing {
            let id = self.tasks.start(Errand::KeepValue(row.clone()), self.now);
            self.ask(Effect::Load(id, Query::Secret(row.clone()), known.clone()));
        }
        let (change, shown) = (change.clone(), Arc::clone(inventory));
        self.undo.waiting = Some(Waiting { change, shown, missing, values: HashMap::new() });
        true
    }

    /// A value came, or will not come; with the last one the deletion begins.
    pub(super) fn value_kept(&mut self, row: &RowId, value: Result<Secret, &Failure>) {
        let Some(waiting) = &mut self.undo.waiting else { return };
        waiting.missing.remove(row);
        match value {
            Ok(value) => {
                waiting.values.insert(row.clone(), value);
            }
            Err(Failure::Cancelled) => {
                self.undo.waiting = None;
                return self.say(Tone::Plain, "stopped: nothing was deleted");
            }
            // Without its value a key can be deleted all the same; it just does not come back.
            Err(_) => {}
        }
        if let Some(ready) = self.undo.waiting.take_if(|waiting| waiting.missing.is_empty()) {
            self.begin(ready.change, ready.shown, &ready.values);
        }
    }

    /// Remembers what would take a change back that begins now.
    pub(super) fn remember(
        &mut self,
        change: &Change,
        inventory: &Inventory,
        values: &HashMap<RowId, Secret>,
    ) {
        let back = reversals(change, inventory, values);
        self.undo.under_way.push((change.clone(), back));
    }

    /// What an extension did is known only once it ended, wherever that was: what was left before is not in the
    /// inventory.
    pub(super) fn learn_reversal(&mut self, change: &Change, extended: &[Extended]) {
        let Change::Extend(extension) = change else { return };
        if extended.is_empty() {
            return;
        }
        let keys = extended.iter().map(|key| (key.api_key.clone(), key.reversal())).collect();
        let reason = format!("taken back: {}", extension.reason);
        let back = Change::Extend(Extension { plan: extension.plan.clone(), keys, reason });
        if let Some((_, reversals)) = self.undo.under_way.iter_mut().find(|(begun, _)| begun == change) {
            *reversals = vec![Some(back)];
        }
    }

    /// What the API keys of a deletion were is read right before they go, more exactly than in the inventory.
    pub(super) fn learn_former(&mut self, change: &Change, former: &[(RowId, FormerApiKey)]) {
        let Some((_, reversals)) = self.undo.under_way.iter_mut().find(|(begun, _)| begun == change) else {
            return;
        };
        for back in reversals {
            // Each is one key here: they become one change when the deletion has ended.
            let Some(Change::Restore(keys)) = back else { continue };
            for key in keys.iter_mut() {
                if let Some((_, was)) = former.iter().find(|(of, _)| *of == key.row.id) {
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
    pub(super) fn can_be_undone(&mut self, change: &Change, failure: Option<&Failure>) -> bool {
        let Some(at) = self.undo.under_way.iter().position(|(begun, _)| begun == change) else {
            return false;
        };
        let (_, back) = self.undo.under_way.remove(at);
        let done = match failure {
            None => back.len(),
            Some(Failure::Partial { done, .. }) => *done,
            Some(_) => 0,
        };
        if let Some(at) = self.undo.back.iter().rposition(|one| one == change) {
            match (failure, &mut self.undo.back[at]) {
                // Taking back is not itself taken back.
                (None, _) => {
                    self.undo.back.remove(at);
                    return false;
                }
                // What came back is not made a second time.
                (Some(_), Change::Restore(keys)) => drop(keys.drain(..done.min(keys.len()))),
                (Some(_), _) => {}
            }
        }
        let before = self.undo.back.len();
        self.undo.back.extend(as_one(back.into_iter().take(done).flatten()));
        self.undo.back.len() > before
    }

    /// Offers to take back what was done last, with the steps.
    pub(super) fn undo(&mut self) {
        // What is shown is from before the change that is to be taken back.
        self.undo.wanted = self.is_reading() && !self.undo.back.is_empty();
        if self.undo.wanted {
            return self.say(Tone::Plain, "the account is being read first");
        }
        let Some(change) = self.undo.back.last().cloned() else {
            return self.say(
                Tone::Plain,
                "nothing of this session can be taken back: deleted siloed keys, edits and extensions can",
            );
        };
        self.confirm(change);
        if self.overlay.is_none() && !self.is_reading_change_details() {
            self.undo.back.pop();
        }
    }

    /// Offers what was asked for too early.
    pub(super) fn undo_when_read(&mut self) {
        if std::mem::take(&mut self.undo.wanted) {
            self.message = None;
            self.undo();
        }
    }

    pub(super) const fn undo_no_more(&mut self) {
        self.undo.wanted = false;
    }

    /// The key that takes back, in words.
    pub(super) fn undo_hint(&self) -> String {
        format!("{} takes it back", self.key_of(Action::Undo))
    }
}

/// What takes back the units of one change, as few changes as can be: a bulk comes back at once.
fn as_one(changes: impl Iterator<Item = Change>) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for change in changes {
        match (all.last_mut(), change) {
            (Some(Change::Restore(keys)), Change::Restore(more)) => keys.extend(more),
            (Some(Change::Switch { rows, enabled }), Change::Switch { rows: more, enabled: same })
                if *enabled == same =>
            {
                rows.extend(more);
            }
            (_, change) => all.push(change),
        }
    }
    all
}

/// What takes each unit of a change back, where something does.
fn reversals(change: &Change, inventory: &Inventory, values: &HashMap<RowId, Secret>) -> Vec<Option<Change>> {
    match change {
        Change::Delete(rows) => rows.iter().map(|row| restored(row, inventory, values)).collect(),
        Change::Edit { row, edit } => {
            let before = inventory.row(row).and_then(|before| before_edit(before, edit));
            vec![before.map(|edit| Change::Edit { row: row.clone(), edit })]
        }
        Change::Switch { rows, enabled } => {
            let switched = rows
                .iter()
                .filter_map(|row| inventory.row(row))
                .filter(|row| !row.enabled.is_known_to_be(enabled));
            let back = |row: &TenantKey| Change::Switch { rows: vec![row.id.clone()], enabled: !enabled };
            switched.map(|row| row.enabled.is_known_not_to_be(enabled).then(|| back(row))).collect()
        }
        Change::Plan(one) => match &**one {
            PlanChange::Edit { plan, edit } => {
                vec![inventory.plan(plan).map(|before| fixes::plan_before(before, edit))]
            }
            PlanChange::Adopt { plan, .. } => vec![Some(PlanChange::Release(plan.clone()).into())],
            PlanChange::Release(plan) => {
                let entry = inventory.plan(plan).and_then(|before| before.shop_window.clone());
                vec![Some(PlanChange::Adopt { plan: plan.clone(), entry }.into())]
            }
            PlanChange::Create(_) | PlanChange::Delete(_) => Vec::new(),
        },
        Change::Mend(fix) => vec![fixes::reversal(fix, inventory)],
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
fn before_edit(before: &TenantKey, edit: &Edit) -> Option<Edit> {
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

fn restored(id: &RowId, inventory: &Inventory, values: &HashMap<RowId, Secret>) -> Option<Change> {
    let row = inventory.row(id).filter(|row| inventory.shares(row).is_known_to_be(&false))?;
    let value = row.stored_value().cloned().or_else(|| values.get(id).cloned())?;
    let id = row.require_api_key().ok()?;
    let plans = inventory.plans_of_api_key(&id).into_result().unwrap_or_default();
    let api_key = FormerApiKey::new(inventory.api_key(&id).key()?, plans);
    Some(Change::restore(row.clone(), value, api_key))
}
