//! A message acts on its own object: what copies or shows a key does that to the key that the message is about, whatever
//! is selected, also when that key is yet to be read.

use crokey::KeyCombination;
use keypool_domain::{Secret, TenantKeyId};

use crate::ops::Query;
use crate::tui::action::Scope;
use crate::tui::key_access::KeyAccess;
use crate::tui::layout::Pane;
use crate::tui::message::{Message, Tone};
use crate::tui::store::TaskKind;
use crate::tui::view::View;

use super::{App, change_result};

impl App {
    /// What this key asks for of the tenant key that the message is about; `None` leaves it to the selection.
    pub(super) fn find_message_access(&self, key: KeyCombination) -> Option<(KeyAccess, TenantKeyId)> {
        if self.overlay.is_some() || self.keys.is_typing_filter {
            return None;
        }
        let row = self.message.as_ref()?.tenant_key.clone()?;
        let action = self.options.keymap.lookup(&[Scope::Keys, Scope::Lists], key)?;
        KeyAccess::from_action(action).map(|access| (access, row))
    }

    /// Does it to this tenant key, as soon as that was read.
    pub(super) fn perform_access(&mut self, access: KeyAccess, row: TenantKeyId) {
        let key = self.inventory().and_then(|inventory| inventory.tenant_key(&row).cloned());
        match key {
            Some(key) => self.access_key(access, &key),
            None if self.is_reading_inventory() => {
                self.message = Some(Message {
                    tone: Tone::Info,
                    text: "the new key is being read first".to_owned(),
                    hint: None,
                    tenant_key: Some(row.clone()),
                });
                self.pending_access = Some((access, row));
            }
            None => self.show_message(Tone::Error, format!("tenant key {row} is not there any more")),
        }
    }

    fn is_reading_inventory(&self) -> bool {
        let reads = |errand: &TaskKind| {
            matches!(errand, TaskKind::Load(Query::Inventory | Query::Diagnosis | Query::Setup(_)))
        };
        self.tasks.find(reads).is_some()
    }

    /// Does what was asked for before the account was read again.
    pub(super) fn resume_pending(&mut self) {
        self.resume_undo();
        if let Some((access, row)) = self.pending_access.take() {
            self.perform_access(access, row);
        }
    }

    pub(super) fn copy_value(&mut self, row: TenantKeyId, secret: Secret) {
        let of = self.inventory().and_then(|inventory| change_result::describe_key(&row, inventory));
        let of = of.unwrap_or_else(|| format!("tenant key {row}"));
        self.copy(&format!("the value of {of}"), secret);
        if let Some(message) = &mut self.message {
            message.tenant_key = Some(row);
        }
    }

    /// Says of the key that the message is about why the cursor is not on it.
    pub(super) fn explain_unlisted(&mut self) {
        let Some(row) = self.keys.take_unlisted().filter(|_| self.view == View::Home) else { return };
        let why = self.unlisted_reason(&row);
        if let Some(message) =
            self.message.as_mut().filter(|message| message.tenant_key.as_ref() == Some(&row))
        {
            message.add_hint(why);
        }
    }

    fn unlisted_reason(&self, row: &TenantKeyId) -> String {
        let of_plan = self.inventory().and_then(|inventory| {
            let plan = &inventory.tenant_key(row)?.plan;
            let hidden = self.plans.selected_id.as_ref().is_some_and(|choice| choice != plan);
            hidden.then(|| inventory.plan_name(plan).to_owned())
        });
        match of_plan {
            Some(plan) => format!("not listed here: it is in {plan}"),
            None if self.pool.key_filter.is_some() && !self.keys.has_filter_line() => {
                "not listed here: it has another API key".to_owned()
            }
            None => "not listed here: the filter hides it".to_owned(),
        }
    }

    /// The pane in which keys are chosen, and what to do there.
    pub(super) fn focus_keys_pane(&mut self, why: &str) {
        self.view = View::Home;
        self.focus = Pane::Keys;
        self.show_message(Tone::Info, why);
    }
}
