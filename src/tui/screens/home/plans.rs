//! Pane 1: the usage plans, below a line for all plans. The selection determines what panes 2 and 3 list.
//!
//! ```text
//! ╭▶1 Plans ───────────────── 2/5 ─╮
//! │  plan           model  tenants │
//! │▌ BasicPlan      sharded     37 │
//! ```

use std::sync::Arc;

use keypool_domain::text::{group_thousands_decimal, pluralize};
use keypool_domain::{AccountPart, Extent, Inventory, Known, Plan, PlanId};
use ratatui::Frame;
use ratatui::layout::Constraint;

use crate::tui::figures::{Figure, QuotaFigures};
use crate::tui::layout::PaneArea;
use crate::tui::model::Model;
use crate::tui::model::load_states::Part;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::screens::empty;
use crate::tui::screens::home::pane::PaneContext;
use crate::tui::text;
use crate::tui::warnings;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::table::{self, Column, TableView};

/// Greater counts are abbreviated.
const MAX_COUNT_IN_CELL: u64 = 1_000_000;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PlansPane {
    /// `None` selects all plans.
    pub(crate) selected_id: Option<PlanId>,
    pub(crate) cursor: Cursor,
    rows: Vec<PlanRow>,
    /// Over all plans.
    users: UserCount,
    /// The inventory that `rows` was built from.
    synced_with: Option<Arc<Inventory>>,
    height: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct PlanRow {
    id: PlanId,
    name: String,
    model: Known<keypool_domain::Model>,
    users: UserCount,
    throttle: String,
    quota: String,
}

/// How many use a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
enum UserCount {
    /// Distinct tenants.
    Tenants { count: usize, is_complete: bool },
    /// Tenant keys by counters, where they are read only as they are listed; `None` if unknown.
    Keys(Option<u64>),
    /// Items of the Keys table, from a count that may be hours old and includes the items of pool keys.
    KeysAbout(u64),
}

impl Default for UserCount {
    fn default() -> Self {
        Self::Tenants { count: 0, is_complete: false }
    }
}

impl UserCount {
    fn in_cell(self) -> String {
        match self {
            Self::Tenants { count, is_complete } => text::format_count_so_far(count, is_complete),
            Self::Keys(None) => text::UNKNOWN.to_owned(),
            Self::Keys(Some(count)) if count < MAX_COUNT_IN_CELL => text::format_count_u64(count),
            Self::Keys(Some(count)) => text::abbreviate(count),
            Self::KeysAbout(count) => format!("~{}", Self::Keys(Some(count)).in_cell()),
        }
    }

    fn in_title(self) -> String {
        match self {
            Self::Tenants { count, is_complete: true } => pluralize(count, "tenant"),
            Self::Tenants { .. } => format!("{} tenants", self.in_cell()),
            Self::Keys(_) | Self::KeysAbout(_) => format!("{} keys", self.in_cell()),
        }
    }
}

impl PlansPane {
    /// Updates the rows from a new inventory; selects all plans if the selected plan no longer exists.
    pub(crate) fn sync(&mut self, snapshot: &Snapshot) {
        let inventory = &snapshot.inventory;
        if self.synced_with.as_ref().is_some_and(|synced| Arc::ptr_eq(synced, inventory)) {
            return;
        }
        self.synced_with = Some(Arc::clone(inventory));
        let is_complete = inventory.extent(AccountPart::TenantKeys).is_whole();
        let users = |count, keys: &dyn Fn() -> UserCount| match inventory.extent(AccountPart::TenantKeys) {
            Extent::OnDemand { .. } => keys(),
            Extent::Complete | Extent::Partial { .. } | Extent::Remembered { .. } => {
                UserCount::Tenants { count, is_complete }
            }
        };
        let counted =
            |plan: &PlanId| UserCount::Keys(inventory.counted_tenant_keys(plan).value_to_show().copied());
        self.rows = inventory
            .plans()
            .iter()
            .map(|plan| PlanRow {
                id: plan.id.clone(),
                name: inventory.plan_name(&plan.id).to_owned(),
                model: inventory.model(&plan.id),
                users: users(snapshot.tenants.in_plan(&plan.id), &|| counted(&plan.id)),
                throttle: format_throttle(plan),
                quota: format_quota(plan),
            })
            .collect();
        self.users = users(snapshot.tenants.total, &|| {
            let counted = inventory.counted_tenant_keys_of_all_plans().value_to_show().copied();
            match (counted, inventory.extent(AccountPart::TenantKeys)) {
                (None, Extent::OnDemand { about: Some(about), .. }) => UserCount::KeysAbout(about as u64),
                (counted, _) => UserCount::Keys(counted),
            }
        });
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

    /// The plans on the screen.
    pub(crate) fn plans_in_view(&self) -> impl Iterator<Item = &PlanId> {
        // The first line is that of all plans.
        let first = self.cursor.top.saturating_sub(1);
        let rows = self.height.saturating_sub(usize::from(self.cursor.top == 0));
        self.rows.iter().skip(first).take(rows).map(|row| &row.id)
    }

    /// Includes the line "all plans".
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + 1
    }

    pub(crate) fn resize(&mut self, area: PaneArea) {
        self.height = table::body_height(area.inside.height);
        self.cursor.clamp(self.len(), self.height);
    }

    fn update_selected_id(&mut self) {
        let row = self.cursor.selected.checked_sub(1).and_then(|at| self.rows.get(at));
        self.selected_id = row.map(|row| row.id.clone());
    }

    pub(crate) fn draw(&self, model: &Model, context: PaneContext<'_>, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let inside = context.area.inside;
        let hint = warnings::plans_per_key(model).map(|(text, role)| (text, styles.get(role)));
        let rows = if model.inventory().is_some() { self.len() } else { 0 };
        let at_right = hint.or_else(|| context.position(self.cursor, rows, self.height, styles));
        context.draw_title(frame, &self.title_forms(model, context), at_right, styles);
        if context.area.is_title_only() {
            return;
        }
        if model.inventory().is_none() {
            return empty::draw_placeholder(model, inside, frame, Part::Plans, "plans");
        }
        let view = TableView { rows: self.len(), cursor: self.cursor, focused: context.is_focused, styles };
        table::draw(frame, inside, &view, &columns(self.users), |at| {
            let Some(at) = at.checked_sub(1) else { return Some(self.line_of_all_plans()) };
            Some(self.line(self.rows.get(at)?, model))
        });
    }

    /// Usage is read separately from the inventory, so the title shows when usage was read. A title alone also shows
    /// the selection.
    fn title_forms(&self, model: &Model, context: PaneContext<'_>) -> Vec<String> {
        let fetched_at = model.usage_fetched_at();
        let usage = fetched_at.map(|at| format!(" · usage as of {} UTC", at.strftime("%H:%M")));
        let usage = usage.unwrap_or_default();
        if !context.area.is_title_only() || model.inventory().is_none() {
            return vec![format!("1 Plans{usage}"), "1 Plans".to_owned()];
        }
        let selected = self.cursor.selected.checked_sub(1).and_then(|at| self.rows.get(at));
        let (name, users) = selected.map_or(("all plans", self.users), |row| (row.name.as_str(), row.users));
        let users = users.in_title();
        vec![
            format!("1 Plans · {name} · {users}{usage}"),
            format!("1 Plans · {name} · {users}"),
            format!("1 Plans · {name}"),
            "1 Plans".to_owned(),
        ]
    }

    fn line_of_all_plans(&self) -> PlanLine<'_> {
        let users = self.users.in_cell();
        PlanLine { name: "all plans", model: "", users, throttle: "", quota: "", figures: None }
    }

    fn line<'a>(&self, row: &'a PlanRow, model: &'a Model) -> PlanLine<'a> {
        let usage = model.usage();
        let figures = QuotaFigures {
            status: usage.and_then(|usage| usage.plan_status(&row.id)),
            worst: usage.and_then(|usage| usage.worst_warning(&row.id)),
            usage: model.usage_state(&row.id),
            now: model.now(),
            styles: model.styles(),
        };
        PlanLine {
            name: &row.name,
            model: match &row.model {
                Known::Value(model) => model.as_str(),
                Known::Unknown(why) => text::unknown_mark(why),
            },
            users: row.users.in_cell(),
            throttle: &row.throttle,
            quota: &row.quota,
            figures: Some(figures),
        }
    }
}

/// A line of the table: a plan, or all plans.
struct PlanLine<'a> {
    name: &'a str,
    model: &'a str,
    users: String,
    throttle: &'a str,
    quota: &'a str,
    figures: Option<QuotaFigures<'a>>,
}

type PlanColumn<'a> = Column<'a, PlanLine<'a>>;

fn columns<'a>(users: UserCount) -> [PlanColumn<'a>; 9] {
    let users_title = match users {
        UserCount::Tenants { .. } => "tenants",
        UserCount::Keys(_) | UserCount::KeysAbout(_) => "keys",
    };
    let figure = |figure: Figure| figure.column(|line: &PlanLine<'a>| line.figures);
    [
        PlanColumn::new("plan", Constraint::Fill(1), |line| line.name).with_max_cols(40),
        PlanColumn::new("model", Constraint::Length(7), |line| line.model),
        PlanColumn::new(users_title, Constraint::Length(7), |line| line.users.clone()).right_aligned(),
        PlanColumn::new("rate · burst", Constraint::Length(14), |line| line.throttle)
            .right_aligned()
            .shown_from(90),
        PlanColumn::new("quota per key", Constraint::Length(14), |line| line.quota)
            .right_aligned()
            .shown_from(70),
        figure(Figure::Used).shown_from(70),
        figure(Figure::Left).shown_from(48),
        figure(Figure::Percent).shown_from(36),
        figure(Figure::Resets).shown_from(56),
    ]
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
