//! The columns of tenant keys. Each is defined once: its head, its cell, and how tenant keys are sorted by it.

use std::sync::LazyLock;

use jiff::Timestamp;
use keypool_domain::{Known, TenantKey};
use ratatui::layout::Constraint;

use crate::tui::figures::Figure;
use crate::tui::key_row::KeyRow;
use crate::tui::model::usage_index::UsageFigure;
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
    /// By this number.
    Number(fn(&TenantKey) -> u128),
    /// By a figure of the API key; by tenant until usage is read.
    Usage(UsageFigure),
}

/// The words for an order and for its reverse.
type Directions = [&'static str; 2];
const A_TO_Z: Directions = ["A→Z", "Z→A"];
const HIGH_TO_LOW: Directions = ["high→low", "low→high"];
const LOW_TO_HIGH: Directions = ["low→high", "high→low"];
const NEW_TO_OLD: Directions = ["new→old", "old→new"];
const DISABLED_FIRST: Directions = ["disabled first", "disabled last"];

/// A column that tenant keys can be sorted by; by default, the tenant. Holds its position in [`SORTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SortBy(usize);

/// The titles and sort orders of all columns that have one, the tenant's first.
static SORTS: LazyLock<Vec<(&str, Sort, Directions)>> = LazyLock::new(|| {
    let columns = columns(&ColumnWidths::default(), KeyScope::AllPlans).into_iter();
    let with_order = columns.filter_map(|column| {
        let (sort, directions) = column.sort?;
        Some((column.column.title(), sort, directions))
    });
    let mut sorts: Vec<_> = with_order.collect();
    sorts.sort_by_key(|(_, sort, _)| !matches!(sort, Sort::Tenant));
    sorts
});

impl SortBy {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..SORTS.len()).map(Self)
    }

    /// The position in [`SortBy::all`].
    pub(crate) const fn position(self) -> usize {
        self.0
    }

    pub(crate) fn sort(self) -> Sort {
        SORTS[self.0].1
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
            Sort::Tenant | Sort::Text(_) | Sort::Number(_) => None,
        }
    }

    /// E.g. `by % high→low`.
    pub(crate) fn describe(self, is_inverted: bool) -> String {
        let (title, _, directions) = SORTS[self.0];
        format!("by {title} {}", directions[usize::from(is_inverted)])
    }

    pub(crate) fn next(self) -> Self {
        Self((self.0 + 1) % SORTS.len())
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
    sort: Option<(Sort, Directions)>,
}

impl<'a> Key<'a> {
    fn sorted_by(self, sort: Sort, directions: Directions) -> KeyColumn<'a> {
        KeyColumn { column: self, sort: Some((sort, directions)) }
    }

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
        Key::text("name", text(0, names), |row| &row.key.name).sorted_by(Sort::Text(|key| &key.name), A_TO_Z),
        Key::text("tenant", text(0, tenants), |row| row.key.tenant.as_str()).sorted_by(Sort::Tenant, A_TO_Z),
        Key::text("plan", text(3, plans), |row| row.inventory.plan_name(&row.key.plan))
            .shown_if(scope == KeyScope::AllPlans)
            .unsorted(),
        Key::new("API key", Constraint::Length(10), KeyRow::api_key_cell)
            .ranked(fixed_room(6, 10, 2))
            .shown_if(scope != KeyScope::PoolKey)
            .sorted_by(
                Sort::Number(|key| {
                    byte_prefix(key.known_pool_key().map_or(key.id.as_str(), |pool_key| pool_key.as_str()))
                }),
                A_TO_Z,
            ),
        Key::new("shared", Constraint::Length(6), KeyRow::sharing_cell)
            .ranked(fixed_room(7, 6, 2))
            .right_aligned()
            .unsorted(),
        Key::new("own today", Constraint::Length(9), KeyRow::own_today_cell)
            .ranked(fixed_room(own_rank, 9, 2))
            .right_aligned()
            .sorted_by(Sort::Usage(UsageFigure::OwnToday), HIGH_TO_LOW),
        figure(Figure::Used, 2).sorted_by(Sort::Usage(UsageFigure::Used), HIGH_TO_LOW),
        figure(Figure::Left, 4).sorted_by(Sort::Usage(UsageFigure::Left), LOW_TO_HIGH),
        figure(Figure::Percent, 1).sorted_by(Sort::Usage(UsageFigure::Percent), HIGH_TO_LOW),
        figure(Figure::Bar, 5).unsorted(),
        figure(Figure::Days, 10).unsorted(),
        Key::new("state", Constraint::Length(8), KeyRow::state_cell)
            .ranked(fixed_room(9, 8, 1))
            .sorted_by(Sort::Number(enabled_rank), DISABLED_FIRST),
        Key::new("created", Constraint::Length(10), KeyRow::created_cell)
            .ranked(fixed_room(11, 10, 1))
            .sorted_by(Sort::Number(created_rank), NEW_TO_OLD),
        Key::text("description", text_room(12, 20, 20, MAX_DESCRIPTION_COLS), |row| &row.key.description)
            .unsorted(),
    ]
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
    let seconds_before_max = |at: Timestamp| u128::try_from(Timestamp::MAX.as_second() - at.as_second());
    key.created_at().map_or(u128::MAX, |at| seconds_before_max(at).unwrap_or(0))
}

/// The first 16 bytes in lower case, as a number.
fn byte_prefix(text: &str) -> u128 {
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().zip(text.bytes()) {
        *place = byte.to_ascii_lowercase();
    }
    u128::from_be_bytes(bytes)
}
