//! Pane 1: the usage plans, below a line for all plans. The selection determines what panes 2 and 3 list.
//!
//! ```text
//! ╭►1 Plans · 4 · 1,482 USD/month ──────── 2/5 ─╮
//! │  plan       model    tenants        quota ...│
//! │▌ BasicPlan  sharded       14  5,000/month ...│
//! ```

use keypool_domain::text::pluralize;
use keypool_domain::{AccountPart, Extent, Known, PlanId, Price};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::tui::figures::{self, QuotaFigures};
use crate::tui::layout::PaneArea;
use crate::tui::marks::Mark;
use crate::tui::model::Model;
use crate::tui::model::filter::RowFacts;
use crate::tui::model::filter::field::Field;
use crate::tui::model::load_states::Part;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::model::usage_loading::UsageState;
use crate::tui::recent_days::RecentDays;
use crate::tui::screens::empty;
use crate::tui::screens::home::list_view::{ListRow, ListView};
use crate::tui::screens::home::pane::PaneContext;
use crate::tui::screens::home::plan_columns::{self, PlanLine, PlanNumbers, PlanWidths};
use crate::tui::screens::home::user_count::UserCount;
use crate::tui::sorting::{SortColumns, SortKey};
use crate::tui::text;
use crate::tui::warnings;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::highlight::Highlight;
use crate::tui::widgets::table::{self, TableView};

/// Narrower titles do not say when usage was read.
const MIN_USAGE_AGE_COLS: u16 = 110;

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
    /// `None` if they are not known.
    api_keys: Option<usize>,
    throttle: String,
    quota: String,
    price: Known<Option<Price>>,
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
                api_keys: inventory.members(&plan.id).value_to_show().map(|keys| keys.len()),
                throttle: plan_columns::format_throttle(plan),
                quota: plan_columns::format_quota(plan),
                price: plan.known_price(),
                rate: plan.throttle.map(|throttle| throttle.rate),
                limit: plan.quota.map(|quota| quota.limit),
            })
            .collect();
        self.users = users(snapshot.tenants.total, &|| {
            let counted = inventory.counted_tenant_keys_of_all_plans().value_to_show().copied();
            match (counted, inventory.extent(AccountPart::TenantKeys)) {
                (None, Extent::OnDemand { about: Some(about), .. }) => UserCount::KeysAbout(about as u64),
                (counted, _) => UserCount::Keys(counted),
            }
        });
        let users_title = self.users_title();
        self.rows = self.view.arrange(rows, model, |row, head| {
            let columns = plan_columns::columns(users_title, PlanWidths::default());
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
        let rows = if model.inventory().is_some() { self.len() } else { 0 };
        let position = context.position(self.cursor, rows, self.height, styles);
        let hint = warnings::plans_per_key(model).map(|(text, role)| (text, styles.get(role)));
        let at_right = hint.or(position);
        context.draw_title(frame, &self.title_forms(model, context), at_right, styles);
        if context.area.is_title_only() {
            return;
        }
        if model.inventory().is_none() {
            return empty::draw_placeholder(model, inside, frame, Part::Plans, "plans");
        }
        let view = TableView { rows: self.len(), cursor: self.cursor, focused: context.is_focused, styles };
        let highlight = Highlight::new(self.view.filter.needles());
        let columns = plan_columns::columns(self.users_title(), self.widths(model));
        table::draw_filtered(frame, inside, &view, &columns, &highlight, |at| {
            let Some(at) = at.checked_sub(1) else { return Some((self.line_of_all_plans(model), false)) };
            Some((line(self.rows.get(at)?, model), false))
        });
    }

    const fn users_title(&self) -> &'static str {
        match self.users {
            UserCount::Tenants { .. } => "tenants",
            UserCount::Keys(_) | UserCount::KeysAbout(_) => "keys",
        }
    }

    fn widths(&self, model: &Model) -> PlanWidths {
        let longest = |text: &dyn Fn(&PlanRow) -> usize| {
            u16::try_from(self.rows.iter().map(text).max().unwrap_or(0)).unwrap_or(u16::MAX)
        };
        let currency = &model.options().tariff.currency;
        PlanWidths {
            name: longest(&|row| text::width(&row.name)),
            quota: longest(&|row| text::width(&row.quota)),
            throttle: longest(&|row| text::width(&row.throttle)),
            price: longest(&|row| text::width(&plan_columns::format_price(&row.price, currency))),
            numbers: figures::number_cols(model.usage().map_or(0, |usage| usage.greatest_of_plan)),
        }
    }

    /// Usage is read separately from the inventory, so the title shows when usage was read. A title alone also shows
    /// the selection.
    fn title_forms(&self, model: &Model, context: PaneContext<'_>) -> Vec<String> {
        if model.inventory().is_none() {
            return vec!["1 Plans".to_owned()];
        }
        let fetched_at = model.usage_fetched_at();
        let usage = fetched_at.map(|at| format!(" · usage as of {} UTC", at.strftime("%H:%M")));
        let usage = usage.unwrap_or_default();
        let price = self.price_per_month(model).map(|price| format!(" · {price}")).unwrap_or_default();
        if !context.area.is_title_only() {
            // The limit of plans per API key stands at the right.
            let has_room = context.area.title.width >= MIN_USAGE_AGE_COLS;
            let usage = if has_room { usage } else { String::new() };
            let count = match self.view.describe_filter(self.rows.len()) {
                all if all.is_empty() => format!(" · {}", text::format_count(self.rows.len())),
                matching => matching,
            };
            let order = self.view.describe_order();
            return vec![
                format!("1 Plans{count}{price} · limits per API key{order}{usage}"),
                format!("1 Plans{count}{price} · limits per API key{order}"),
                format!("1 Plans{count}{price}{order}"),
                format!("1 Plans{count}{order}"),
                format!("1 Plans{count}"),
                "1 Plans".to_owned(),
            ];
        }
        let selected = self.cursor.selected.checked_sub(1).and_then(|at| self.rows.get(at));
        let (name, users) = selected.map_or(("all plans", self.users), |row| (row.name.as_str(), row.users));
        let users = users.in_title();
        // The price is that of all plans.
        let total = if selected.is_none() { price.as_str() } else { "" };
        let plans = if selected.is_none() {
            format!(" · {}", pluralize(self.rows.len(), "plan"))
        } else {
            String::new()
        };
        vec![
            format!("1 Plans · {name}{plans} · {users}{total}"),
            format!("1 Plans · {name}{plans} · {users}"),
            format!("1 Plans · {name} · {users}"),
            format!("1 Plans · {name}"),
            "1 Plans".to_owned(),
        ]
    }

    /// The flat prices of all tenants together; `None` if there are none, or while any of them is unknown.
    fn price_per_month(&self, model: &Model) -> Option<String> {
        let mut cents = 0_i64;
        for row in &self.rows {
            let price = row.price.value_to_show().copied()?.map_or(0, Price::cents);
            let tenants = match row.users {
                UserCount::Tenants { count, is_complete: true } => i64::try_from(count).ok()?,
                UserCount::Tenants { .. } | UserCount::Keys(_) | UserCount::KeysAbout(_) => return None,
            };
            cents = cents.checked_add(price.checked_mul(tenants)?)?;
        }
        let total = Some(Price::from_cents(cents)).filter(|_| cents > 0)?;
        Some(format!("{} {}/month", text::format_amount(total), model.options().tariff.currency))
    }

    fn line_of_all_plans<'a>(&self, model: &'a Model) -> PlanLine<'a> {
        let is_complete = model.usage_so_far().is_none();
        let index = model.usage().filter(|_| is_complete);
        let days = index.map(|index| RecentDays::of_account(index, model.now())).unwrap_or_default();
        let usage = match (index, self.rows.first()) {
            (Some(_), _) | (None, None) => UsageState::Read,
            (None, Some(_)) => UsageState::Pending,
        };
        let figures = QuotaFigures::of_key(None, usage, model.now(), model.styles());
        let api_keys: Option<usize> = self.rows.iter().map(|row| row.api_keys).sum();
        PlanLine {
            name: "all plans",
            model: "",
            users: self.users.in_cell(),
            api_keys: api_keys.map_or_else(|| text::PENDING.to_owned(), text::format_count),
            throttle: "",
            quota: "",
            price: String::new(),
            figures: None,
            days: figures.with_days(days),
            outlook: None,
            numbers: PlanNumbers::default(),
        }
    }

    pub(crate) fn sort_columns(&self, model: &Model) -> SortColumns {
        let columns = plan_columns::columns(self.users_title(), self.widths(model));
        SortColumns { columns: table::sort_columns(&columns), order: self.view.order }
    }

    pub(crate) fn head_at(&self, inside: Rect, at: Position, model: &Model) -> Option<&'static str> {
        table::head_at(inside, &plan_columns::columns(self.users_title(), self.widths(model)), at)
    }
}

fn line<'a>(row: &'a PlanRow, model: &'a Model) -> PlanLine<'a> {
    let index = model.usage();
    let status = index.and_then(|index| index.plan_status(&row.id));
    let worst = index.and_then(|index| index.worst_warning(&row.id));
    let days = index.map(|index| RecentDays::of_plan(index, &row.id, model.now())).unwrap_or_default();
    let figures =
        QuotaFigures::of_plan(status, worst, model.usage_state(&row.id), model.now(), model.styles());
    let mut findings = model.findings().into_iter().flatten();
    let problem = findings.any(|finding| finding.subject == row.id.as_str()).then_some(Mark::Problem);
    let figures = figures.with_days(days).with_mark(problem);
    PlanLine {
        name: &row.name,
        model: row.model_name(),
        users: row.users.in_cell(),
        api_keys: row.api_keys.map_or_else(|| text::PENDING.to_owned(), text::format_count),
        throttle: &row.throttle,
        quota: &row.quota,
        price: plan_columns::format_price(&row.price, &model.options().tariff.currency),
        figures: Some(figures),
        days: figures,
        outlook: index.and_then(|index| index.outlook(&row.id)),
        numbers: PlanNumbers {
            users: row.users.number(),
            api_keys: row.api_keys,
            rate: row.rate,
            limit: row.limit,
            price: row.price.value_to_show().copied().flatten(),
        },
    }
}
