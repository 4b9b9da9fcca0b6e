//! Pane 1: the usage plans, below a line for all plans. The selection determines what panes 2 and 3 list.
//!
//! ```text
//! ╭▶1 Plans ───────────────── 2/5 ─╮
//! │  plan           model  tenants │
//! │▌ BasicPlan      sharded     37 │
//! ```

use keypool_domain::text::{group_thousands_decimal, pluralize};
use keypool_domain::{AccountPart, Extent, Known, Plan, PlanId};
use ratatui::Frame;
use ratatui::layout::{Constraint, Position, Rect};

use crate::tui::figures::{Figure, QuotaFigures};
use crate::tui::layout::PaneArea;
use crate::tui::model::Model;
use crate::tui::model::filter::RowFacts;
use crate::tui::model::filter::field::Field;
use crate::tui::model::load_states::Part;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::screens::empty;
use crate::tui::screens::home::list_view::{ListRow, ListView};
use crate::tui::screens::home::pane::PaneContext;
use crate::tui::sorting::{Direction, SortColumns, SortKey};
use crate::tui::text;
use crate::tui::warnings;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::highlight::Highlight;
use crate::tui::widgets::table::{self, Column, TableView};

/// Greater counts are abbreviated.
const MAX_COUNT_IN_CELL: u64 = 1_000_000;

#[derive(Debug, Clone)]
pub(crate) struct PlansPane {
    pub(crate) view: ListView,
    /// `None` selects all plans.
    pub(crate) selected_id: Option<PlanId>,
    pub(crate) cursor: Cursor,
    rows: Vec<PlanRow>,
    /// Over all plans.
    users: UserCount,
    height: usize,
}

const FIELDS: &[Field] = &[Field::Plan, Field::Mode, Field::Used, Field::Left, Field::Problem];

impl Default for PlansPane {
    fn default() -> Self {
        Self {
            view: ListView::new(FIELDS),
            selected_id: None,
            cursor: Cursor::default(),
            rows: Vec::new(),
            users: UserCount::default(),
            height: 0,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct PlanRow {
    id: PlanId,
    name: String,
    model: Known<keypool_domain::Model>,
    users: UserCount,
    throttle: String,
    quota: String,
    /// Requests per second.
    rate: Option<f64>,
    /// Calls per period.
    limit: Option<u64>,
}

impl ListRow for PlanRow {
    fn facts<'r>(&'r self, model: &'r Model) -> RowFacts<'r> {
        let status = model.usage().and_then(|usage| usage.plan_status(&self.id));
        RowFacts {
            texts: vec![
                (Some(Field::Plan), &self.name),
                (Some(Field::Plan), self.id.as_str()),
                (None, self.model_name()),
                (None, &self.quota),
            ],
            figure: status.map(|status| status.figure),
            mode: self.model.value_to_show().map(|model| model.as_str()),
            id: self.id.as_str(),
        }
    }
}

impl PlanRow {
    const fn model_name(&self) -> &'static str {
        match &self.model {
            Known::Value(model) => model.as_str(),
            Known::Unknown(why) => text::unknown_mark(why),
        }
    }
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

    const fn number(self) -> Option<u64> {
        match self {
            Self::Tenants { count, .. } => Some(count as u64),
            Self::Keys(count) => count,
            Self::KeysAbout(count) => Some(count),
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
    pub(crate) fn sync(&mut self, snapshot: &Snapshot, model: &Model) {
        let inventory = &snapshot.inventory;
        if !self.view.needs_arranging(inventory, model) {
            return;
        }
        let is_complete = inventory.extent(AccountPart::TenantKeys).is_whole();
        let users = |count, keys: &dyn Fn() -> UserCount| match inventory.extent(AccountPart::TenantKeys) {
            Extent::OnDemand { .. } => keys(),
            Extent::Complete | Extent::Partial { .. } | Extent::Remembered { .. } => {
                UserCount::Tenants { count, is_complete }
            }
        };
        let counted =
            |plan: &PlanId| UserCount::Keys(inventory.counted_tenant_keys(plan).value_to_show().copied());
        let rows = inventory
            .plans()
            .iter()
            .map(|plan| PlanRow {
                id: plan.id.clone(),
                name: inventory.plan_name(&plan.id).to_owned(),
                model: inventory.model(&plan.id),
                users: users(snapshot.tenants.in_plan(&plan.id), &|| counted(&plan.id)),
                throttle: format_throttle(plan),
                quota: format_quota(plan),
                rate: plan.throttle.map(|throttle| throttle.rate),
                limit: plan.quota.map(|quota| u64::from(quota.limit)),
            })
            .collect();
        self.users = users(snapshot.tenants.total, &|| {
            let counted = inventory.counted_tenant_keys_of_all_plans().value_to_show().copied();
            match (counted, inventory.extent(AccountPart::TenantKeys)) {
                (None, Extent::OnDemand { about: Some(about), .. }) => UserCount::KeysAbout(about as u64),
                (counted, _) => UserCount::Keys(counted),
            }
        });
        let users = self.users;
        self.rows = self.view.arrange(rows, model, |row, head| {
            let columns = columns(users);
            let column = columns.iter().find(|column| column.title() == head);
            column.map_or(SortKey::Missing, |column| column.sort_key(&line(row, model)))
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
        let highlight = Highlight::new(self.view.filter.needles());
        table::draw_filtered(frame, inside, &view, &columns(self.users), &highlight, |at| {
            let Some(at) = at.checked_sub(1) else { return Some((self.line_of_all_plans(), false)) };
            Some((line(self.rows.get(at)?, model), false))
        });
    }

    /// Usage is read separately from the inventory, so the title shows when usage was read. A title alone also shows
    /// the selection.
    fn title_forms(&self, model: &Model, context: PaneContext<'_>) -> Vec<String> {
        let fetched_at = model.usage_fetched_at();
        let usage = fetched_at.map(|at| format!(" · usage as of {} UTC", at.strftime("%H:%M")));
        let usage = usage.unwrap_or_default();
        if !context.area.is_title_only() || model.inventory().is_none() {
            let (view, matching) =
                (self.view.describe(self.rows.len()), self.view.describe_filter(self.rows.len()));
            let forms = [format!("{view}{usage}"), view, matching];
            return forms
                .into_iter()
                .map(|form| format!("1 Plans{form}"))
                .chain(["1 Plans".to_owned()])
                .collect();
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
        PlanLine {
            name: "all plans",
            model: "",
            users,
            throttle: "",
            quota: "",
            numbers: (None, None, None),
            figures: None,
        }
    }

    pub(crate) fn sort_columns(&self) -> SortColumns {
        SortColumns { columns: table::sort_columns(&columns(self.users)), order: self.view.order }
    }

    pub(crate) fn head_at(&self, inside: Rect, at: Position) -> Option<&'static str> {
        table::head_at(inside, &columns(self.users), at)
    }
}

fn line<'a>(row: &'a PlanRow, model: &'a Model) -> PlanLine<'a> {
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
        model: row.model_name(),
        users: row.users.in_cell(),
        throttle: &row.throttle,
        quota: &row.quota,
        numbers: (row.users.number(), row.rate, row.limit),
        figures: Some(figures),
    }
}

/// A line of the table: a plan, or all plans.
struct PlanLine<'a> {
    name: &'a str,
    model: &'a str,
    users: String,
    throttle: &'a str,
    quota: &'a str,
    /// Users, rate and quota.
    numbers: (Option<u64>, Option<f64>, Option<u64>),
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
        PlanColumn::new("plan", Constraint::Fill(1), |line| line.name)
            .with_max_cols(40)
            .with_order(Direction::ALPHABETIC, |line| line.name),
        PlanColumn::new("model", Constraint::Length(7), |line| line.model)
            .with_order(Direction::ALPHABETIC, |line| line.model),
        PlanColumn::new(users_title, Constraint::Length(7), |line| line.users.clone())
            .with_order(Direction::MOST_FIRST, |line| line.numbers.0)
            .right_aligned(),
        PlanColumn::new("rate · burst", Constraint::Length(14), |line| line.throttle)
            .with_order(Direction::MOST_FIRST, |line| line.numbers.1)
            .right_aligned()
            .shown_from(90),
        PlanColumn::new("quota per key", Constraint::Length(14), |line| line.quota)
            .with_order(Direction::MOST_FIRST, |line| line.numbers.2)
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
