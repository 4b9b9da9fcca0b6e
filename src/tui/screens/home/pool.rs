//! Pane 2: the pool keys of the selected plan, with tenants, usage and state.

use keypool_domain::text::pluralize;
use keypool_domain::{AccountPart, ApiKeyId, Inventory, Known, PlanId, Pool, PoolKeyState, Presence};
use ratatui::Frame;
use ratatui::layout::Position;

use crate::tui::figures::{self, QuotaFigures};
use crate::tui::keys::action::Action;
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
use crate::tui::screens::home::loudest::LoudestTenants;
use crate::tui::screens::home::pane::PaneContext;
use crate::tui::screens::home::pool_columns::{PoolColumn, PoolColumns, PoolLine};
use crate::tui::sorting::{Direction, ListOrder, SortColumns, SortKey};
use crate::tui::text;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::highlight::Highlight;
use crate::tui::widgets::table::{self, TableView};

/// The worst first.
pub(super) const FIRST_ORDER: ListOrder =
    ListOrder { head: "%", direction: Direction::MOST_FIRST, is_inverted: false };

#[derive(Debug, Clone)]
pub(crate) struct PoolPane {
    pub(crate) view: ListView,
    /// If set, the keys pane lists only the tenants of this pool key.
    pub(crate) key_filter: Option<ApiKeyId>,
    cursor: Cursor,
    /// Whether the operator has worked with the row under the cursor. Until then the cursor stays on the first row.
    is_cursor_placed: bool,
    rows: Vec<PoolRow>,
    /// The selected plan that `rows` was built from.
    synced_plan: Option<Option<PlanId>>,
    height: usize,
}

const FIELDS: &[Field] = &[Field::Key, Field::Plan, Field::Used, Field::Left, Field::Problem];

impl Default for PoolPane {
    fn default() -> Self {
        Self {
            view: ListView::new(FIELDS).sorted_by(FIRST_ORDER),
            key_filter: None,
            cursor: Cursor::default(),
            is_cursor_placed: false,
            rows: Vec::new(),
            synced_plan: None,
            height: 0,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PoolRow {
    pub(crate) plan: PlanId,
    pub(super) plan_name: String,
    pub(crate) api_key: ApiKeyId,
    pub(super) tenants: Known<u32>,
    pub(super) capacity: Known<u32>,
    pub(super) is_full: Known<bool>,
    pub(super) status: PoolKeyStatus,
}

/// The state of the pool key, unless its API key is disabled or missing in API Gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PoolKeyStatus {
    InPool(PoolKeyState),
    Disabled,
    Missing,
}

impl PoolPane {
    pub(crate) fn sync(&mut self, snapshot: &Snapshot, plan: Option<&PlanId>, model: &Model) {
        let inventory = &snapshot.inventory;
        let is_same_plan = self.synced_plan.as_ref().is_some_and(|synced| synced.as_ref() == plan);
        if !self.view.needs_arranging(inventory, model) && is_same_plan {
            return;
        }
        if self.synced_plan.is_some() && !is_same_plan {
            self.key_filter = None;
            self.cursor = Cursor::default();
            self.is_cursor_placed = false;
        }
        let selected = self.selected().filter(|_| self.is_cursor_placed).map(|row| row.api_key.clone());
        let pools = inventory.pools().iter().filter(|pool| plan.is_none_or(|plan| *plan == pool.plan));
        let rows: Vec<_> = pools.flat_map(|pool| pool_rows(pool, inventory)).collect();
        let loudest = LoudestTenants::default();
        let rows = self.view.arrange(rows, model, |row, head| {
            let columns = columns(&loudest, None, model).columns();
            let column = columns.iter().find(|column| column.title() == head);
            column.map_or(SortKey::Missing, |column| column.sort_key(&pool_line(row, model)))
        });
        self.rows = rows;
        self.cursor.selected = self.index_of(selected.as_ref()).unwrap_or(self.cursor.selected);
        // A filter hides the pool key whose tenants are listed; it stays chosen.
        let exists = |id: &ApiKeyId| {
            inventory.pool_of_api_key(id).is_some_and(|pool| plan.is_none_or(|plan| *plan == pool.plan))
        };
        self.key_filter = self.key_filter.take().filter(exists);
        self.synced_plan = Some(plan.cloned());
    }

    /// From now on the cursor stays with its pool key when rows move.
    pub(crate) const fn place_cursor(&mut self) {
        self.is_cursor_placed = true;
    }

    fn index_of(&self, id: Option<&ApiKeyId>) -> Option<usize> {
        self.rows.iter().position(|row| Some(&row.api_key) == id)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The plans of the pool keys on the screen.
    pub(crate) fn plans_in_view(&self) -> impl Iterator<Item = &PlanId> {
        self.rows.iter().skip(self.cursor.top).take(self.height).map(|row| &row.plan)
    }

    pub(crate) fn selected(&self) -> Option<&PoolRow> {
        self.rows.get(self.cursor.selected)
    }

    pub(crate) fn move_cursor(&mut self, motion: Motion) {
        self.cursor.move_by(motion, self.rows.len(), self.height);
    }

    /// `line` counts from the first visible row.
    pub(crate) fn click(&mut self, line: usize) {
        if self.cursor.top + line < self.rows.len() {
            self.cursor.selected = self.cursor.top + line;
        }
    }

    pub(crate) fn resize(&mut self, area: PaneArea) {
        self.height = table::body_height(area.inside.height);
        self.cursor.clamp(self.rows.len(), self.height);
    }

    pub(crate) fn draw(&self, model: &Model, context: PaneContext<'_>, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let (focused, inside) = (context.is_focused, context.area.inside);
        let position = context.position(self.cursor, self.rows.len(), self.height, styles);
        context.draw_title(frame, &self.title_forms(model, context), position, styles);
        if context.area.is_title_only() {
            return;
        }
        if model.inventory().is_none() {
            return empty::draw_placeholder(model, inside, frame, Part::Pools, "pools");
        }
        if self.rows.is_empty() {
            let is_filtered = !self.view.filter.filter().is_empty();
            let text = if is_filtered {
                "no API keys match the filter".to_owned()
            } else {
                empty_text(model, context)
            };
            return empty::draw_text(model, inside, frame, &text);
        }
        let columns = self.columns(model, context);
        let view = TableView { rows: self.rows.len(), cursor: self.cursor, focused, styles };
        let highlight = Highlight::new(self.view.filter.needles());
        table::draw_filtered(frame, inside, &view, &columns, &highlight, |at| {
            Some((pool_line(self.rows.get(at)?, model), false))
        });
    }

    pub(crate) fn sort_columns(&self, model: &Model) -> SortColumns {
        let loudest = LoudestTenants::default();
        let columns = columns(&loudest, None, model).columns();
        SortColumns { columns: table::sort_columns(&columns), order: self.view.order }
    }

    pub(crate) fn head_at(
        &self,
        at: Position,
        model: &Model,
        context: PaneContext<'_>,
    ) -> Option<&'static str> {
        table::head_at(context.area.inside, &self.columns(model, context), at)
    }

    fn columns<'a>(&'a self, model: &'a Model, context: PaneContext<'a>) -> [PoolColumn<'a>; 12] {
        let plan_cols = self.rows.iter().map(|row| text::width(&row.plan_name)).max().unwrap_or(0);
        let columns = PoolColumns {
            has_plan: context.plan.is_none(),
            longest_plan: u16::try_from(plan_cols).unwrap_or(u16::MAX),
            ..columns(context.loudest, self.key_filter.as_ref(), model)
        };
        columns.columns()
    }

    /// A title alone also shows the selected pool key, or the fullest one of all plans.
    fn title_forms(&self, model: &Model, context: PaneContext<'_>) -> Vec<String> {
        let Some(inventory) = model.inventory() else { return vec!["2 Pool".to_owned()] };
        let count = match self.rows.len() {
            0 if !inventory.extent(AccountPart::Pools).is_whole() => " · …".to_owned(),
            0 => " · none".to_owned(),
            rows if inventory.extent(AccountPart::Pools).is_complete() => {
                format!(" · {}", pluralize(rows, "API key"))
            }
            rows => format!(" · {} API keys", text::format_count_so_far(rows, false)),
        };
        let scope = context.plan.map_or_else(
            || "2 Pool · all plans".to_owned(),
            |plan| format!("2 Pool · {}", inventory.plan_name(&plan.id)),
        );
        let kind = context.plan.map_or_else(String::new, |plan| {
            let pool = inventory.pool(&plan.id);
            let strategy = pool.map_or_else(String::new, |pool| format!(" · {}", pool.strategy));
            format!(" · {}{strategy}", text::format_model(inventory, &plan.id))
        });
        let key = if context.plan.is_some() {
            self.selected().map(|row| format!(" · {}", describe_fill(model, row)))
        } else {
            // Which one is the fullest is not known before the usage of all is.
            let are_known = self.rows.iter().all(|row| model.usage_state(&row.plan) == UsageState::Read);
            let fullest = self.rows.iter().max_by_key(|row| fill(model, row));
            fullest.filter(|_| are_known).map(|row| format!(" · fullest {}", describe_fill(model, row)))
        };
        let key = key.filter(|_| context.area.is_title_only());
        let key_forms = key.map(|key| [format!("{scope}{kind}{count}{key}"), format!("{scope}{count}{key}")]);
        let matching = self.view.describe_filter(self.rows.len());
        let count = if matching.is_empty() { count } else { matching };
        let is_first_order = self.view.order == Some(FIRST_ORDER);
        let order = match model.usage() {
            None if is_first_order => String::new(),
            _ if self.rows.is_empty() => String::new(),
            _ => self.view.describe_order(),
        };
        let forms = [
            format!("{scope}{kind}{count}{order}"),
            format!("{scope}{count}{order}"),
            format!("{scope}{count}"),
            scope,
            "2 Pool".to_owned(),
        ];
        key_forms.into_iter().flatten().chain(forms).collect()
    }
}

/// Of all plans; `key_filter` is the pool key whose tenants alone the keys pane lists.
fn columns<'a>(
    loudest: &'a LoudestTenants,
    key_filter: Option<&'a ApiKeyId>,
    model: &'a Model,
) -> PoolColumns<'a> {
    PoolColumns {
        loudest,
        key_filter,
        has_plan: true,
        longest_plan: 0,
        numbers: figures::number_cols(model.usage().map_or(0, |usage| usage.greatest_of_key)),
        styles: model.styles(),
    }
}

fn pool_line<'a>(row: &'a PoolRow, model: &'a Model) -> PoolLine<'a> {
    let index = model.usage();
    let status = index.and_then(|index| index.key_status(&row.plan, &row.api_key));
    let days = index.map(|index| RecentDays::of_key(index, &row.plan, &row.api_key, model.now()));
    let mut findings = model.findings().into_iter().flatten();
    let has_problem = findings.any(|finding| finding.subject == row.api_key.as_str());
    let mark = match row.status {
        PoolKeyStatus::Missing => Some(Mark::Problem),
        PoolKeyStatus::Disabled => Some(Mark::Disabled),
        PoolKeyStatus::InPool(_) => has_problem.then_some(Mark::Problem),
    };
    let usage = model.usage_state(&row.plan);
    let figures = QuotaFigures::of_key(status, usage, model.now(), model.styles());
    PoolLine { row, has_problem, figures: figures.with_days(days.unwrap_or_default()).with_mark(mark) }
}

impl ListRow for PoolRow {
    fn facts<'r>(&'r self, model: &'r Model) -> RowFacts<'r> {
        let line = pool_line(self, model);
        RowFacts {
            texts: vec![
                (Some(Field::Key), self.api_key.as_str()),
                (Some(Field::Plan), &self.plan_name),
                (None, line.state().0),
            ],
            figure: line.figures.status.map(|status| status.figure),
            mode: None,
            id: self.api_key.as_str(),
        }
    }
}

fn pool_rows<'a>(pool: &'a Pool, inventory: &'a Inventory) -> impl Iterator<Item = PoolRow> + 'a {
    let pool_keys = pool.keys.iter().map(|key| inventory.pool_key_with_actual_count(key));
    pool_keys.map(|key| PoolRow {
        plan: pool.plan.clone(),
        plan_name: inventory.plan_name(&pool.plan).to_owned(),
        api_key: key.api_key.clone(),
        tenants: key.tenants.clone(),
        capacity: key.capacity.clone(),
        is_full: key.is_full(),
        status: match inventory.api_key(&key.api_key) {
            Presence::Missing => PoolKeyStatus::Missing,
            Presence::Present(api_key) if !api_key.enabled => PoolKeyStatus::Disabled,
            Presence::Present(_) | Presence::Unknown(_) => PoolKeyStatus::InPool(key.state),
        },
    })
}

/// Percentages of quota and capacity in use; an unknown figure sorts below all known ones.
fn fill(model: &Model, row: &PoolRow) -> (Option<u64>, Option<u32>) {
    let capacity = row.capacity.value_to_show().copied().filter(|capacity| *capacity > 0);
    let tenants = row.tenants.value_to_show().zip(capacity);
    (used_percent(model, row), tenants.map(|(tenants, capacity)| tenants.saturating_mul(100) / capacity))
}

fn used_percent(model: &Model, row: &PoolRow) -> Option<u64> {
    model.usage()?.key_status(&row.plan, &row.api_key)?.figure.whole_percent()
}

/// E.g. `5v2seh60kv 100%✗ · 3/10 tenants`.
fn describe_fill(model: &Model, row: &PoolRow) -> String {
    let mark = pool_line(row, model).figures.mark.map_or("", Mark::symbol);
    let percent = used_percent(model, row).map_or_else(String::new, |percent| format!(" {percent}%{mark}"));
    format!("{}{percent} · {} tenants", row.api_key, row.format_occupancy())
}

fn empty_text(model: &Model, context: PaneContext<'_>) -> String {
    let unread = model.inventory().and_then(|inventory| inventory.find_missing_part(&[AccountPart::Pools]));
    if let Some(pools) = unread {
        return pools.to_string();
    }
    let text = match context.plan {
        Some(plan) if model.inventory().is_some_and(|inventory| inventory.pool(&plan.id).is_none()) => {
            return siloed_text(model, context);
        }
        Some(_) => "this pool has no API keys, so it takes no tenants",
        None => "no pools: every tenant key has its own API key",
    };
    text.to_owned()
}

fn siloed_text(model: &Model, context: PaneContext<'_>) -> String {
    let text = "siloed: every tenant key of this plan has its own API key";
    let can_change = context.is_focused && !model.is_read_only();
    let key = can_change.then(|| model.label(Action::CreatePool)).flatten();
    key.map_or_else(|| text.to_owned(), |key| format!("{text} · {key} creates a pool"))
}
