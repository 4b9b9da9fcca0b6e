//! Pane 1: the usage plans, below a line for all plans. The selection determines what panes 2 and 3 list.
//!
//! ```text
//! ╭▶1 Plans ──────────────────────╮
//! │  plan           model  tenants │
//! │ ▌BasicPlan      sharded     37 │
//! ╰────────────────────────────────╯
//! ```

use std::sync::Arc;

use keypool_domain::text::group_thousands_decimal;
use keypool_domain::{Inventory, Plan, PlanId};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;

use crate::tui::figures::Figure;
use crate::tui::model::Model;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::screens::empty;
use crate::tui::text;
use crate::tui::warnings;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

/// Narrower panes have no column for the quota.
const MIN_QUOTA_COLS: u16 = 70;
/// Narrower panes have no column for the throttle.
const MIN_THROTTLE_COLS: u16 = 90;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PlansPane {
    /// `None` selects all plans.
    pub(crate) selected_id: Option<PlanId>,
    pub(crate) cursor: Cursor,
    rows: Vec<PlanRow>,
    /// Distinct tenants over all plans.
    tenants: usize,
    /// The inventory that `rows` was built from.
    synced_with: Option<Arc<Inventory>>,
    height: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct PlanRow {
    id: PlanId,
    name: String,
    model: keypool_domain::Model,
    tenants: usize,
    throttle: String,
    quota: String,
}

impl PlansPane {
    /// Updates the rows from a new inventory; selects all plans if the selected plan no longer exists.
    pub(crate) fn sync(&mut self, snapshot: &Snapshot) {
        let inventory = &snapshot.inventory;
        if self.synced_with.as_ref().is_some_and(|synced| Arc::ptr_eq(synced, inventory)) {
            return;
        }
        self.synced_with = Some(Arc::clone(inventory));
        self.rows = inventory
            .plans()
            .iter()
            .map(|plan| PlanRow {
                id: plan.id.clone(),
                name: plan.name.clone(),
                model: inventory.model(&plan.id),
                tenants: snapshot.tenants.in_plan(&plan.id),
                throttle: format_throttle(plan),
                quota: format_quota(plan),
            })
            .collect();
        self.tenants = snapshot.tenants.total;
        let index = self.rows.iter().position(|row| Some(&row.id) == self.selected_id.as_ref());
        self.cursor.selected = index.map_or(0, |at| at + 1);
        self.update_selected_id();
    }

    pub(crate) fn move_cursor(&mut self, motion: Motion) {
        self.cursor.move_by(motion, self.len(), self.height);
        self.update_selected_id();
    }

    /// `line` counts from the first visible row.
    pub(crate) fn click(&mut self, line: usize) {
        if self.cursor.top + line <= self.rows.len() {
            self.cursor.selected = self.cursor.top + line;
            self.update_selected_id();
        }
    }

    /// Includes the line "all plans".
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + 1
    }

    pub(crate) fn resize(&mut self, area: Rect) {
        self.height = table::body_height(area.height.saturating_sub(2), self.len());
        self.cursor.clamp(self.len(), self.height);
    }

    fn update_selected_id(&mut self) {
        let row = self.cursor.selected.checked_sub(1).and_then(|at| self.rows.get(at));
        self.selected_id = row.map(|row| row.id.clone());
    }

    pub(crate) fn draw(&self, model: &Model, is_focused: bool, area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let inside = panel::draw(frame, area, &title(model), is_focused, styles);
        if model.inventory().is_none() {
            return empty::draw_placeholder(model, inside, frame, "plans");
        }
        let columns = columns(inside.width);
        let view = TableView {
            columns: &columns,
            rows: self.len(),
            cursor: self.cursor,
            focused: is_focused,
            styles,
        };
        let plain = Style::new();
        let total_tenants = text::format_count(self.tenants);
        if let Some((text, role)) = warnings::plans_per_key(model) {
            panel::draw_footer(frame, area, &text, styles.get(role));
        }
        table::draw(frame, inside, &view, |at| {
            let cells = match at.checked_sub(1).and_then(|at| self.rows.get(at)) {
                None => {
                    vec![
                        Cell::Text("all plans", plain),
                        Cell::Text("", plain),
                        Cell::Owned(total_tenants.clone(), plain),
                    ]
                }
                Some(row) => cells(model, row, inside.width),
            };
            (false, cells)
        });
    }
}

/// Rate per second and burst.
fn format_throttle(plan: &Plan) -> String {
    plan.throttle.map_or_else(
        || "–".to_owned(),
        |throttle| {
            format!(
                "{}/s · {}",
                group_thousands_decimal(&throttle.rate.to_string()),
                text::format_count(throttle.burst as usize)
            )
        },
    )
}

fn format_quota(plan: &Plan) -> String {
    plan.quota.map_or_else(
        || "–".to_owned(),
        |quota| format!("{}/{}", text::format_count(quota.limit as usize), quota.period),
    )
}

const fn figures_that_fit(cells: u16) -> &'static [Figure] {
    match cells {
        ..36 => &[],
        36..48 => &[Figure::Percent],
        48..56 => &[Figure::Left, Figure::Percent],
        56..MIN_QUOTA_COLS => &[Figure::Left, Figure::Percent, Figure::Resets],
        _ => &[Figure::Used, Figure::Left, Figure::Percent, Figure::Resets],
    }
}

fn columns(cells: u16) -> Vec<Column> {
    let mut columns = vec![
        Column::new("plan", Constraint::Fill(1)).with_max_cols(40),
        Column::new("model", Constraint::Length(7)),
        Column::new("tenants", Constraint::Length(7)).right_aligned(),
    ];
    if cells >= MIN_THROTTLE_COLS {
        columns.push(Column::new("rate · burst", Constraint::Length(14)).right_aligned());
    }
    if cells >= MIN_QUOTA_COLS {
        columns.push(Column::new("quota per key", Constraint::Length(14)).right_aligned());
    }
    columns.extend(figures_that_fit(cells).iter().map(|figure| figure.column()));
    columns
}

fn cells<'a>(model: &'a Model, row: &'a PlanRow, width: u16) -> Vec<Cell<'a>> {
    let plain = Style::new();
    let mut cells = vec![
        Cell::Text(&row.name, plain),
        Cell::Text(row.model.as_str(), plain),
        Cell::Owned(text::format_count(row.tenants), plain),
    ];
    if width >= MIN_THROTTLE_COLS {
        cells.push(Cell::Text(&row.throttle, plain));
    }
    if width >= MIN_QUOTA_COLS {
        cells.push(Cell::Text(&row.quota, plain));
    }
    let usage = model.usage();
    let status = usage.and_then(|usage| usage.plan_status(&row.id));
    let warning = usage.and_then(|usage| usage.worst_warning(&row.id));
    cells.extend(
        figures_that_fit(width)
            .iter()
            .map(|figure| figure.cell(status, warning, model.now(), model.styles())),
    );
    cells
}

/// Usage is read separately from the inventory, so the title shows when usage was read.
fn title(model: &Model) -> String {
    match model.usage_fetched_at() {
        Some(at) => format!("1 Plans · usage as of {} UTC", at.strftime("%H:%M")),
        None => "1 Plans".to_owned(),
    }
}
