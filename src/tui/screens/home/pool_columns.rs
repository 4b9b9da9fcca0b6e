//! The columns of pool keys.

use keypool_domain::{ApiKeyId, Known, PoolKeyState};
use ratatui::layout::Constraint;
use ratatui::style::Style;

use crate::tui::figures::{Figure, QuotaFigures};
use crate::tui::marks::Mark;
use crate::tui::screens::home::loudest::{LOUDEST_COLS, LoudestTenants};
use crate::tui::screens::home::pool::{PoolKeyStatus, PoolRow};
use crate::tui::sorting::Direction;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::column_fit::ColumnRoom;
use crate::tui::widgets::table::{Cell, Column};

const MAX_PLAN_COLS: u16 = 24;

/// A pool key with its usage.
pub(super) struct PoolLine<'a> {
    pub(super) row: &'a PoolRow,
    pub(super) has_problem: bool,
    pub(super) figures: QuotaFigures<'a>,
}

pub(super) type PoolColumn<'a> = Column<'a, PoolLine<'a>>;

/// What the columns depend on besides the row.
#[derive(Debug, Clone, Copy)]
pub(super) struct PoolColumns<'a> {
    pub(super) loudest: &'a LoudestTenants,
    /// The pool key whose tenants alone the keys pane lists.
    pub(super) key_filter: Option<&'a ApiKeyId>,
    /// Whether pool keys of several plans are listed.
    pub(super) has_plan: bool,
    /// In cells.
    pub(super) longest_plan: u16,
    pub(super) numbers: u16,
    pub(super) styles: &'a Styles,
}

const fn room(rank: u8, cols: u16, gap: u16) -> ColumnRoom {
    ColumnRoom { rank, min_cols: cols, wanted_cols: cols, max_cols: cols, gap, grows_last: false }
}

impl<'a> PoolColumns<'a> {
    /// From left to right. Narrower tables leave out those of the greatest rank first.
    pub(super) fn columns(self) -> [PoolColumn<'a>; 12] {
        let Self { loudest, key_filter, styles, .. } = self;
        let figure = |figure: Figure, rank: u8| {
            figure.column(|line: &PoolLine<'a>| Some(line.figures)).ranked(figure.room(rank, self.numbers))
        };
        let plan_cols = self.longest_plan.clamp(8, MAX_PLAN_COLS);
        let plan_room = ColumnRoom { min_cols: 8, wanted_cols: plan_cols.min(14), ..room(4, plan_cols, 1) };
        let loudest_cols = u16::try_from(LOUDEST_COLS).unwrap_or(u16::MAX);
        [
            PoolColumn::new("API key", Constraint::Length(11), move |line| {
                api_key_cell(line.row, key_filter)
            })
            .ranked(room(0, 11, 1))
            .with_order(Direction::ALPHABETIC, |line| line.row.api_key.as_str()),
            PoolColumn::new("plan", Constraint::Fill(1), |line| &line.row.plan_name[..])
                .ranked(plan_room)
                .shown_if(self.has_plan)
                .with_order(Direction::ALPHABETIC, |line| &line.row.plan_name[..]),
            PoolColumn::new("tenants", Constraint::Length(8), |line| line.row.occupancy_cell(styles))
                .right_aligned()
                .ranked(room(2, 8, 2))
                .with_order(Direction::MOST_FIRST, |line| {
                    line.row.tenants.value_to_show().map(|tenants| u64::from(*tenants))
                }),
            PoolColumn::new("loudest", Constraint::Length(loudest_cols), |line| {
                loudest.cell(&line.row.plan, &line.row.api_key, styles)
            })
            .ranked(room(9, loudest_cols, 1)),
            figure(Figure::Today, 8),
            figure(Figure::Used, 5),
            figure(Figure::Left, 6),
            figure(Figure::Percent, 1),
            figure(Figure::Bar, 3),
            figure(Figure::Days, 11),
            figure(Figure::Resets, 10),
            PoolColumn::new("state", Constraint::Length(8), |line| line.state_cell(styles))
                .ranked(room(7, 8, 1))
                .with_order(Direction::ALPHABETIC, |line| line.state().0),
        ]
    }
}

/// With a mark if the keys pane lists only its tenants.
fn api_key_cell<'a>(row: &'a PoolRow, key_filter: Option<&ApiKeyId>) -> Cell<'a> {
    if key_filter == Some(&row.api_key) {
        format!("{}►", row.api_key).into()
    } else {
        row.api_key.as_str().into()
    }
}

impl PoolLine<'_> {
    pub(super) fn state(&self) -> (&'static str, Role) {
        match self.row.status {
            PoolKeyStatus::Missing => ("missing", Role::Error),
            PoolKeyStatus::Disabled => ("disabled", Role::Error),
            PoolKeyStatus::InPool(_) if self.figures.mark == Some(Mark::Spent) => ("spent", Role::Error),
            PoolKeyStatus::InPool(_) if self.has_problem => ("problem", Role::Problem),
            PoolKeyStatus::InPool(PoolKeyState::Active) => match &self.row.is_full {
                Known::Value(true) => ("full", Role::Warn),
                Known::Value(false) => ("active", Role::Muted),
                Known::Unknown(_) => ("unknown", Role::Warn),
            },
            PoolKeyStatus::InPool(state) => (state.as_str(), Role::Warn),
        }
    }

    fn state_cell(&self, styles: &Styles) -> Cell<'static> {
        let (word, role) = self.state();
        Cell::Text(word, styles.get(role))
    }
}

impl PoolRow {
    /// Tenants and capacity; highlighted unless there is room.
    fn occupancy_cell(&self, styles: &Styles) -> Cell<'static> {
        let has_room = self.is_full.is_known_to_be(&false);
        let style = if has_room { Style::new() } else { styles.get(Role::Warn) };
        Cell::Owned(self.format_occupancy(), style)
    }

    pub(super) fn format_occupancy(&self) -> String {
        let [tenants, capacity] = [&self.tenants, &self.capacity].map(text::format_known_count);
        format!("{tenants}/{capacity}")
    }
}
