//! The columns of tenant keys. Each is defined once: its head, its cell, and how tenant keys are sorted by it.

use std::sync::LazyLock;

use jiff::Timestamp;
use keypool_domain::{Inventory, KeyAge, Known, Rotation, TenantKey};
use ratatui::layout::Constraint;

use crate::tui::figures::Figure;
use crate::tui::key_row::KeyRow;
use crate::tui::model::usage_index::UsageFigure;
use crate::tui::sorting::Direction;
use crate::tui::widgets::column_fit::ColumnRoom;
use crate::tui::widgets::table::Column;

const MAX_NAME_COLS: u16 = 40;
const MAX_TENANT_COLS: u16 = 28;
const MAX_PLAN_COLS: u16 = 24;
const MAX_DESCRIPTION_COLS: u16 = 60;

/// How tenant keys are sorted by a column. Ties are broken by [`Sort::Tenant`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sort {
    /// By tenant, name and id.
    Tenant,
    /// In natural order of this text.
    Text(fn(&TenantKey) -> &str),
    /// By this number, the smallest first.
    Number(fn(&TenantKey) -> u128, Direction),
    /// By the name of the plan.
    Plan,
    /// By this number, which depends on the rest of the account, the smallest first.
    OfAccount(fn(&Inventory, &TenantKey) -> u64, Direction),
    /// By a figure of the API key; by tenant until usage is read.
    Usage(UsageFigure),
}

impl Sort {
    pub(crate) const fn direction(self) -> Direction {
        match self {
            Self::Tenant | Self::Text(_) | Self::Plan => Direction::ALPHABETIC,
            Self::Number(_, direction) | Self::OfAccount(_, direction) => direction,
            Self::Usage(figure) => figure.direction(),
        }
    }
}

/// A column that tenant keys can be sorted by; by default, the tenant. Holds its position in [`SORTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SortBy(usize);

/// The titles and sort orders of all columns that have one, from left to right.
static SORTS: LazyLock<Vec<(&str, Sort)>> = LazyLock::new(|| {
    let columns = columns(&ColumnWidths::default(), KeyScope::AllPlans).into_iter();
    columns.filter_map(|column| Some((column.column.title(), column.sort?))).collect()
});

impl Default for SortBy {
    fn default() -> Self {
        Self(SORTS.iter().position(|(_, sort)| matches!(sort, Sort::Tenant)).unwrap_or(0))
    }
}

impl SortBy {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..SORTS.len()).map(Self)
    }

    /// The position in [`SortBy::all`].
    pub(crate) const fn position(self) -> usize {
        self.0
    }

    pub(crate) fn title(self) -> &'static str {
        SORTS[self.0].0
    }

    pub(crate) fn sort(self) -> Sort {
        SORTS[self.0].1
    }

    /// The column with this head.
    pub(crate) fn from_title(title: &str) -> Option<Self> {
        SORTS.iter().position(|(other, _)| *other == title).map(Self)
    }

    /// By the percentage of the quota that is used, the column that the console opens with.
    pub(crate) fn percent() -> Self {
        let is_percent = |by: &Self| by.usage_figure() == Some(UsageFigure::Percent);
        Self::all().find(is_percent).unwrap_or_default()
    }

    /// The figure of API keys that it depends on.
    pub(crate) fn usage_figure(self) -> Option<UsageFigure> {
        match self.sort() {
            Sort::Usage(figure) => Some(figure),
            Sort::Tenant | Sort::Text(_) | Sort::Number(..) | Sort::Plan | Sort::OfAccount(..) => None,
        }
    }
}

/// Widths that depend on the account, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnWidths {
    pub(crate) longest_name: u16,
    pub(crate) longest_tenant: u16,
    pub(crate) longest_plan: u16,
    pub(crate) numbers: u16,
}

impl Default for ColumnWidths {
    fn default() -> Self {
        Self { longest_name: MAX_NAME_COLS, longest_tenant: MAX_TENANT_COLS, longest_plan: 11, numbers: 6 }
    }
}

/// Which tenant keys a table lists. What is the same in all of them is no column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyScope {
    AllPlans,
    Plan,
    PoolKey,
}

type Key<'a> = Column<'a, KeyRow<'a>>;

pub(crate) struct KeyColumn<'a> {
    pub(crate) column: Key<'a>,
    sort: Option<Sort>,
}

impl<'a> Key<'a> {
    fn sorted_by(self, sort: Sort) -> KeyColumn<'a> {
        KeyColumn { column: self, sort: Some(sort) }
    }

    /// Beside a column with the same figure.
    fn unsorted(self) -> KeyColumn<'a> {
        KeyColumn { column: self, sort: None }
    }

    /// A column of text that is cut if it has to be.
    fn text(title: &'static str, room: ColumnRoom, text: impl Fn(&KeyRow<'a>) -> &'a str + 'a) -> Self {
        Self::new(title, Constraint::Fill(1), move |row| row.text_cell(text(row))).ranked(room)
    }
}

const fn text_room(rank: u8, min_cols: u16, wanted_cols: u16, max_cols: u16) -> ColumnRoom {
    ColumnRoom { rank, min_cols, wanted_cols, max_cols, gap: 1, grows_last: false }
}

const fn fixed_room(rank: u8, cols: u16, gap: u16) -> ColumnRoom {
    ColumnRoom { gap, ..text_room(rank, cols, cols, cols) }
}

/// The columns of a table, from left to right. Narrower tables leave out those of the greatest rank first.
pub(crate) fn columns<'a>(widths: &ColumnWidths, scope: KeyScope) -> Vec<KeyColumn<'a>> {
    let figure = |figure: Figure, rank: u8| {
        figure.column(|row: &KeyRow<'a>| Some(row.figures)).ranked(figure.room(rank, widths.numbers))
    };
    let longest = |longest: u16, min: u16, wanted: u16, max: u16| {
        let longest = longest.clamp(min, max);
        (min, longest.min(wanted), longest)
    };
    let text = |rank, (min, wanted, max)| text_room(rank, min, wanted, max);
    let (names, tenants) = (
        longest(widths.longest_name, 12, 18, MAX_NAME_COLS),
        longest(widths.longest_tenant, 8, 16, MAX_TENANT_COLS),
    );
    // Behind one API key the question is who calls.
    let own_rank = if scope == KeyScope::PoolKey { 2 } else { 8 };
    let plans = longest(widths.longest_plan, 8, 14, MAX_PLAN_COLS);
    vec![
        Key::text("name", text(0, names), |row| &row.key.name).sorted_by(Sort::Text(|key| &key.name)),
        Key::text("tenant", text(0, tenants), |row| row.key.tenant.as_str()).sorted_by(Sort::Tenant),
        Key::text("plan", text(3, plans), |row| row.inventory.plan_name(&row.key.plan))
            .shown_if(scope == KeyScope::AllPlans)
            .sorted_by(Sort::Plan),
        Key::new("API key", Constraint::Length(10), KeyRow::api_key_cell)
            .ranked(fixed_room(6, 10, 2))
            .shown_if(scope != KeyScope::PoolKey)
            .sorted_by(Sort::Number(api_key_prefix, Direction::ALPHABETIC)),
        Key::new("shared", Constraint::Length(6), KeyRow::sharing_cell)
            .ranked(fixed_room(7, 6, 2))
            .right_aligned()
            .sorted_by(Sort::OfAccount(sharing_rank, Direction::MOST_FIRST)),
        Key::new("own today", Constraint::Length(9), KeyRow::own_today_cell)
            .ranked(fixed_room(own_rank, 9, 2))
            .right_aligned()
            .sorted_by(Sort::Usage(UsageFigure::OwnToday)),
        figure(Figure::Used, 2).sorted_by(Sort::Usage(UsageFigure::Used)),
        figure(Figure::Left, 4).sorted_by(Sort::Usage(UsageFigure::Left)),
        figure(Figure::Percent, 1).sorted_by(Sort::Usage(UsageFigure::Percent)),
        figure(Figure::Bar, 5).unsorted(),
        figure(Figure::Days, 10).unsorted(),
        Key::new("state", Constraint::Length(8), KeyRow::state_cell)
            .ranked(fixed_room(9, 8, 1))
            .sorted_by(Sort::Number(enabled_rank, Direction::DISABLED_FIRST)),
        Key::new("created", Constraint::Length(10), KeyRow::created_cell)
            .ranked(fixed_room(11, 10, 1))
            .sorted_by(Sort::Number(created_rank, Direction::NEWEST_FIRST)),
        Key::new("age", Constraint::Length(6), KeyRow::age_cell)
            .ranked(fixed_room(12, 6, 2))
            .right_aligned()
            .sorted_by(Sort::OfAccount(age_rank, Direction::NEWEST_FIRST)),
        Key::new("rotated", Constraint::Length(10), KeyRow::rotation_cell)
            .ranked(fixed_room(13, 10, 1))
            .sorted_by(Sort::OfAccount(rotation_rank, Direction::NEWEST_FIRST)),
        Key::text("description", text_room(14, 20, 20, MAX_DESCRIPTION_COLS), |row| &row.key.description)
            .sorted_by(Sort::Text(|key| &key.description)),
    ]
}

/// Most tenant keys that share the API key first.
fn sharing_rank(inventory: &Inventory, key: &TenantKey) -> u64 {
    let api_key = key.api_key();
    let users = api_key.value_to_show().map_or(0, |id| inventory.tenant_keys_of_api_key(id).len());
    u64::MAX - users as u64
}

/// The youngest first, and unknown ages last.
fn age_rank(inventory: &Inventory, key: &TenantKey) -> u64 {
    inventory.key_age(key).map_or(u64::MAX, KeyAge::days)
}

/// The last rotation first, then unknown times and unknown rotations, and keys that were never rotated last.
fn rotation_rank(inventory: &Inventory, key: &TenantKey) -> u64 {
    match inventory.key_rotation(key) {
        Rotation::Rotated(Some(at)) => seconds_before_max(at),
        Rotation::Rotated(None) => u64::MAX - 2,
        Rotation::Unknown => u64::MAX - 1,
        Rotation::Never => u64::MAX,
    }
}

fn seconds_before_max(at: Timestamp) -> u64 {
    u64::try_from(Timestamp::MAX.as_second() - at.as_second()).unwrap_or(0)
}

fn api_key_prefix(key: &TenantKey) -> u128 {
    byte_prefix(key.known_pool_key().map_or(key.id.as_str(), |pool_key| pool_key.as_str()))
}

fn enabled_rank(key: &TenantKey) -> u128 {
    match key.enabled {
        Known::Value(false) => 0,
        Known::Unknown(_) => 1,
        Known::Value(true) => 2,
    }
}

/// Sorts the newest first, and tenant keys without a creation date last.
fn created_rank(key: &TenantKey) -> u128 {
    key.created_at().map_or(u128::MAX, |at| seconds_before_max(at).into())
}

/// The first 16 bytes in lower case, as a number.
fn byte_prefix(text: &str) -> u128 {
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().zip(text.bytes()) {
        *place = byte.to_ascii_lowercase();
    }
    u128::from_be_bytes(bytes)
}
