//! The filters of the panes: `/` filters the focused one.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::keys::action::{Action, FilterAction};
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::model::filter::field::Field;
use crate::tui::screen::{Handled, done};
use crate::tui::screens::filter_line::FilterLine;
use crate::tui::screens::home::state::Home;

impl Home {
    pub(super) fn is_typing_filter(&self) -> bool {
        self.focused_filter().is_some_and(FilterLine::is_typing)
    }

    const fn focused_filter(&self) -> Option<&FilterLine> {
        match self.focus {
            Pane::Keys => Some(&self.keys.filter),
            Pane::Plans => Some(&self.plans.view.filter),
            Pane::Pool => Some(&self.pool.view.filter),
            Pane::Test => None,
        }
    }

    pub(super) const fn focused_filter_mut(&mut self) -> Option<&mut FilterLine> {
        match self.focus {
            Pane::Keys => Some(&mut self.keys.filter),
            Pane::Plans => Some(&mut self.plans.view.filter),
            Pane::Pool => Some(&mut self.pool.view.filter),
            Pane::Test => None,
        }
    }

    /// The filter that `back` clears: that of the focused pane, or else of the keys.
    pub(super) fn active_filter_mut(&mut self) -> Option<&mut FilterLine> {
        if self.focused_filter().is_some_and(FilterLine::is_active) {
            return self.focused_filter_mut();
        }
        Some(&mut self.keys.filter).filter(|filter| filter.is_active())
    }

    /// A pane without a list filters the keys.
    pub(super) fn start_filter(&mut self) {
        if self.focused_filter().is_none() {
            self.focus = Pane::Keys;
        }
        if let Some(filter) = self.focused_filter_mut() {
            filter.start();
        }
    }

    pub(super) fn act_on_filter(&mut self, action: Action, model: &Model) -> Handled {
        if let Some(motion) = action.motion() {
            self.move_cursor(motion, model);
            return done();
        }
        let action = action.as_filter()?;
        let filter = self.focused_filter_mut()?;
        match action {
            FilterAction::KeepFilter => filter.keep(),
            FilterAction::DropFilter => filter.clear(),
            FilterAction::Complete => filter.complete(|field| values_of(field, model)),
        }
        done()
    }

    /// Draws the filter that is being typed; returns false if there is none.
    pub(super) fn draw_filter_line(&self, model: &Model, area: Rect, frame: &mut Frame<'_>) -> bool {
        let Some(filter) = self.focused_filter().filter(|filter| filter.is_typing()) else { return false };
        let found = match self.focus {
            Pane::Keys => self.keys.describe_matches(),
            // The first line is that of all plans.
            Pane::Plans => format!("{} match", self.plans.len() - 1),
            Pane::Pool => format!("{} match", self.pool.len()),
            Pane::Test => String::new(),
        };
        filter.draw(&found, area, model.styles(), frame);
        true
    }
}

/// The values of a field in the account, if they are few.
fn values_of(field: Field, model: &Model) -> Vec<String> {
    let Some(inventory) = model.inventory() else { return Vec::new() };
    match field {
        Field::Plan => {
            inventory.plans().iter().map(|plan| inventory.plan_name(&plan.id).to_owned()).collect()
        }
        Field::Tenant
        | Field::Name
        | Field::Key
        | Field::Customer
        | Field::Used
        | Field::Left
        | Field::Mode
        | Field::Enabled
        | Field::Ending
        | Field::Age
        | Field::Problem => Vec::new(),
    }
}
