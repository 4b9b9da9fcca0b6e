//! Applies confirmed changes, with the inventory that the shown steps were computed from and never a newer one.

use std::collections::HashMap;
use std::sync::Arc;

use keypool_domain::{Announcement, Change, Inventory, Secret, TenantKeyId};

use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::store::TaskKind;

use super::App;

/// The inventories that a confirmed change was computed from.
#[derive(Debug, Clone)]
pub(crate) struct DecisionBasis {
    /// The source of the shown steps: `base` plus details read for this change.
    pub(crate) with_details: Arc<Inventory>,
    /// The last inventory at the time the steps were shown.
    pub(crate) base: Arc<Inventory>,
}

impl DecisionBasis {
    pub(crate) fn from_inventory(inventory: Arc<Inventory>) -> Self {
        Self { with_details: Arc::clone(&inventory), base: inventory }
    }
}

impl App {
    /// Starts a confirmed change, unless its steps have changed since they were shown.
    pub(super) fn apply(&mut self, change: Change, decision: &DecisionBasis) {
        let inventory = &decision.with_details;
        if let Some(difference) = self.describe_difference(&change, &decision.base) {
            let description = change.describe(inventory);
            let notice = "nothing was done: the account changed since the steps were shown";
            return self.show_message(Tone::Error, format!("{description}: {notice}{difference}"));
        }
        if !self.fetch_values_before_deletion(&change, inventory) {
            self.start_change(change, Arc::clone(inventory), &HashMap::new());
        }
    }

    /// Starts a change; `values` are the values of deleted keys, kept for undo.
    pub(super) fn start_change(
        &mut self,
        change: Change,
        inventory: Arc<Inventory>,
        values: &HashMap<TenantKeyId, Secret>,
    ) {
        self.record_undo(&change, &inventory, values);
        let description = change.describe(&inventory);
        let id = self.tasks.start(TaskKind::Apply(change.clone(), description), self.now);
        self.emit(Effect::Apply(id, change, inventory));
    }

    /// What differs since the steps were shown, as the end of a sentence; `None` if nothing does.
    fn describe_difference(&self, change: &Change, before: &Arc<Inventory>) -> Option<String> {
        let now = self.inventory_or_empty();
        if Arc::ptr_eq(&now, before) {
            return None;
        }
        let refusal_in = |inventory: &Inventory| Announcement::new(change, inventory).err();
        if let Some(refusal) = refusal_in(&now).filter(|refusal| refusal_in(before).as_ref() != Some(refusal))
        {
            return Some(format!(": {refusal}"));
        }
        let is_same = change.units(&now) == change.units(before)
            && Announcement::new(change, &now) == Announcement::new(change, before);
        (!is_same).then(|| "; review the new steps".to_owned())
    }
}
