//! Pane 1: the usage plans, and first of all "all plans". What is chosen here drives pool and keys.
//!
//! ```text
//! ╭▶1 Plans ──────────────────────╮
//! │  plan           model  tenants │
//! │ ▌BasicPlan      sharded     37 │
//! ╰────────────────────────────────╯
//! ```

use std::sync::Arc;

use keypool_domain::{Inventory, Model, Plan, PlanId};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;

use crate::tui::app::App;
use crate::tui::layout::Pane;
use crate::tui::reading::Reading;
use crate::tui::text;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, View};

use super::messages;

/// From this width on there is room for what a plan allows.
const WITH_LIMITS: u16 = 70;

/// The plans as they are shown, and which one is chosen.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PlansPane {
    /// The chosen plan; `None` is all of them.
    pub(crate) choice: Option<PlanId>,
    pub(crate) cursor: Cursor,
    rows: Vec<PlanRow>,
    /// Tenants of all plans, each counted once.
    tenants: usize,
    made_of: Option<Arc<Inventory>>,
    height: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct PlanRow {
    id: PlanId,
    name: String,
    model: Model,
    tenants: usize,
    throttle: String,
    quota: String,
}

impl PlansPane {
    /// Follows the inventory; a chosen plan that is gone gives way to all plans.
    pub(crate) fn settle(&mut self, reading: &Reading) {
        let inventory = &reading.inventory;
        if self.made_of.as_ref().is_some_and(|made_of| Arc::ptr_eq(made_of, inventory)) {
            return;
        }
        self.made_of = Some(Arc::clone(inventory));
        self.rows = inventory
            .plans()
            .iter()
            .map(|plan| PlanRow {
                id: plan.id.clone(),
                name: plan.name.clone(),
                model: inventory.model(&plan.id),
                tenants: reading.tenants.of(&plan.id),
                throttle: throttle(plan),
                quota: quota(plan),
            })
            .collect();
        self.tenants = reading.tenants.all;
        let place = self.rows.iter().position(|row| Some(&row.id) == self.choice.as_ref());
        self.cursor.at = place.map_or(0, |at| at + 1);
        self.choose();
    }

    pub(crate) fn go(&mut self, motion: Motion) {
        self.cursor.go(motion, self.len(), self.height);
        self.choose();
    }

    /// Puts the cursor on a row, where there is one.
    pub(crate) fn click(&mut self, line: usize) {
        if self.cursor.top + line <= self.rows.len() {
            self.cursor.at = self.cursor.top + line;
            self.choose();
        }
    }

    /// All plans, and "all plans".
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + 1
    }

    pub(crate) fn scroll(&mut self, area: Rect) {
        self.height = table::body_height(area.height.saturating_sub(2), self.len());
        self.cursor.settle(self.len(), self.height);
    }

    fn choose(&mut self) {
        let row = self.cursor.at.checked_sub(1).and_then(|at| self.rows.get(at));
        self.choice = row.map(|row| row.id.clone());
    }
}

/// The rate a second, and the burst.
fn throttle(plan: &Plan) -> String {
    plan.throttle.map_or_else(
        || "–".to_owned(),
        |throttle| format!("{}/s · {}", throttle.rate, text::grouped(throttle.burst as usize)),
    )
}

fn quota(plan: &Plan) -> String {
    plan.quota.map_or_else(
        || "–".to_owned(),
        |quota| format!("{} a {}", text::grouped(quota.limit as usize), quota.period),
    )
}

fn columns(limits: bool) -> Vec<Column> {
    let mut columns = vec![
        Column::new("plan", Constraint::Fill(1)).at_most(40),
        Column::new("model", Constraint::Length(7)),
        Column::new("tenants", Constraint::Length(7)).right(),
    ];
    if limits {
        columns.push(Column::new("rate · burst", Constraint::Length(14)).right());
        columns.push(Column::new("quota for each key", Constraint::Length(18)).right());
    }
    columns
}

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let pane = &app.plans;
    let look = &app.options.look;
    let focused = app.focus == Pane::Plans;
    let inside = panel::draw(frame, area, "1 Plans", focused, look);
    if app.known().is_none() {
        return messages::nothing_yet(app, inside, frame, "plans");
    }
    let limits = inside.width >= WITH_LIMITS;
    let columns = columns(limits);
    let view = View { columns: &columns, rows: pane.len(), cursor: pane.cursor, focused, look };
    let plain = Style::new();
    let all = text::grouped(pane.tenants);
    table::draw(frame, inside, &view, |at| {
        let cells = match at.checked_sub(1).and_then(|at| pane.rows.get(at)) {
            None => {
                vec![Cell::Text("all plans", plain), Cell::Text("", plain), Cell::Owned(all.clone(), plain)]
            }
            Some(row) => vec![
                Cell::Text(&row.name, plain),
                Cell::Text(row.model.as_str(), plain),
                Cell::Owned(text::grouped(row.tenants), plain),
                Cell::Text(&row.throttle, plain),
                Cell::Text(&row.quota, plain),
            ],
        };
        (false, cells)
    });
}
