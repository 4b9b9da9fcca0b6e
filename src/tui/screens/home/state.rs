//! What the operator chose on the home screen: the focused pane, and the selection in each pane.

use keypool_domain::{ApiKeyId, Inventory, Plan, PlanId, TenantKey, TenantKeyId};

use crate::ops::{KeyListing, Sample};
use crate::tui::dialogs::details::DetailsSubject;
use crate::tui::layout::{Pane, Stack};
use crate::tui::model::Model;
use crate::tui::screens::home::keys::state::KeysPane;
use crate::tui::screens::home::loudest::LoudestTenants;
use crate::tui::screens::home::plans::PlansPane;
use crate::tui::screens::home::pool::PoolPane;
use crate::tui::screens::home::test::state::TestPane;
use crate::tui::screens::usage::state::UsageSubject;
use crate::tui::widgets::follower::Follower;

#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(super) focus: Pane,
    pub(super) plans: PlansPane,
    pub(super) pool: PoolPane,
    pub(super) keys: KeysPane,
    pub(super) test: TestPane,
    /// Where the panes are on the screen.
    pub(super) stack: Stack,
    /// What the other panes show of the focused one.
    pub(super) follower: Follower<FollowedSelection>,
    pub(super) loudest: LoudestTenants,
}

/// What is selected in the panes above.
#[derive(Debug, Clone)]
pub(super) struct FollowedSelection {
    /// The plan whose pool and keys are shown; `None`: all plans.
    pub(super) plan: Option<PlanId>,
    /// The tenant key that the next call uses, or why there is none.
    pub(super) key_to_call: Result<TenantKey, String>,
    /// The tenant key selected in the keys pane.
    pub(super) selected: Option<TenantKeyId>,
    /// The selection of the focused pane.
    pub(super) subject: Option<DetailsSubject>,
}

impl Default for Home {
    fn default() -> Self {
        Self {
            focus: Pane::Keys,
            plans: PlansPane::default(),
            pool: PoolPane::default(),
            keys: KeysPane::with_worst_first(),
            test: TestPane::default(),
            stack: Stack::default(),
            follower: Follower::default(),
            loudest: LoudestTenants::default(),
        }
    }
}

impl Home {
    /// Moves the focus. This ends the typing of a filter, which stays in effect.
    pub(crate) fn focus_pane(&mut self, pane: Pane) {
        if pane != self.focus {
            self.stop_typing_filter();
        }
        self.focus = pane;
    }

    pub(crate) fn stop_typing_filter(&mut self) {
        if let Some(filter) = self.focused_filter_mut().filter(|filter| filter.is_typing()) {
            filter.keep();
        }
    }

    /// The plan selected in the plans pane; `None`: all plans.
    pub(super) fn selected_plan<'a>(&self, model: &'a Model) -> Option<&'a Plan> {
        model.inventory()?.plan(self.plans.selected_id.as_ref()?)
    }

    /// Which tenant keys of a table that is too large to be read unasked are looked at, and whether the cursor nears the
    /// end of what was read of them.
    pub(crate) fn wanted_listing(&self, model: &Model) -> Option<(KeyListing, bool)> {
        let (plan, pool_key) = (self.shown_plan_id(), self.pool.key_filter.as_ref());
        let listed = model.listed()?;
        Some((self.keys.wanted_listing(listed, plan, pool_key), self.keys.nears_end(listed, plan, pool_key)))
    }

    pub(super) fn selected_key<'a>(&self, model: &'a Model) -> Option<&'a TenantKey> {
        self.keys.selected(model.inventory()?)
    }

    /// The plan whose pool and keys are shown; `None`: all plans.
    pub(crate) fn shown_plan_id(&self) -> Option<&PlanId> {
        match self.follower.held() {
            Some(held) => held.plan.as_ref(),
            None => self.plans.selected_id.as_ref(),
        }
    }

    /// What the test pane shows now.
    pub(super) fn followed_selection(&self, model: &Model) -> FollowedSelection {
        self.follower.held().cloned().unwrap_or_else(|| self.selection(model))
    }

    fn selection(&self, model: &Model) -> FollowedSelection {
        FollowedSelection {
            plan: self.plans.selected_id.clone(),
            key_to_call: self.key_to_call(model),
            selected: self.selected_key(model).map(|key| key.id.clone()),
            subject: self.subject(model),
        }
    }

    /// Called before each step of the cursor.
    pub(super) fn hold_back_while_key_is_held(&mut self, model: &Model) {
        let mut follower = std::mem::take(&mut self.follower);
        follower.hold_if(model.type_ahead().is_repeated(), model.now(), || self.selection(model));
        self.follower = follower;
    }

    /// Shows the selection in the other panes before an action acts on it.
    pub(super) fn follow_now(&mut self, model: &Model) {
        if self.follower.held().is_some() {
            self.follower.release();
            self.sync_lists(model);
        }
    }

    pub(super) fn selected_pool_key(&self) -> Option<ApiKeyId> {
        self.pool.selected().map(|row| row.api_key.clone())
    }

    /// The plan for a new key: the selected one, that of the selected key, or the first one.
    pub(super) fn default_plan(&self, model: &Model) -> Option<PlanId> {
        let inventory = model.inventory()?;
        let plan_of_key = || self.selected_key(model).map(|key| key.plan.clone());
        let selected = self.plans.selected_id.clone().or_else(plan_of_key);
        selected
            .filter(|id| inventory.plan(id).is_some())
            .or_else(|| Some(inventory.plans().first()?.id.clone()))
    }

    /// The plan of the selected pool key, or the plan that a new key would go to.
    pub(super) fn pool_plan(&self, model: &Model) -> Option<PlanId> {
        let selected = self.pool.selected().filter(|_| self.focus == Pane::Pool);
        selected.map(|row| row.plan.clone()).or_else(|| self.default_plan(model))
    }

    /// The plan of the selected row, the plans of the other rows on the screen, and those of the keys there.
    pub(crate) fn plans_in_view(&self, model: &Model) -> Vec<PlanId> {
        let selected = match self.usage_subject(model) {
            UsageSubject::Account => None,
            UsageSubject::Plan(plan) | UsageSubject::Key(plan, _) => Some(plan),
        };
        let mut plans: Vec<PlanId> = Vec::new();
        let of_keys = model.inventory().into_iter().flat_map(|inventory| self.keys.plans_in_view(inventory));
        let of_rows = self.plans.plans_in_view().chain(self.pool.plans_in_view());
        for plan in selected.iter().chain(of_rows).chain(of_keys) {
            if !plans.contains(plan) {
                plans.push(plan.clone());
            }
        }
        plans
    }

    pub(crate) const fn has_selected_plan(&self) -> bool {
        self.plans.selected_id.is_some()
    }

    pub(crate) fn is_scanning(&self) -> bool {
        self.keys.is_scanning()
    }

    /// Continues to build the list of keys.
    pub(crate) fn scan_next_chunk(&mut self, model: &Model) {
        if let Some(snapshot) = model.snapshot() {
            self.keys.scan_next_chunk(snapshot);
        }
    }

    /// The tenant key of the last call or series.
    pub(crate) fn called_key(&self) -> Option<&TenantKeyId> {
        self.test.called_key()
    }

    pub(crate) fn add_sample(&mut self, sample: Sample) {
        self.test.add_sample(sample);
    }

    /// Drops methods and requests for stages that their plan no longer covers.
    pub(crate) fn drop_stale_routes(&mut self, inventory: &Inventory) {
        self.test.drop_stale_routes(inventory);
    }

    pub(crate) fn unmark(&mut self, ids: &[TenantKeyId]) {
        self.keys.unmark(ids);
    }

    pub(crate) fn select_when_listed(&mut self, key: Option<&TenantKeyId>) {
        self.keys.select_when_listed(key);
    }

    /// Returns the key that could not be selected because it is hidden; each key only once.
    pub(crate) const fn take_unlisted(&mut self) -> Option<TenantKeyId> {
        self.keys.take_unlisted()
    }

    /// Why a tenant key is not in the list.
    pub(crate) fn unlisted_reason(&self, id: &TenantKeyId, model: &Model) -> String {
        let other_plan = model.inventory().and_then(|inventory| {
            let plan = &inventory.tenant_key(id)?.plan;
            let is_hidden = self.plans.selected_id.as_ref().is_some_and(|selected| selected != plan);
            is_hidden.then(|| inventory.plan_name(plan).to_owned())
        });
        match other_plan {
            Some(plan) => format!("not in this list: the key is in {plan}"),
            None if self.pool.key_filter.is_some() && !self.keys.filter.is_active() => {
                "not in this list: the key does not use the chosen pool key".to_owned()
            }
            None => "not in this list: the filter hides it".to_owned(),
        }
    }
}
