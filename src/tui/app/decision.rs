//! A change that was confirmed: it is made of the inventory that its steps were shown of, and of no newer one.

use std::collections::HashMap;
use std::sync::Arc;

use keypool_domain::{Announcement, Change, Inventory, Secret, TenantKeyId};

use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::store::TaskKind;

use super::App;

/// What a change is decided on.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    /// What its steps were made of: the account, with what was asked for this change alone.
    pub(crate) with_details: Arc<Inventory>,
    /// The account as it was read last by then.
    pub(crate) base: Arc<Inventory>,
}

impl Decision {
    /// On the account as it was read last.
    pub(crate) fn from_inventory(account: Arc<Inventory>) -> Self {
        Self { with_details: Arc::clone(&account), base: account }
    }
}

impl App {
    /// Starts a change whose steps were shown, unless they are others by now.
    pub(super) fn apply(&mut self, change: Change, decision: &Decision) {
        let shown = &decision.with_details;
        if let Some(why) = self.describe_difference(&change, &decision.base) {
            let words = change.describe(shown);
            let since = "nothing was done: the account has changed since its steps were shown";
            return self.show_message(Tone::Error, format!("{words}: {since}{why}"));
        }
        if !self.fetch_values(&change, shown) {
            self.start_change(change, Arc::clone(shown), &HashMap::new());
        }
    }

    /// Starts a change, whatever it deletes of which these values are known.
    pub(super) fn start_change(
        &mut self,
        change: Change,
        shown: Arc<Inventory>,
        values: &HashMap<TenantKeyId, Secret>,
    ) {
        self.record_undo(&change, &shown, values);
        let words = change.describe(&shown);
        let id = self.tasks.start(TaskKind::Apply(change.clone(), words), self.now);
        self.emit(Effect::Apply(id, change, shown));
    }

    /// The end of the sentence that says what became different of a change since its steps were shown.
    fn describe_difference(&self, change: &Change, before: &Arc<Inventory>) -> Option<String> {
        let now = self.inventory_or_empty();
        if Arc::ptr_eq(&now, before) {
            return None;
        }
        let refused = |inventory: &Inventory| Announcement::new(change, inventory).err();
        if let Some(refusal) = refused(&now).filter(|refusal| refused(before).as_ref() != Some(refusal)) {
            return Some(format!(": {refusal}"));
        }
        let is_same = change.units(&now) == change.units(before)
            && Announcement::new(change, &now) == Announcement::new(change, before);
        (!is_same).then(|| "; look at them again".to_owned())
    }
}
