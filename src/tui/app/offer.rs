//! A message acts on its own object: what copies or shows a key does that to the key that the message is about, whatever
//! is selected, also when that key is yet to be read.

use crokey::KeyCombination;
use keypool_domain::{RowId, Secret};

use crate::ops::Query;
use crate::tui::action::Scope;
use crate::tui::key_access::KeyAccess;
use crate::tui::layout::Pane;
use crate::tui::message::{Message, Tone};
use crate::tui::store::Errand;
use crate::tui::view::View;

use super::{App, result};

impl App {
    /// What this key asks for of the tenant key that the message is about; `None` leaves it to the selection.
    pub(super) fn find_offer(&self, key: KeyCombination) -> Option<(KeyAccess, RowId)> {
        if self.overlay.is_some() || self.keys.typing {
            return None;
        }
        let row = self.message.as_ref()?.about.clone()?;
        let action = self.options.keymap.lookup(&[Scope::Keys, Scope::Lists], key)?;
        KeyAccess::from_action(action).map(|access| (access, row))
    }

    /// Does it to this tenant key, as soon as that was read.
    pub(super) fn perform_on_row(&mut self, access: KeyAccess, row: RowId) {
        let key = self.known().and_then(|inventory| inventory.row(&row).cloned());
        match key {
            Some(key) => self.access_key(access, &key),
            None if self.is_inventory_due() => {
                self.message = Some(Message {
                    tone: Tone::Plain,
                    text: "the new key is being read first".to_owned(),
                    hint: None,
                    about: Some(row.clone()),
                });
                self.waiting_offer = Some((access, row));
            }
            None => self.say(Tone::Bad, format!("tenant key {row} is not there any more")),
        }
    }

    fn is_inventory_due(&self) -> bool {
        let reads = |errand: &Errand| {
            matches!(errand, Errand::Load(Query::Inventory | Query::Diagnosis | Query::Setup(_)))
        };
        self.tasks.find(reads).is_some()
    }

    /// Does what was asked for before the account was read again.
    pub(super) fn resume_when_read(&mut self) {
        self.undo_when_read();
        if let Some((access, row)) = self.waiting_offer.take() {
            self.perform_on_row(access, row);
        }
    }

    pub(super) fn copy_value(&mut self, row: RowId, secret: Secret) {
        let of = self.known().and_then(|inventory| result::key_in_words(&row, inventory));
        let of = of.unwrap_or_else(|| format!("tenant key {row}"));
        self.copy(&format!("the value of {of}"), secret);
        if let Some(message) = &mut self.message {
            message.about = Some(row);
        }
    }

    /// Says of the key that the message is about why the cursor is not on it.
    pub(super) fn tell_unlisted(&mut self) {
        let Some(row) = self.keys.take_unlisted().filter(|_| self.view == View::Home) else { return };
        let why = self.why_unlisted(&row);
        if let Some(message) = self.message.as_mut().filter(|message| message.about.as_ref() == Some(&row)) {
            message.add_hint(why);
        }
    }

    fn why_unlisted(&self, row: &RowId) -> String {
        let of_plan = self.known().and_then(|inventory| {
            let plan = &inventory.row(row)?.plan;
            let hidden = self.plans.choice.as_ref().is_some_and(|choice| choice != plan);
            hidden.then(|| inventory.plan_name(plan).to_owned())
        });
        match of_plan {
            Some(plan) => format!("not listed here: it is in {plan}"),
            None if self.pool.narrowed.is_some() && !self.keys.has_filter_line() => {
                "not listed here: it has another API key".to_owned()
            }
            None => "not listed here: the filter hides it".to_owned(),
        }
    }

    /// The pane in which keys are chosen, and what to do there.
    pub(super) fn point_to_keys(&mut self, why: &str) {
        self.view = View::Home;
        self.focus = Pane::Keys;
        self.say(Tone::Plain, why);
    }
}
