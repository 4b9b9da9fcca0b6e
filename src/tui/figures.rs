//! Table cells for the quota status of an API key or a plan. A figure that does not exist is a dash, one that is still
//! to be read an ellipsis, one that could not be read a question mark, and none of them is ever zero.

use jiff::Timestamp;
use keypool_domain::usage::{QuotaStatus, QuotaWarningKind};
use ratatui::layout::Constraint;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::marks::Mark;
use crate::tui::model::usage_loading::UsageState;
use crate::tui::quota_text;
use crate::tui::recent_days::{RecentDays, SPARKLINE_COLS};
use crate::tui::sorting::{Direction, SortKey};
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::bar;
use crate::tui::widgets::column_fit::ColumnRoom;
use crate::tui::widgets::table::{Cell, Column};

/// A percentage and its mark.
const PERCENT_COLS: u16 = 5;
/// Cells of the mark after a percentage.
const MARK_COLS: u16 = 1;
/// Greater percentages, of a quota that was lowered below what was used, are shown as this one.
const MAX_PERCENT: u64 = 999;
const MIN_BAR_COLS: u16 = 6;
const MAX_BAR_COLS: u16 = 18;
/// Up to this width, a column of numbers does not widen as usage is read.
const MIN_NUMBER_COLS: u16 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Used,
    Left,
    /// With the mark of the row.
    Percent,
    /// Right after the percentage.
    Bar,
    Resets,
    /// Calls today.
    Today,
    /// Calls on each of the last 14 days.
    Days,
}

/// What the figures of one row are taken from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuotaFigures<'a> {
    pub(crate) status: Option<&'a QuotaStatus>,
    /// The worst that is known of the API key, or of any API key of the plan.
    pub(crate) mark: Option<Mark>,
    pub(crate) days: RecentDays,
    pub(crate) usage: UsageState,
    pub(crate) now: Timestamp,
    pub(crate) styles: &'a Styles,
}

impl<'a> QuotaFigures<'a> {
    /// The figures of one API key.
    pub(crate) fn of_key(
        status: Option<&'a QuotaStatus>,
        usage: UsageState,
        now: Timestamp,
        styles: &'a Styles,
    ) -> Self {
        let mark = status.and_then(Mark::of_quota);
        Self { status, mark, days: RecentDays::default(), usage, now, styles }
    }

    /// The figures of several API keys together, the worst of which has this warning.
    pub(crate) fn of_plan(
        status: Option<&'a QuotaStatus>,
        worst: Option<QuotaWarningKind>,
        usage: UsageState,
        now: Timestamp,
        styles: &'a Styles,
    ) -> Self {
        Self { mark: worst.map(Mark::of_warning), ..Self::of_key(status, usage, now, styles) }
    }

    pub(crate) const fn with_days(self, days: RecentDays) -> Self {
        Self { days, ..self }
    }

    /// Adds what is known of the row besides its quota.
    pub(crate) fn with_mark(self, mark: Option<Mark>) -> Self {
        Self { mark: self.mark.into_iter().chain(mark).min(), ..self }
    }

    fn percent_line(&self) -> Line<'static> {
        let percent = self.status.and_then(|status| status.figure.whole_percent());
        let Some(percent) = percent.map(|percent| percent.min(MAX_PERCENT)) else {
            let mark = self.mark.map_or(" ", Mark::symbol);
            return Line::from(format!("{}{mark}", self.usage.missing_mark()));
        };
        let style = self.mark.map_or_else(Style::new, |mark| self.styles.get(mark.role()));
        // A disabled key's percentage is still one.
        let number_style = if self.mark == Some(Mark::Disabled) { Style::new() } else { style };
        Line::from(vec![
            Span::styled(format!("{percent}%"), number_style),
            Span::styled(self.mark.map_or(" ", Mark::symbol), style),
        ])
    }

    fn bar_line(&self, cells: u16) -> Line<'static> {
        let figure = self.status.map(|status| status.figure);
        let used_and_limit = figure.and_then(|figure| Some((figure.used(), figure.limit()?)));
        used_and_limit.map_or_else(Line::default, |(used, limit)| {
            Line::from_iter(bar::level_spans(used, limit, cells.into(), self.styles))
        })
    }
}

/// The width of a column of numbers, the greatest of which is this one.
pub(crate) fn number_cols(greatest: u64) -> u16 {
    u16::try_from(text::width(&text::format_count_u64(greatest))).unwrap_or(u16::MAX).max(MIN_NUMBER_COLS)
}

impl Figure {
    const fn title(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Left => "left",
            Self::Percent => "%",
            Self::Bar => "",
            Self::Resets => "resets (UTC)",
            Self::Today => "today",
            Self::Days => "14 days",
        }
    }

    /// How lists are sorted by this figure; `None` if it is a picture.
    pub(crate) const fn direction(self) -> Option<Direction> {
        match self {
            Self::Used | Self::Percent | Self::Today => Some(Direction::MOST_FIRST),
            Self::Left => Some(Direction::LEAST_FIRST),
            Self::Resets => Some(Direction::SOONEST_FIRST),
            Self::Bar | Self::Days => None,
        }
    }

    fn sort_key(self, figures: &QuotaFigures<'_>) -> SortKey {
        let status = figures.status;
        match self {
            Self::Used => status.map(|status| status.figure.used()).into(),
            Self::Left => status.and_then(|status| status.figure.left()).into(),
            Self::Percent => status.and_then(|status| status.figure.percent()).into(),
            Self::Resets => {
                let at = status.and_then(|status| status.resets_at);
                at.map(|at| at.as_second().unsigned_abs()).into()
            }
            Self::Today => figures.days.today().into(),
            Self::Bar | Self::Days => SortKey::Missing,
        }
    }

    /// The cell is empty if `figures` returns `None`.
    pub(crate) fn column<'a, R>(
        self,
        figures: impl Fn(&R) -> Option<QuotaFigures<'a>> + Clone + 'a,
    ) -> Column<'a, R> {
        let cells = match self {
            Self::Used | Self::Left | Self::Today => 9,
            Self::Percent => PERCENT_COLS,
            Self::Bar => MIN_BAR_COLS,
            Self::Resets => 12,
            Self::Days => SPARKLINE_COLS,
        };
        let sorted = figures.clone();
        let key = move |row: &R| sorted(row).map_or(SortKey::Missing, |figures| self.sort_key(&figures));
        let cell = move |row: &R, cells: u16| {
            figures(row).map_or(Cell::from(""), |figures| self.cell(figures, cells))
        };
        let column = Column::sized(self.title(), Constraint::Length(cells), cell);
        let column = match self.direction() {
            Some(direction) => column.with_order(direction, key),
            None => column,
        };
        match self {
            Self::Bar | Self::Days => column,
            Self::Percent => column.right_aligned().with_head_indent(MARK_COLS),
            Self::Used | Self::Left | Self::Resets | Self::Today => column.right_aligned(),
        }
    }

    /// What the column needs in a ranked table, in which numbers have up to `number_cols` cells.
    pub(crate) const fn room(self, rank: u8, number_cols: u16) -> ColumnRoom {
        let (min_cols, max_cols, gap) = match self {
            Self::Used | Self::Left | Self::Today => (number_cols, number_cols, 2),
            Self::Percent => (PERCENT_COLS, PERCENT_COLS, 1),
            Self::Bar => (MIN_BAR_COLS, MAX_BAR_COLS, 2),
            Self::Resets => (12, 12, 2),
            Self::Days => (SPARKLINE_COLS, SPARKLINE_COLS, 2),
        };
        let grows_last = matches!(self, Self::Bar);
        ColumnRoom { rank, min_cols, wanted_cols: min_cols, max_cols, gap, grows_last }
    }

    fn cell(self, figures: QuotaFigures<'_>, cells: u16) -> Cell<'static> {
        let QuotaFigures { status, usage, now, styles, days, .. } = figures;
        let text = match self {
            Self::Percent => return Cell::Line(figures.percent_line().right_aligned()),
            Self::Bar => return Cell::Line(figures.bar_line(cells)),
            Self::Days => return Cell::Owned(days.sparkline(), styles.get(Role::Spark)),
            Self::Used => status.map(|status| text::format_count_u64(status.figure.used())),
            Self::Left => status.and_then(|status| status.figure.left().map(text::format_count_u64)),
            Self::Resets => {
                status.and_then(|status| status.resets_at).map(|at| quota_text::format_time_or_date(at, now))
            }
            Self::Today => days.today().map(text::format_count_u64),
        };
        let missing = || usage.missing_mark().to_owned();
        Cell::Owned(text.unwrap_or_else(missing), Style::new())
    }
}
