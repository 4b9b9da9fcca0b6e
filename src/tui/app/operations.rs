//! Operations on keys and pools. Each opens a form, a menu or the confirm dialog; none writes without the confirm
//! dialog.

use std::collections::BTreeSet;

use keypool_domain::change::pluralize;
use keypool_domain::{ApiKeyId, Change, Inventory, PlanId, Refusal, TenantKey, TenantKeyId};

use crate::ops::KeyLookup;
use crate::tui::action::{LookupAction, PoolAction};
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{FoundKeys, Menu, Overlay, PromptForm};
use crate::tui::view::View;

use super::App;

impl App {
    pub(super) fn look_up(&mut self, action: LookupAction) {
        if self.inventory().is_none() {
            return self.show_message(Tone::Error, "the account is not loaded yet");
        }
        match action {
            LookupAction::Explain => self.explain(),
            LookupAction::Whose => self.overlay = Some(Overlay::Prompt(PromptForm::look_up_key())),
        }
    }

    pub(super) fn handle_lookup(&mut self, lookup: KeyLookup) {
        if self.is_operator_busy() {
            self.show_message(Tone::Info, "key found: close this to see it");
        }
        self.pending_lookup = Some(lookup);
    }

    /// Shows the result of a key lookup, unless an overlay is open or the filter is being typed.
    pub(super) fn show_lookup(&mut self) {
        if self.is_operator_busy() {
            return;
        }
        if let (Some(lookup), Some(inventory)) = (self.pending_lookup.take(), self.inventory()) {
            self.overlay = Some(Overlay::FoundKeys(FoundKeys::new(&lookup, inventory)));
        }
    }

    const fn is_operator_busy(&self) -> bool {
        self.overlay.is_some() || self.keys.is_typing_filter
    }

    pub(super) fn perform_on_pool(&mut self, action: PoolAction) {
        let Some(inventory) = self.inventory().cloned() else {
            return self.show_message(Tone::Error, "the account is not loaded yet");
        };
        let plan = self.pool_plan().ok_or("no usage plan yet: create one first");
        let result = match action {
            PoolAction::CreatePool => plan.map(|plan| self.create_pool(plan, &inventory)),
            PoolAction::DissolvePool => plan.map(|plan| self.confirm(Change::DissolvePool(plan))),
            PoolAction::Grow => plan.map(|plan| self.ask_about_pool(plan, &inventory, PromptForm::grow)),
            PoolAction::SetPool => {
                plan.map(|plan| self.ask_about_pool(plan, &inventory, PromptForm::set_pool))
            }
            PoolAction::Drain => {
                let api_key = self.selected_pool_key().ok_or("no pool key is selected: choose one in pane 2");
                api_key.map(|api_key| self.confirm(Change::Drain(api_key)))
            }
        };
        if let Err(why) = result {
            self.show_message(Tone::Error, why);
        }
    }

    fn ask_about_pool(
        &mut self,
        plan: PlanId,
        inventory: &Inventory,
        form: impl Fn(PlanId, &Inventory) -> PromptForm,
    ) {
        if inventory.pool(&plan).is_none() {
            let refusal = Refusal::NoPool(inventory.plan_name(&plan).to_owned());
            return self.show_failure(&refusal.into());
        }
        self.overlay = Some(Overlay::Prompt(form(plan, inventory)));
    }

    fn selected_pool_key(&self) -> Option<ApiKeyId> {
        self.pool.selected().map(|row| row.api_key.clone())
    }

    /// The plan of the selected pool key, or the plan that a new key would go to.
    fn pool_plan(&self) -> Option<PlanId> {
        let selected = self.pool.selected().filter(|_| self.focus == Pane::Pool);
        selected.map(|row| row.plan.clone()).or_else(|| self.default_plan())
    }

    pub(super) fn rotate(&mut self, inventory: &Inventory) {
        let form = if self.focus == Pane::Pool {
            let api_key = self.selected_pool_key();
            api_key
                .map(|api_key| PromptForm::rotate_pool_key(api_key, None, inventory))
                .ok_or_else(|| "no pool key is selected".to_owned())
        } else {
            self.target_keys().and_then(|ids| rotate_form(ids, inventory))
        };
        match form {
            Ok(form) => self.overlay = Some(Overlay::Prompt(form)),
            Err(why) => self.show_message(Tone::Error, why),
        }
    }

    pub(super) fn open_move_menu(&mut self, inventory: &Inventory) {
        let targets = match self.focus {
            Pane::Keys | Pane::Test => match self.target_keys() {
                Ok(ids) => ids,
                Err(why) if self.keys.marked_count() > 0 => return self.show_message(Tone::Error, why),
                Err(_) => Vec::new(),
            },
            Pane::Plans | Pane::Pool => Vec::new(),
        };
        let menu = Menu::for_moves(targets, self.pool_plan(), inventory);
        self.overlay = Some(Overlay::Menu(menu));
    }

    pub(super) fn create_pool(&mut self, plan: PlanId, inventory: &Inventory) {
        if inventory.pool(&plan).is_some() {
            let refusal = Refusal::HasPool(inventory.plan_name(&plan).to_owned());
            return self.show_failure(&refusal.into());
        }
        // Marks are visible only on the home screen.
        let marked = if self.view == View::Home && self.keys.marked_count() > 0 {
            match self.target_keys() {
                Ok(ids) => ids,
                Err(why) => return self.show_message(Tone::Error, why),
            }
        } else {
            Vec::new()
        };
        self.overlay = Some(Overlay::Prompt(pool_form(plan, &marked, inventory)));
    }
}

/// A form for a pool of the plan's marked keys, or of its keys without tenants if none is marked.
pub(super) fn pool_form(plan: PlanId, marked: &[TenantKeyId], inventory: &Inventory) -> PromptForm {
    let marked = marked.iter().filter_map(|id| inventory.tenant_key(id)).filter(|key| key.plan == plan);
    let marked: BTreeSet<_> = marked.filter_map(|key| key.api_key().into_result().ok()).collect();
    let unused = inventory.listed_members(&plan);
    let unused = unused.iter().filter(|id| inventory.tenant_key_count(id).is_known_to_be(&0)).cloned();
    let api_keys = if marked.is_empty() { unused.collect() } else { marked.into_iter().collect() };
    PromptForm::create_pool(plan, api_keys, inventory)
}

/// A form to rotate siloed keys, or the one pool key that all of these tenant keys share.
fn rotate_form(ids: Vec<TenantKeyId>, inventory: &Inventory) -> Result<PromptForm, String> {
    let keys: Vec<_> = ids.iter().filter_map(|id| inventory.tenant_key(id)).collect();
    let is_shared = |key: &TenantKey| inventory.is_shared(key).is_known_to_be(&true);
    let shared: BTreeSet<ApiKeyId> =
        keys.iter().filter(|key| is_shared(key)).filter_map(|key| key.api_key().into_result().ok()).collect();
    let first = keys.first().ok_or("no key is selected")?;
    let all_shared = keys.iter().all(|key| is_shared(key));
    match (shared.first(), shared.len()) {
        (None, _) => Ok(PromptForm::rotate(ids, inventory)),
        (Some(api_key), 1) if all_shared => {
            let count = pluralize(inventory.tenant_keys_of_api_key(api_key).len(), "tenant key");
            let why = format!("The shared value changes for {count}.");
            Ok(PromptForm::rotate_pool_key(api_key.clone(), Some(why), inventory))
        }
        (Some(api_key), _) => {
            let shared_key = keys.iter().find(|key| is_shared(key)).unwrap_or(first);
            Err(Refusal::SharesApiKey { tenant_key: shared_key.id.clone(), api_key: api_key.clone() }
                .to_string())
        }
    }
}
