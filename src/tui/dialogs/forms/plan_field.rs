//! A field with a choice of usage plans, which says what a key of the plan would get.

use keypool_domain::{Inventory, PlanId, PoolKey};
use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::InputRequest;

use crate::tui::model::Model;
use crate::tui::text;
use crate::tui::widgets::field::{self, Field, FieldChange};

#[derive(Debug, Clone)]
pub(super) struct PlanField {
    plans: Vec<PlanId>,
    choice: PlanId,
}

impl PlanField {
    pub(super) fn new(inventory: &Inventory, choice: PlanId) -> Self {
        Self { plans: inventory.plans().iter().map(|plan| plan.id.clone()).collect(), choice }
    }

    pub(super) const fn plan(&self) -> &PlanId {
        &self.choice
    }

    fn index(&self) -> Option<usize> {
        self.plans.iter().position(|plan| *plan == self.choice)
    }
}

impl Field for PlanField {
    fn label(&self) -> &'static str {
        "plan"
    }

    fn step(&mut self, forward: bool) -> FieldChange {
        let Some(next) = field::neighbour(self.index(), self.plans.len(), forward) else {
            return FieldChange::Ignored;
        };
        self.choice.clone_from(&self.plans[next]);
        FieldChange::Edited
    }

    /// A letter chooses the next plan whose name starts with it.
    fn edit(&mut self, request: InputRequest, model: &Model) -> FieldChange {
        let (InputRequest::InsertChar(letter), Some(inventory)) = (request, model.inventory()) else {
            return FieldChange::Ignored;
        };
        let starts_with_letter = |plan: &&PlanId| {
            let first = inventory.plan_name(plan).chars().next();
            first.is_some_and(|first| first.to_lowercase().eq(letter.to_lowercase()))
        };
        let (until_choice, following) = self.plans.split_at(self.index().map_or(0, |at| at + 1));
        if let Some(plan) = following.iter().chain(until_choice).find(starts_with_letter) {
            self.choice = plan.clone();
        }
        FieldChange::Edited
    }

    fn draw(&self, model: &Model, area: Rect, is_focused: bool, frame: &mut Frame<'_>) {
        let Some(inventory) = model.inventory() else { return };
        let plan =
            format!("← {} → {}", inventory.plan_name(&self.choice), describe_room(inventory, &self.choice));
        field::draw_choice(model, area, &plan, is_focused, frame);
    }
}

/// E.g. `pooled: shared API key, room for 12`.
fn describe_room(inventory: &Inventory, plan: &PlanId) -> String {
    let model = inventory.model(plan);
    match inventory.pool(plan) {
        None => format!("{model}: own API key"),
        Some(pool) => {
            let live = pool.keys.iter().filter(|key| inventory.is_live(&key.api_key));
            let rooms: Vec<_> = live.map(PoolKey::remaining_capacity).collect();
            let known = rooms.iter().filter_map(|room| room.value_to_show());
            let room: u64 = known.map(|room| u64::from(*room)).sum();
            let room = text::format_count_u64(room);
            let are_all_known = rooms.iter().all(|room| room.reason().is_none());
            let at_least = if are_all_known { "" } else { "at least " };
            format!("{model}: shared API key, room for {at_least}{room}")
        }
    }
}
