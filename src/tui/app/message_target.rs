//! Copying and revealing act on the key that a message is about, whatever is selected, even if that key is not
//! loaded yet.

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
    /// The access to the message's tenant key that this key press asks for; `None` if it acts on the selection.
    pub(super) fn find_message_access(&self, key: KeyCombination) -> Option<(KeyAccess, TenantKeyId)> {
        if self.overlay.is_some() || self.keys.is_typing_filter {
            return None;
        }
        let id = self.message.as_ref()?.tenant_key.clone()?;
        let action = self.options.keymap.lookup(&[Scope::Keys, Scope::Lists], key)?;
        KeyAccess::from_action(action).map(|access| (access, id))
    }

    /// Accesses this tenant key as soon as it is loaded.
    pub(super) fn perform_access(&mut self, access: KeyAccess, id: TenantKeyId) {
        let key = self.inventory().and_then(|inventory| inventory.tenant_key(&id).cloned());
        match key {
            Some(key) => self.access_key(access, &key),
            None if self.is_reading_inventory() => {
                self.message = Some(Message {
                    tone: Tone::Info,
                    text: "waiting until the new key is loaded".to_owned(),
                    hint: None,
                    tenant_key: Some(id.clone()),
                });
                self.pending_access = Some((access, id));
            }
            None => self.show_message(Tone::Error, format!("tenant key {id} no longer exists")),
        }
    }

    fn is_reading_inventory(&self) -> bool {
        let reads_inventory = |kind: &TaskKind| {
            matches!(kind, TaskKind::Load(Query::Inventory | Query::Diagnosis | Query::Setup(_)))
        };
        self.tasks.find(reads_inventory).is_some()
    }

    /// Resumes undo and key access requested before the account was loaded.
    pub(super) fn resume_pending(&mut self) {
        self.resume_undo();
        if let Some((access, id)) = self.pending_access.take() {
            self.perform_access(access, id);
        }
    }

    pub(super) fn copy_value(&mut self, id: TenantKeyId, secret: Secret) {
        let key = self.inventory().and_then(|inventory| change_result::describe_key(&id, inventory));
        let key = key.unwrap_or_else(|| format!("tenant key {id}"));
        self.copy(&format!("the value of {key}"), secret);
        if let Some(message) = &mut self.message {
            message.tenant_key = Some(id);
        }
    }

    /// Adds to a message why the cursor is not on its tenant key.
    pub(super) fn explain_unlisted(&mut self) {
        let Some(id) = self.keys.take_unlisted().filter(|_| self.view == View::Home) else { return };
        let why = self.unlisted_reason(&id);
        if let Some(message) =
            self.message.as_mut().filter(|message| message.tenant_key.as_ref() == Some(&id))
        {
            message.add_hint(why);
        }
    }

    fn unlisted_reason(&self, id: &TenantKeyId) -> String {
        let other_plan = self.inventory().and_then(|inventory| {
            let plan = &inventory.tenant_key(id)?.plan;
            let is_hidden = self.plans.selected_id.as_ref().is_some_and(|selected| selected != plan);
            is_hidden.then(|| inventory.plan_name(plan).to_owned())
        });
        match other_plan {
            Some(plan) => format!("not in this list: the key is in {plan}"),
            None if self.pool.key_filter.is_some() && !self.keys.has_filter_line() => {
                "not in this list: the key does not use the chosen pool key".to_owned()
            }
            None => "not in this list: the filter hides it".to_owned(),
        }
    }

    /// Focuses the keys pane and shows what to do there.
    pub(super) fn focus_keys_pane(&mut self, text: &str) {
        self.view = View::Home;
        self.focus = Pane::Keys;
        self.show_message(Tone::Info, text);
    }
}
