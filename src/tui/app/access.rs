//! Copying and revealing act on the tenant key that a message is about, whatever is selected, even if that
//! key is not loaded yet.

use crokey::KeyCombination;
use keypool_domain::{Secret, TenantKey, TenantKeyId};

use crate::tui::app::{App, change_result};
use crate::tui::dialogs::details::{Details, DetailsSubject};
use crate::tui::key_access::KeyAccess;
use crate::tui::keys::action::Scope;
use crate::tui::model::effect::Effect;
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::query::{Query, SecretUse};
use crate::tui::screen::Command;
use crate::tui::view::View;

impl App {
    /// What this key press does with the message's tenant key: copies its id or value, or reveals the value.
    /// `None` if the key press acts on the selection.
    pub(super) fn message_key_access(&self, pressed: KeyCombination) -> Option<(KeyAccess, TenantKeyId)> {
        if self.stack.is_operator_busy() {
            return None;
        }
        let id = self.message.as_ref()?.tenant_key.clone()?;
        let action = self.model.options().keymap.lookup(&[Scope::Keys, Scope::Lists], pressed)?;
        KeyAccess::from_action(action).map(|access| (access, id))
    }

    /// Accesses this tenant key as soon as it is loaded.
    pub(super) fn perform_access(&mut self, access: KeyAccess, id: TenantKeyId) {
        let key = self.model.inventory().and_then(|inventory| inventory.tenant_key(&id).cloned());
        let waits = self.model.remembered_at().is_some()
            && self.model.is_reading_inventory()
            && access != KeyAccess::CopyId;
        match key {
            Some(_) if waits => {
                self.message = Some(Message::new(Tone::Info, "waiting until the account is read"));
                self.pending_access = Some((access, id));
            }
            Some(key) => self.access_key(access, &key),
            None if self.model.is_reading_inventory() => {
                self.message = Some(Message {
                    tenant_key: Some(id.clone()),
                    ..Message::new(Tone::Info, "waiting until the new key is loaded")
                });
                self.pending_access = Some((access, id));
            }
            None if self.model.listed().is_some() => {
                let text = format!("tenant key {id} is not listed here: list its plan or its tenant");
                self.execute(Command::refuse(text));
            }
            None => self.execute(Command::refuse(format!("tenant key {id} no longer exists"))),
        }
    }

    /// Copies the id or value of this tenant key, or shows its value.
    fn access_key(&mut self, access: KeyAccess, key: &TenantKey) {
        match access {
            KeyAccess::CopyValue => self.load(Query::Secret(key.id.clone(), SecretUse::Copy)),
            KeyAccess::CopyId => self.execute(Command::CopyId(key.id.as_str().to_owned())),
            KeyAccess::Reveal => {
                self.execute(Command::open(Details::new(DetailsSubject::TenantKey(key.id.clone()))));
                self.load(Query::Secret(key.id.clone(), SecretUse::Reveal));
            }
        }
    }

    pub(super) fn copy_id(&mut self, id: String) {
        self.message = Some(copied(&format!("the id {id}")));
        self.model.emit(Effect::CopyId(id));
    }

    pub(super) fn copy_value(&mut self, id: TenantKeyId, secret: Secret) {
        let key = self.model.inventory().and_then(|inventory| change_result::describe_key(&id, inventory));
        let key = key.unwrap_or_else(|| format!("tenant key {id}"));
        self.message = Some(Message { tenant_key: Some(id), ..copied(&format!("the value of {key}")) });
        self.model.emit(Effect::CopyValue(secret));
    }

    /// Adds to a message why the cursor is not on its tenant key.
    pub(super) fn explain_unlisted_key(&mut self) {
        let unlisted = self.stack.screens.home.take_unlisted();
        let Some(id) = unlisted.filter(|_| self.stack.view == View::Home) else { return };
        let why = self.stack.screens.home.unlisted_reason(&id, &self.model);
        if let Some(message) =
            self.message.as_mut().filter(|message| message.tenant_key.as_ref() == Some(&id))
        {
            message.add_hint(why);
        }
    }
}

fn copied(what: &str) -> Message {
    Message::new(Tone::Success, format!("{what} is on the clipboard (if the terminal allows it)"))
}
