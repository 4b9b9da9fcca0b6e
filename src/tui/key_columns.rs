//! The columns of tenant keys. Each is defined once: its head, its cell, and how tenant keys are sorted by it.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::usage::QuotaStatus;
use keypool_domain::{ApiKeyId, Inventory, KeyAge, Known, Presence, Rotation, TenantKey, Unknown};
use ratatui::layout::Constraint;
use ratatui::text::{Line, Span};

use crate::tui::figures::{Figure, QuotaFigures};
use crate::tui::model::usage_loading::UsageState;
use crate::tui::sorting::Direction;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::table::{Cell, Column};

/// Narrower tables abbreviate the title of the column `enabled`.
const MIN_FULL_TITLE_COLS: u16 = 90;

/// Narrower tables have no room for descriptions.
const MIN_DESCRIPTION_COLS: u16 = 150;

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
    /// By a figure of the API key's quota; by tenant until usage is read.
    Figure(Figure),
}

impl Sort {
    pub(crate) const fn direction(self) -> Direction {
        match self {
            Self::Tenant | Self::Text(_) | Self::Plan => Direction::ALPHABETIC,
            Self::Number(_, direction) | Self::OfAccount(_, direction) => direction,
            Self::Figure(figure) => figure.direction(),
        }
    }
}

/// A column that tenant keys can be sorted by; by default, the tenant. Holds its position in [`SORTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SortBy(usize);

/// The titles and sort orders of all columns that have one, from left to right.
static SORTS: LazyLock<Vec<(&str, Sort)>> = LazyLock::new(|| {
    let columns = columns(u16::MAX, true).into_iter();
    columns.map(|column| (column.column.title(), column.sort)).collect()
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

    pub(crate) fn depends_on_usage(self) -> bool {
        matches!(self.sort(), Sort::Figure(_))
    }
}

/// A tenant key, and what its cells show of the account.
pub(crate) struct KeyRow<'a> {
    key: &'a TenantKey,
    inventory: &'a Inventory,
    api_key: Known<ApiKeyId>,
    styles: &'a Styles,
    /// Usage of the API key: for a shared key, the total of all its tenants.
    figures: QuotaFigures<'a>,
}

impl<'a> KeyRow<'a> {
    /// `status` is that of the API key, and `usage` says whether the usage of its plan is known.
    pub(crate) fn new(
        key: &'a TenantKey,
        inventory: &'a Inventory,
        status: impl FnOnce(&ApiKeyId) -> Option<&'a QuotaStatus>,
        usage: UsageState,
        now: Timestamp,
        styles: &'a Styles,
    ) -> Self {
        let api_key = key.api_key();
        let usage = match api_key.reason() {
            None => usage,
            Some(Unknown::NotReadYet) => UsageState::Pending,
            Some(Unknown::NotAllowed(_) | Unknown::Unreadable(_)) => UsageState::Unread,
        };
        let figures = QuotaFigures::of_key(api_key.value_to_show().and_then(status), usage, now, styles);
        Self { key, inventory, api_key, styles, figures }
    }

    fn api_key_cell(&self) -> Cell<'a> {
        let api_key = self.api_key.value_to_show();
        let is_missing = api_key.is_some_and(|id| self.inventory.api_key(id) == Presence::Missing);
        match &self.key.pool_key {
            Known::Unknown(why) => Cell::Text(text::unknown_mark(why), self.styles.get(Role::Warn)),
            Known::Value(_) if is_missing => Cell::Text("missing", self.styles.get(Role::Error)),
            Known::Value(pool_key) => {
                pool_key.as_ref().map_or(self.key.id.as_str(), |key| key.as_str()).into()
            }
        }
    }

    fn format_sharing(&self) -> String {
        match (self.inventory.is_shared(self.key), self.api_key.value_to_show()) {
            (Known::Value(true), Some(id)) if self.inventory.lists_on_demand() => {
                let counted = self.inventory.counted_references(id).map(text::format_known_count);
                format!("by {}", counted.unwrap_or_else(|| text::UNKNOWN.to_owned()))
            }
            (Known::Value(true), Some(id)) => {
                let is_complete = self.inventory.are_users_known(&self.key.plan);
                let count = self.inventory.tenant_keys_of_api_key(id).len();
                format!("by {}", text::format_count_so_far(count, is_complete))
            }
            (Known::Value(_), _) => "–".to_owned(),
            (Known::Unknown(why), _) => text::unknown_mark(&why).to_owned(),
        }
    }

    fn enabled_cell(&self) -> Cell<'a> {
        let (text, role) = match self.key.enabled {
            Known::Value(true) => ("yes", Role::Ok),
            Known::Value(false) => ("no", Role::Warn),
            Known::Unknown(_) => ("?", Role::Warn),
        };
        Cell::Line(Line::from(Span::styled(text, self.styles.get(role))))
    }

    fn created_cell(&self) -> Cell<'a> {
        let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date().to_string();
        let date = self.key.created_at().map_or_else(|| "–".to_owned(), date);
        Cell::Owned(date, self.styles.get(Role::Muted))
    }
}

impl<'a> KeyRow<'a> {
    /// Of its current API key, for example "38 d".
    fn age_cell(&self) -> Cell<'a> {
        let age = self.inventory.key_age(self.key);
        let text = age.map_or_else(|| text::UNKNOWN.to_owned(), |age| format!("{} d", age.days()));
        Cell::Owned(text, self.styles.get(Role::Muted))
    }

    fn rotation_cell(&self) -> Cell<'a> {
        let text = match self.inventory.key_rotation(self.key) {
            Rotation::Rotated(Some(at)) => at.to_zoned(TimeZone::UTC).date().to_string(),
            Rotation::Rotated(None) => "yes".to_owned(),
            Rotation::Never => "never".to_owned(),
            Rotation::Unknown => text::UNKNOWN.to_owned(),
        };
        Cell::Owned(text, self.styles.get(Role::Muted))
    }
}

type Key<'a> = Column<'a, KeyRow<'a>>;

pub(crate) struct KeyColumn<'a> {
    pub(crate) column: Key<'a>,
    sort: Sort,
}

impl<'a> Key<'a> {
    fn sorted_by(self, sort: Sort) -> KeyColumn<'a> {
        KeyColumn { column: self, sort }
    }
}

/// The columns of a table of this width, from left to right.
pub(crate) fn columns<'a>(width: u16, has_plan: bool) -> Vec<KeyColumn<'a>> {
    let figure = |figure: Figure| figure.column(|row: &KeyRow<'a>| Some(row.figures));
    let (enabled, enabled_cols) = if width < MIN_FULL_TITLE_COLS { ("on", 3) } else { ("enabled", 7) };
    vec![
        Key::new("name", Constraint::Fill(3), |row| &row.key.name[..])
            .with_max_cols(40)
            .sorted_by(Sort::Text(|key| &key.name)),
        Key::new("tenant", Constraint::Fill(2), |row| row.key.tenant.as_str())
            .with_max_cols(28)
            .sorted_by(Sort::Tenant),
        Key::new("plan", Constraint::Fill(2), |row| row.inventory.plan_name(&row.key.plan))
            .with_max_cols(24)
            .shown_if(has_plan)
            .sorted_by(Sort::Plan),
        Key::new("api key", Constraint::Length(10), KeyRow::api_key_cell)
            .sorted_by(Sort::Number(api_key_prefix, Direction::ALPHABETIC)),
        Key::new("shared", Constraint::Length(6), KeyRow::format_sharing)
            .right_aligned()
            .shown_from(70)
            .sorted_by(Sort::OfAccount(sharing_rank, Direction::MOST_FIRST)),
        figure(Figure::Used).shown_from(74).sorted_by(Sort::Figure(Figure::Used)),
        figure(Figure::Left).shown_from(90).sorted_by(Sort::Figure(Figure::Left)),
        figure(Figure::Percent).shown_from(56).sorted_by(Sort::Figure(Figure::Percent)),
        figure(Figure::Resets).shown_from(104).sorted_by(Sort::Figure(Figure::Resets)),
        Key::new(enabled, Constraint::Length(enabled_cols), KeyRow::enabled_cell)
            .sorted_by(Sort::Number(enabled_rank, Direction::DISABLED_FIRST)),
        Key::new("created", Constraint::Length(10), KeyRow::created_cell)
            .shown_from(118)
            .sorted_by(Sort::Number(created_rank, Direction::NEWEST_FIRST)),
        Key::new("age", Constraint::Length(6), KeyRow::age_cell)
            .right_aligned()
            .shown_from(144)
            .sorted_by(Sort::OfAccount(age_rank, Direction::NEWEST_FIRST)),
        Key::new("rotated", Constraint::Length(10), KeyRow::rotation_cell)
            .shown_from(156)
            .sorted_by(Sort::OfAccount(rotation_rank, Direction::NEWEST_FIRST)),
        Key::new("description", Constraint::Fill(3), |row| &row.key.description[..])
            .shown_from(MIN_DESCRIPTION_COLS)
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
