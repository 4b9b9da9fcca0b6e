//! The operations on keys and pools: what each is asked for, or why it cannot be here. Nothing is done without the
//! confirm dialog.

use std::collections::BTreeSet;

use keypool_domain::change::counted;
use keypool_domain::{ApiKeyId, Change, Inventory, PlanId, Refusal, RowId, TenantKey};

use crate::ops::Whose;
use crate::tui::action::{LookupAction, PoolAction};
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Ask, Found, Menu, Overlay};
use crate::tui::view::View;

use super::App;

impl App {
    pub(super) fn look_up(&mut self, action: LookupAction) {
        if self.known().is_none() {
            return self.say(Tone::Bad, "nothing was read yet");
        }
        match action {
            LookupAction::Explain => self.explain(),
            LookupAction::Whose => self.overlay = Some(Overlay::Ask(Ask::whose())),
        }
    }

    pub(super) fn found(&mut self, whose: Whose) {
        if self.is_busy() {
            self.say(Tone::Plain, "whose key that is will be shown as soon as this is closed");
        }
        self.whose = Some(whose);
    }

    /// Shows whose key it is, unless that would come between a person and what is being typed or decided.
    pub(super) fn show_found(&mut self) {
        if self.is_busy() {
            return;
        }
        if let (Some(whose), Some(inventory)) = (self.whose.take(), self.known()) {
            self.overlay = Some(Overlay::Found(Found::new(&whose, inventory)));
        }
    }

    const fn is_busy(&self) -> bool {
        self.overlay.is_some() || self.keys.typing
    }

    pub(super) fn perform_on_pool(&mut self, action: PoolAction) {
        let Some(inventory) = self.known().cloned() else {
            return self.say(Tone::Bad, "nothing was read yet");
        };
        let plan = self.plan_of_pool().ok_or("there is no usage plan: a pool needs one");
        let done = match action {
            PoolAction::CreatePool => plan.map(|plan| self.create_pool(plan, &inventory)),
            PoolAction::DissolvePool => plan.map(|plan| self.confirm(Change::DissolvePool(plan))),
            PoolAction::Grow => plan.map(|plan| self.ask_about_pool(plan, &inventory, Ask::grow)),
            PoolAction::SetPool => plan.map(|plan| self.ask_about_pool(plan, &inventory, Ask::set_pool)),
            PoolAction::Drain => {
                let api_key = self.pool_key().ok_or("no pool key is selected: choose one in pane 2");
                api_key.map(|api_key| self.confirm(Change::Drain(api_key)))
            }
        };
        if let Err(why) = done {
            self.say(Tone::Bad, why);
        }
    }

    fn ask_about_pool(
        &mut self,
        plan: PlanId,
        inventory: &Inventory,
        form: impl Fn(PlanId, &Inventory) -> Ask,
    ) {
        if inventory.pool(&plan).is_none() {
            let refusal = Refusal::NoPool(inventory.plan_name(&plan).to_owned());
            return self.fail(&refusal.into());
        }
        self.overlay = Some(Overlay::Ask(form(plan, inventory)));
    }

    fn pool_key(&self) -> Option<ApiKeyId> {
        self.pool.selected().map(|row| row.api_key.clone())
    }

    /// The plan of the pool key under the cursor, or the one that a new key would go to.
    fn plan_of_pool(&self) -> Option<PlanId> {
        let selected = self.pool.selected().filter(|_| self.focus == Pane::Pool);
        selected.map(|row| row.plan.clone()).or_else(|| self.likely_plan())
    }

    pub(super) fn rotate(&mut self, inventory: &Inventory) {
        let ask = if self.focus == Pane::Pool {
            let api_key = self.pool_key();
            api_key
                .map(|api_key| Ask::rotate_pool_key(api_key, None, inventory))
                .ok_or_else(|| "no pool key is selected".to_owned())
        } else {
            self.target_keys().and_then(|rows| rotation(rows, inventory))
        };
        match ask {
            Ok(ask) => self.overlay = Some(Overlay::Ask(ask)),
            Err(why) => self.say(Tone::Bad, why),
        }
    }

    pub(super) fn moves(&mut self, inventory: &Inventory) {
        let rows = match self.focus {
            Pane::Keys | Pane::Test => match self.target_keys() {
                Ok(rows) => rows,
                Err(why) if self.keys.marked() > 0 => return self.say(Tone::Bad, why),
                Err(_) => Vec::new(),
            },
            Pane::Plans | Pane::Pool => Vec::new(),
        };
        let menu = Menu::of(rows, self.plan_of_pool(), inventory);
        self.overlay = Some(Overlay::Menu(menu));
    }

    pub(super) fn create_pool(&mut self, plan: PlanId, inventory: &Inventory) {
        if inventory.pool(&plan).is_some() {
            let refusal = Refusal::HasPool(inventory.plan_name(&plan).to_owned());
            return self.fail(&refusal.into());
        }
        // Marks are on the screen on the home screen only.
        let marked = if self.view == View::Home && self.keys.marked() > 0 {
            match self.target_keys() {
                Ok(rows) => rows,
                Err(why) => return self.say(Tone::Bad, why),
            }
        } else {
            Vec::new()
        };
        self.overlay = Some(Overlay::Ask(pool_of_keys(plan, &marked, inventory)));
    }
}

/// Of the marked keys of the plan or, where none are, of those that no tenant has; without such, of new ones.
pub(super) fn pool_of_keys(plan: PlanId, marked: &[RowId], inventory: &Inventory) -> Ask {
    let marked = marked.iter().filter_map(|row| inventory.row(row)).filter(|row| row.plan == plan);
    let marked: BTreeSet<_> = marked.filter_map(|row| row.api_key().into_result().ok()).collect();
    let free = inventory.listed_members(&plan);
    let free = free.iter().filter(|id| inventory.sending(id).is_known_to_be(&0)).cloned();
    let api_keys = if marked.is_empty() { free.collect() } else { marked.into_iter().collect() };
    Ask::create_pool(plan, api_keys, inventory)
}

/// Siloed keys are rotated themselves; one that is shared offers its pool key.
fn rotation(rows: Vec<RowId>, inventory: &Inventory) -> Result<Ask, String> {
    let known: Vec<_> = rows.iter().filter_map(|row| inventory.row(row)).collect();
    let is_shared = |row: &TenantKey| inventory.shares(row).is_known_to_be(&true);
    let shared: BTreeSet<ApiKeyId> = known
        .iter()
        .filter(|row| is_shared(row))
        .filter_map(|row| row.api_key().into_result().ok())
        .collect();
    let first = known.first().ok_or("no key is selected")?;
    let all_shared = known.iter().all(|row| is_shared(row));
    match (shared.first(), shared.len()) {
        (None, _) => Ok(Ask::rotate(rows, inventory)),
        (Some(api_key), 1) if all_shared => {
            let behind = counted(inventory.rows_behind(api_key).len(), "tenant key");
            let why = format!("A shared value is rotated for all who share it: {behind}.");
            Ok(Ask::rotate_pool_key(api_key.clone(), Some(why), inventory))
        }
        (Some(api_key), _) => {
            let row = known.iter().find(|row| is_shared(row)).unwrap_or(first);
            Err(Refusal::Shared { row: row.id.clone(), api_key: api_key.clone() }.to_string())
        }
    }
}
