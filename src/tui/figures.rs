//! Table cells for the quota status of an API key or a plan. A figure that does not exist is a dash, one that is still
//! to be read an ellipsis, one that could not be read a question mark, and none of them is ever zero.

use jiff::Timestamp;
use keypool_domain::usage::{QuotaStatus, QuotaWarningKind};
use ratatui::layout::Constraint;
use ratatui::style::Style;

use crate::tui::model::usage_loading::UsageState;
use crate::tui::quota_text;
use crate::tui::sorting::{Direction, SortKey};
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::table::{Cell, Column};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Used,
    Percent,
    Left,
    Resets,
}

/// What the figures of one row are taken from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuotaFigures<'a> {
    pub(crate) status: Option<&'a QuotaStatus>,
    /// The most urgent warning for the API key, or for any API key of the plan.
    pub(crate) worst: Option<QuotaWarningKind>,
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
        Self { status, worst: status.and_then(quota_text::key_warning), usage, now, styles }
    }
}

impl Figure {
    pub(crate) const ALL: [Self; 4] = [Self::Used, Self::Percent, Self::Left, Self::Resets];

    pub(crate) const fn direction(self) -> Direction {
        match self {
            Self::Used | Self::Percent => Direction::MOST_FIRST,
            Self::Left => Direction::LEAST_FIRST,
            Self::Resets => Direction::SOONEST_FIRST,
        }
    }

    /// What this figure is sorted by.
    pub(crate) fn sort_key(self, status: Option<&QuotaStatus>) -> SortKey {
        match self {
            Self::Used => status.map(|status| status.figure.used()).into(),
            Self::Left => status.and_then(|status| status.figure.left()).into(),
            Self::Percent => status.and_then(|status| status.figure.percent()).into(),
            Self::Resets => {
                let at = status.and_then(|status| status.resets_at);
                at.map(|at| at.as_second().unsigned_abs()).into()
            }
        }
    }

    /// The cell is empty if `figures` returns `None`.
    pub(crate) fn column<'a, R>(
        self,
        figures: impl Fn(&R) -> Option<QuotaFigures<'a>> + Clone + 'a,
    ) -> Column<'a, R> {
        let (title, cells) = match self {
            Self::Used => ("used", 9),
            Self::Percent => ("%", 5),
            Self::Left => ("left", 9),
            Self::Resets => ("resets", 6),
        };
        let sorted = figures.clone();
        let cell = move |row: &R| figures(row).map_or(Cell::from(""), |figures| self.cell(figures));
        let key = move |row: &R| self.sort_key(sorted(row).and_then(|figures| figures.status));
        Column::new(title, Constraint::Length(cells), cell).right_aligned().with_order(self.direction(), key)
    }

    fn cell(self, figures: QuotaFigures<'_>) -> Cell<'static> {
        let QuotaFigures { status, worst, usage, now, styles } = figures;
        let role = status.map_or(Role::Muted, |status| quota_text::usage_role(status, worst));
        let text = status.and_then(|status| match self {
            Self::Used => Some(text::format_count_u64(status.figure.used())),
            Self::Percent => format_percent(status, worst),
            Self::Left => status.figure.left().map(text::format_count_u64),
            Self::Resets => status.resets_at.map(|at| quota_text::format_day_or_time(at, now)),
        });
        // Unstyled text keeps the row's background.
        let is_unstyled = text.is_none() || self == Self::Resets || role == Role::Text;
        let style = if is_unstyled { Style::new() } else { styles.get(role) };
        Cell::Owned(text.unwrap_or_else(|| usage.missing_mark().to_owned()), style)
    }
}

/// Appends `!` if the quota is exhausted or will run out: colour is never the only signal.
fn format_percent(status: &QuotaStatus, worst: Option<QuotaWarningKind>) -> Option<String> {
    let suffix = if matches!(worst, Some(QuotaWarningKind::Exhausted | QuotaWarningKind::RunsOut(_))) {
        "!"
    } else {
        ""
    };
    status.figure.whole_percent().map(|whole| format!("{whole}%{suffix}"))
}
