//! Pane 1: the usage plans, and first of all "all plans". What is chosen here drives pool and keys.
//!
//! ```text
//! ╭▶1 Plans ──────────────────────╮
//! │  plan           model  tenants │
//! │ ▌BasicPlan      sharded     37 │
//! ╰────────────────────────────────╯
//! ```

use std::sync::Arc;

use keypool_domain::text::grouped_decimal;
use keypool_domain::{Inventory, Model, Plan, PlanId};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;

use crate::tui::app::App;
use crate::tui::layout::Pane;
use crate::tui::reading::Reading;
use crate::tui::text;
use crate::tui::tonight;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, View};

use super::figures::Figure;
use super::messages;

/// From this width on there is room for the quota beside what is used of it.
const WITH_QUOTA: u16 = 70;
/// The same for the throttle.
const WITH_LIMITS: u16 = 90;

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
        |throttle| {
            format!(
                "{}/s · {}",
                grouped_decimal(&throttle.rate.to_string()),
                text::grouped(throttle.burst as usize)
            )
        },
    )
}

fn quota(plan: &Plan) -> String {
    plan.quota.map_or_else(
        || "–".to_owned(),
        |quota| format!("{} a {}", text::grouped(quota.limit as usize), quota.period),
    )
}

/// The figures that there is room for beside name, model and tenants.
const fn figures(cells: u16) -> &'static [Figure] {
    match cells {
        ..36 => &[],
        36..48 => &[Figure::Percent],
        48..56 => &[Figure::Left, Figure::Percent],
        56..WITH_QUOTA => &[Figure::Left, Figure::Percent, Figure::Resets],
        _ => &[Figure::Used, Figure::Left, Figure::Percent, Figure::Resets],
    }
}

fn columns(cells: u16) -> Vec<Column> {
    let mut columns = vec![
        Column::new("plan", Constraint::Fill(1)).at_most(40),
        Column::new("model", Constraint::Length(7)),
        Column::new("tenants", Constraint::Length(7)).right(),
    ];
    if cells >= WITH_LIMITS {
        columns.push(Column::new("rate · burst", Constraint::Length(14)).right());
    }
    if cells >= WITH_QUOTA {
        columns.push(Column::new("quota each", Constraint::Length(14)).right());
    }
    columns.extend(figures(cells).iter().map(|figure| figure.column()));
    columns
}

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let pane = &app.plans;
    let look = &app.options.look;
    let focused = app.focus == Pane::Plans;
    let inside = panel::draw(frame, area, &title(app), focused, look);
    if app.known().is_none() {
        return messages::nothing_yet(app, inside, frame, "plans");
    }
    let columns = columns(inside.width);
    let view = View { columns: &columns, rows: pane.len(), cursor: pane.cursor, focused, look };
    let plain = Style::new();
    let all = text::grouped(pane.tenants);
    if let Some((words, role)) = tonight::plans_of_a_key(app) {
        panel::foot(frame, area, &words, look.style(role));
    }
    table::draw(frame, inside, &view, |at| {
        let cells = match at.checked_sub(1).and_then(|at| pane.rows.get(at)) {
            None => {
                vec![Cell::Text("all plans", plain), Cell::Text("", plain), Cell::Owned(all.clone(), plain)]
            }
            Some(row) => cells(app, row, inside.width),
        };
        (false, cells)
    });
}

fn cells<'a>(app: &'a App, row: &'a PlanRow, width: u16) -> Vec<Cell<'a>> {
    let plain = Style::new();
    let mut cells = vec![
        Cell::Text(&row.name, plain),
        Cell::Text(row.model.as_str(), plain),
        Cell::Owned(text::grouped(row.tenants), plain),
    ];
    if width >= WITH_LIMITS {
        cells.push(Cell::Text(&row.throttle, plain));
    }
    if width >= WITH_QUOTA {
        cells.push(Cell::Text(&row.quota, plain));
    }
    let usage = app.usage();
    let standing = usage.and_then(|usage| usage.plan(&row.id));
    let worst = usage.and_then(|usage| usage.worst(&row.id));
    cells
        .extend(figures(width).iter().map(|figure| figure.cell(standing, worst, app.now, &app.options.look)));
    cells
}

/// With the time of what is shown of usage: it is a reading of its own.
fn title(app: &App) -> String {
    match app.usage_asked_at() {
        Some(at) => format!("1 Plans · usage of {} UTC", at.strftime("%H:%M")),
        None => "1 Plans".to_owned(),
    }
}
