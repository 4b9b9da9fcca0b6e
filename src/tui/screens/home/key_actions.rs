//! Creates, edits, deletes, rotates, moves and extends keys. Each opens a form, a menu or the confirm dialog.

use std::collections::BTreeSet;

use keypool_domain::text::pluralize;
use keypool_domain::{ApiKeyId, Change, Inventory, PlanId, Refusal, TenantKey, TenantKeyId};

use crate::tui::dialogs::forms::{extend, key, rotate};
use crate::tui::dialogs::menu::Menu;
use crate::tui::keys::action::{Action, KeyAction};
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::model::message::Message;
use crate::tui::quota_text;
use crate::tui::screen::Command;
use crate::tui::screens::home::availability;
use crate::tui::screens::home::state::Home;

impl Home {
    /// Why the action is refused until more of the account is read. Whether a key can be deleted of a table that is too
    /// large to be read unasked depends on the key; of marked keys, the change itself says so.
    pub(super) fn refusal(&self, action: Action, model: &Model) -> Option<Message> {
        availability::refusal(action, model).or_else(|| {
            let inventory = model.inventory().filter(|_| action == Action::Delete)?;
            let selected = self.selected_key(model).filter(|_| self.keys.marked_count() == 0)?;
            availability::refusal_of_deletion(vec![selected.id.clone()], inventory)
        })
    }

    /// The error is why the action is not possible.
    pub(super) fn perform_on_keys(&self, action: KeyAction, model: &Model) -> Result<Command, String> {
        let inventory = model.require_inventory()?;
        match action {
            KeyAction::New => {
                let plan = self.default_plan(model).ok_or("no usage plan yet: create one first")?;
                Ok(key::open_for_new_keys(inventory, plan))
            }
            KeyAction::Edit => self.edit(model, inventory),
            KeyAction::Delete => Ok(Command::Confirm(Change::Delete(self.target_keys(model)?))),
            KeyAction::Rotate => self.rotate(model, inventory),
            KeyAction::Move => Ok(Command::open(self.move_menu(model, inventory)?)),
            KeyAction::Extend => {
                let (plan, api_keys) = self.keys_to_extend(model, inventory)?;
                let note = quota_text::extension_note(model.usage(), &plan, &api_keys);
                Ok(extend::open(plan, api_keys, note, inventory))
            }
        }
    }

    /// Opens a form for one key, or a menu of edits for several marked keys.
    fn edit(&self, model: &Model, inventory: &Inventory) -> Result<Command, String> {
        let selected = self.selected_key(model).ok_or("no key is selected")?;
        Ok(match &self.target_keys(model)?[..] {
            [id] => key::open_for_edit(inventory.tenant_key(id).unwrap_or(selected), inventory),
            keys => Command::open(Menu::for_edits(keys, inventory)),
        })
    }

    fn rotate(&self, model: &Model, inventory: &Inventory) -> Result<Command, String> {
        if self.focus == Pane::Pool {
            let api_key = self.selected_pool_key().ok_or("no pool key is selected")?;
            return Ok(rotate::open_for_pool_key(api_key, None, inventory));
        }
        rotate_keys(self.target_keys(model)?, inventory)
    }

    fn move_menu(&self, model: &Model, inventory: &Inventory) -> Result<Menu, String> {
        let targets = match self.focus {
            Pane::Keys | Pane::Test => match self.target_keys(model) {
                Ok(ids) => ids,
                Err(why) if self.keys.marked_count() > 0 => return Err(why),
                Err(_) => Vec::new(),
            },
            Pane::Plans | Pane::Pool => Vec::new(),
        };
        Ok(Menu::for_moves(targets, self.pool_plan(model), inventory))
    }

    fn keys_to_extend(
        &self,
        model: &Model,
        inventory: &Inventory,
    ) -> Result<(PlanId, Vec<ApiKeyId>), String> {
        if self.focus == Pane::Pool {
            let row = self.pool.selected().ok_or("no pool key is selected")?;
            return Ok((row.plan.clone(), vec![row.api_key.clone()]));
        }
        let keys = self.target_rows(inventory, model)?;
        let first = keys.first().ok_or("no key is selected")?;
        if keys.iter().any(|key| key.plan != first.plan) {
            return Err("the marked keys are in several plans: mark keys of one plan".to_owned());
        }
        let api_keys: BTreeSet<_> = keys.iter().filter_map(|key| key.api_key().into_result().ok()).collect();
        Ok((first.plan.clone(), api_keys.into_iter().collect()))
    }
}

/// Opens the form to rotate siloed keys, or the one pool key that all of these tenant keys share.
fn rotate_keys(ids: Vec<TenantKeyId>, inventory: &Inventory) -> Result<Command, String> {
    let keys: Vec<_> = ids.iter().filter_map(|id| inventory.tenant_key(id)).collect();
    let is_shared = |key: &TenantKey| inventory.is_shared(key).is_known_to_be(&true);
    let shared: BTreeSet<ApiKeyId> =
        keys.iter().filter(|key| is_shared(key)).filter_map(|key| key.api_key().into_result().ok()).collect();
    let first = keys.first().ok_or("no key is selected")?;
    let all_shared = keys.iter().all(|key| is_shared(key));
    match (shared.first(), shared.len()) {
        (None, _) => Ok(rotate::open_for_siloed_keys(ids, inventory)),
        (Some(api_key), 1) if all_shared => {
            let count = pluralize(inventory.tenant_keys_of_api_key(api_key).len(), "tenant key");
            let why = format!("The shared value changes for {count}.");
            Ok(rotate::open_for_pool_key(api_key.clone(), Some(why), inventory))
        }
        (Some(api_key), _) => {
            let shared_key = keys.iter().find(|key| is_shared(key)).unwrap_or(first);
            Err(Refusal::SharesApiKey { tenant_key: shared_key.id.clone(), api_key: api_key.clone() }
                .to_string())
        }
    }
}
