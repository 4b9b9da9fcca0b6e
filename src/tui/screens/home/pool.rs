//! Pane 2: the pool keys of the selected plan, with tenants, usage and state.

use std::sync::Arc;

use keypool_domain::text::pluralize;
use keypool_domain::usage::QuotaStatus;
use keypool_domain::{AccountPart, ApiKeyId, Inventory, Known, PlanId, Pool, PoolKeyState, Presence};
use ratatui::Frame;
use ratatui::layout::{Constraint, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::figures::{Figure, QuotaFigures};
use crate::tui::keys::action::Action;
use crate::tui::layout::PaneArea;
use crate::tui::model::Model;
use crate::tui::model::filter::RowFacts;
use crate::tui::model::filter::field::Field;
use crate::tui::model::load_states::Part;
use crate::tui::model::usage_loading::UsageState;
use crate::tui::screens::empty;
use crate::tui::screens::home::list_view::{ListRow, ListView};
use crate::tui::screens::home::pane::PaneContext;
use crate::tui::sorting::{Direction, SortColumns, SortKey};
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::bar;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::highlight::Highlight;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

/// Narrower panes have no bars.
const MIN_BAR_COLS: u16 = 100;

#[derive(Debug, Clone)]
pub(crate) struct PoolPane {
    pub(crate) view: ListView,
    /// If set, the keys pane lists only the tenants of this pool key.
    pub(crate) key_filter: Option<ApiKeyId>,
    cursor: Cursor,
    rows: Vec<PoolRow>,
    /// The selected plan that `rows` was built from.
    synced_plan: Option<Option<PlanId>>,
    height: usize,
}

const FIELDS: &[Field] = &[Field::Key, Field::Plan, Field::Used, Field::Left, Field::Problem];

impl Default for PoolPane {
    fn default() -> Self {
        Self {
            view: ListView::new(FIELDS),
            key_filter: None,
            cursor: Cursor::default(),
            rows: Vec::new(),
            synced_plan: None,
            height: 0,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PoolRow {
    pub(crate) plan: PlanId,
    plan_name: String,
    pub(crate) api_key: ApiKeyId,
    tenants: Known<u32>,
    capacity: Known<u32>,
    is_full: Known<bool>,
    status: PoolKeyStatus,
}

/// The state of the pool key, unless its API key is disabled or missing in API Gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PoolKeyStatus {
    InPool(PoolKeyState),
    Disabled,
    Missing,
}

impl PoolPane {
    pub(crate) fn sync(&mut self, inventory: &Arc<Inventory>, plan: Option<&PlanId>, model: &Model) {
        let is_same_plan = self.synced_plan.as_ref().is_some_and(|synced| synced.as_ref() == plan);
        if !self.view.needs_arranging(inventory, model) && is_same_plan {
            return;
        }
        if self.synced_plan.is_some() && !is_same_plan {
            self.key_filter = None;
            self.cursor = Cursor::default();
        }
        let selected = self.selected().map(|row| row.api_key.clone());
        let pools = inventory.pools().iter().filter(|pool| plan.is_none_or(|plan| *plan == pool.plan));
        let rows = pools.flat_map(|pool| pool_rows(pool, inventory)).collect();
        self.rows = self.view.arrange(rows, model, |row, head| {
            let columns = columns(model, None, u16::MAX, true);
            let column = columns.iter().find(|column| column.title() == head);
            column.map_or(SortKey::Missing, |column| column.sort_key(&line(row, model)))
        });
        self.cursor.selected = self.index_of(selected.as_ref()).unwrap_or(self.cursor.selected);
        // A filter hides the pool key whose tenants are listed; it stays chosen.
        let exists = |id: &ApiKeyId| {
            inventory.pool_of_api_key(id).is_some_and(|pool| plan.is_none_or(|plan| *plan == pool.plan))
        };
        self.key_filter = self.key_filter.take().filter(exists);
        self.synced_plan = Some(plan.cloned());
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
        let columns = columns(model, self.key_filter.as_ref(), inside.width, context.plan.is_none());
        let view = TableView { rows: self.rows.len(), cursor: self.cursor, focused, styles };
        let highlight = Highlight::new(self.view.filter.needles());
        table::draw_filtered(frame, inside, &view, &columns, &highlight, |at| {
            Some((line(self.rows.get(at)?, model), false))
        });
    }

    pub(crate) fn sort_columns(&self, model: &Model) -> SortColumns {
        let columns = columns(model, None, u16::MAX, true);
        SortColumns { columns: table::sort_columns(&columns), order: self.view.order }
    }

    pub(crate) fn head_at(&self, inside: Rect, at: Position, model: &Model) -> Option<&'static str> {
        let has_plan = self.synced_plan.as_ref().is_none_or(Option::is_none);
        table::head_at(inside, &columns(model, None, inside.width, has_plan), at)
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
            || "2 Pools · all plans".to_owned(),
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
        let (view, matching) =
            (self.view.describe(self.rows.len()), self.view.describe_filter(self.rows.len()));
        let count = if matching.is_empty() { count } else { String::new() };
        let forms = [
            format!("{scope}{kind}{count}{view}"),
            format!("{scope}{count}{view}"),
            format!("{scope}{matching}"),
            scope,
            "2 Pool".to_owned(),
        ];
        key_forms.into_iter().flatten().chain(forms).collect()
    }
}

fn line<'a>(row: &'a PoolRow, model: &'a Model) -> PoolLine<'a> {
    let status = model.usage().and_then(|usage| usage.key_status(&row.plan, &row.api_key));
    let usage = model.usage_state(&row.plan);
    PoolLine { row, figures: QuotaFigures::of_key(status, usage, model.now(), model.styles()) }
}

/// `chosen` is the pool key whose tenants alone are listed below.
fn columns<'a>(
    model: &'a Model,
    chosen: Option<&'a ApiKeyId>,
    width: u16,
    has_plan: bool,
) -> [PoolColumn<'a>; 10] {
    let styles = model.styles();
    let bar_cols = (width / 8).saturating_sub(2).clamp(10, 16);
    let bar = move |part: u64, whole: u64| {
        Cell::Line(Line::from_iter(bar::spans(part, whole, bar_cols.into(), styles)))
    };
    let figure = |figure: Figure| figure.column(|line: &PoolLine<'a>| Some(line.figures));
    [
        PoolColumn::new("api key", Constraint::Length(12), move |line| api_key_cell(line.row, chosen))
            .with_order(Direction::ALPHABETIC, |line| line.row.api_key.as_str()),
        PoolColumn::new("plan", Constraint::Fill(1), |line| &line.row.plan_name[..])
            .with_max_cols(24)
            .shown_if(has_plan)
            .with_order(Direction::ALPHABETIC, |line| &line.row.plan_name[..]),
        PoolColumn::new("tenants", Constraint::Length(8), |line| line.row.occupancy_cell(styles))
            .with_order(Direction::MOST_FIRST, |line| {
                line.row.tenants.value_to_show().map(|tenants| u64::from(*tenants))
            })
            .right_aligned(),
        PoolColumn::new("", Constraint::Length(bar_cols), move |line| {
            match (&line.row.tenants, &line.row.capacity) {
                (Known::Value(tenants), Known::Value(capacity)) => bar((*tenants).into(), (*capacity).into()),
                _ => bar(0, 0),
            }
        })
        .shown_from(MIN_BAR_COLS),
        figure(Figure::Used).shown_from(66),
        figure(Figure::Left).shown_from(74),
        figure(Figure::Percent).shown_from(54),
        figure(Figure::Resets).shown_from(74),
        PoolColumn::new("quota used", Constraint::Length(bar_cols), move |line| {
            let use_and_limit = |status: &QuotaStatus| {
                Some((status.figure.used(), status.figure.limit().filter(|limit| *limit > 0)?))
            };
            let (used, limit) = line.figures.status.and_then(use_and_limit).unwrap_or((0, 0));
            bar(used, limit)
        })
        .shown_from(MIN_BAR_COLS),
        PoolColumn::new("state", Constraint::Length(9), |line| {
            let (label, style) = status_label(line.row.status, &line.row.is_full, styles);
            Cell::Line(Line::from(Span::styled(label, style)))
        })
        .with_order(Direction::ALPHABETIC, move |line| {
            status_label(line.row.status, &line.row.is_full, styles).0
        }),
    ]
}

fn api_key_cell<'a>(row: &'a PoolRow, chosen: Option<&ApiKeyId>) -> Cell<'a> {
    if chosen == Some(&row.api_key) {
        format!("{} ▶", row.api_key).into()
    } else {
        row.api_key.as_str().into()
    }
}

/// A pool key with its usage.
struct PoolLine<'a> {
    row: &'a PoolRow,
    figures: QuotaFigures<'a>,
}

type PoolColumn<'a> = Column<'a, PoolLine<'a>>;

impl ListRow for PoolRow {
    fn facts<'r>(&'r self, model: &'r Model) -> RowFacts<'r> {
        let status = model.usage().and_then(|usage| usage.key_status(&self.plan, &self.api_key));
        let (state, _) = status_label(self.status, &self.is_full, model.styles());
        RowFacts {
            texts: vec![
                (Some(Field::Key), self.api_key.as_str()),
                (Some(Field::Plan), &self.plan_name),
                (None, state),
            ],
            figure: status.map(|status| status.figure),
            mode: None,
            id: self.api_key.as_str(),
        }
    }
}

impl PoolRow {
    /// Tenants and capacity; highlighted unless there is room.
    fn occupancy_cell(&self, styles: &Styles) -> Cell<'static> {
        let has_room = self.is_full.is_known_to_be(&false);
        let style = if has_room { Style::new() } else { styles.get(Role::Warn) };
        Cell::Owned(self.format_occupancy(), style)
    }

    fn format_occupancy(&self) -> String {
        let [tenants, capacity] = [&self.tenants, &self.capacity].map(text::format_known_count);
        format!("{tenants}/{capacity}")
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

/// E.g. `5v2seh60kv 100% · 3/10 tenants`.
fn describe_fill(model: &Model, row: &PoolRow) -> String {
    let percent = used_percent(model, row).map_or_else(String::new, |percent| format!(" {percent}%"));
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

fn status_label(status: PoolKeyStatus, is_full: &Known<bool>, styles: &Styles) -> (&'static str, Style) {
    match status {
        PoolKeyStatus::InPool(PoolKeyState::Active) if is_full.is_known_to_be(&true) => {
            ("full", styles.get(Role::Warn))
        }
        PoolKeyStatus::InPool(PoolKeyState::Active) if is_full.reason().is_some() => {
            ("unknown", styles.get(Role::Warn))
        }
        PoolKeyStatus::InPool(PoolKeyState::Active) => ("active", styles.get(Role::Ok)),
        PoolKeyStatus::InPool(state) => (state.as_str(), styles.get(Role::Warn)),
        PoolKeyStatus::Disabled => ("disabled", styles.get(Role::Error)),
        PoolKeyStatus::Missing => ("missing", styles.get(Role::Error)),
    }
}
