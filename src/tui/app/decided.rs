//! A change that was confirmed: it is made of the inventory that its steps were shown of, and of no newer one.

use std::collections::HashMap;
use std::sync::Arc;

use keypool_domain::{Announcement, Change, Inventory, RowId, Secret};

use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::store::Errand;

use super::App;

/// What a change is decided on.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    /// What its steps were made of: the account, with what was asked for this change alone.
    pub(crate) shown: Arc<Inventory>,
    /// The account as it was read last by then.
    pub(crate) account: Arc<Inventory>,
}

impl Decision {
    /// On the account as it was read last.
    pub(crate) fn of(account: Arc<Inventory>) -> Self {
        Self { shown: Arc::clone(&account), account }
    }
}

impl App {
    /// Starts a change whose steps were shown, unless they are others by now.
    pub(super) fn apply(&mut self, change: Change, decision: &Decision) {
        let shown = &decision.shown;
        if let Some(why) = self.difference_since(&change, &decision.account) {
            let words = change.describe(shown);
            let since = "nothing was done: the account has changed since its steps were shown";
            return self.say(Tone::Bad, format!("{words}: {since}{why}"));
        }
        if !self.keeps_values(&change, shown) {
            self.begin(change, Arc::clone(shown), &HashMap::new());
        }
    }

    /// Starts a change, whatever it deletes of which these values are known.
    pub(super) fn begin(&mut self, change: Change, shown: Arc<Inventory>, values: &HashMap<RowId, Secret>) {
        self.remember(&change, &shown, values);
        let words = change.describe(&shown);
        let id = self.tasks.start(Errand::Apply(change.clone(), words), self.now);
        self.ask(Effect::Apply(id, change, shown));
    }

    /// The end of the sentence that says what became different of a change since its steps were shown.
    fn difference_since(&self, change: &Change, before: &Arc<Inventory>) -> Option<String> {
        let now = self.decided_on();
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
