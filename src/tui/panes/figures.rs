//! What a key or a plan has used, in the few cells of a table; what is not known is a dash, never a zero.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use keypool_domain::usage::{QuotaStatus, QuotaWarningKind};
use ratatui::layout::Constraint;
use ratatui::style::Style;

use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::usage_index::WARN_PERCENT;
use crate::tui::widgets::table::{Cell, Column};

/// One of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Used,
    Percent,
    Left,
    Resets,
}

impl Figure {
    pub(crate) fn column(self) -> Column {
        let (title, cells) = match self {
            Self::Used => ("used", 9),
            Self::Percent => ("%", 5),
            Self::Left => ("left", 9),
            Self::Resets => ("resets", 6),
        };
        Column::new(title, Constraint::Length(cells)).right_aligned()
    }

    /// Its cell; `worst` is what is wrong with it or with one of its keys.
    pub(crate) fn cell(
        self,
        standing: Option<&QuotaStatus>,
        worst: Option<QuotaWarningKind>,
        now: Timestamp,
        look: &Styles,
    ) -> Cell<'static> {
        let role = standing.map_or(Role::Muted, |standing| usage_role(standing, worst));
        let said = standing.and_then(|standing| match self {
            Self::Used => Some(text::format_count_u64(standing.used)),
            Self::Percent => format_percent(standing, worst),
            Self::Left => standing.remaining.map(text::format_count_u64),
            Self::Resets => standing.resets_at.map(|at| format_day_or_time(at, now)),
        });
        // Plain text takes the ground of its row.
        let plain = said.is_none() || self == Self::Resets || role == Role::Text;
        let style = if plain { Style::new() } else { look.get(role) };
        Cell::Owned(said.unwrap_or_else(|| "–".to_owned()), style)
    }
}

/// With a sign where something is wrong, so that colour alone says nothing.
fn format_percent(standing: &QuotaStatus, worst: Option<QuotaWarningKind>) -> Option<String> {
    let sign = if matches!(worst, Some(QuotaWarningKind::Exhausted | QuotaWarningKind::RunsOut(_))) {
        "!"
    } else {
        ""
    };
    standing.whole_percent().map(|whole| format!("{whole}%{sign}"))
}

/// How it is painted.
pub(crate) fn usage_role(standing: &QuotaStatus, worst: Option<QuotaWarningKind>) -> Role {
    match worst {
        Some(QuotaWarningKind::Exhausted) => Role::Error,
        Some(QuotaWarningKind::RunsOut(_) | QuotaWarningKind::AboveThreshold) => Role::Warn,
        None if standing.is_exhausted() => Role::Error,
        None if standing.percent.is_some_and(|percent| percent >= f64::from(WARN_PERCENT)) => Role::Warn,
        None => Role::Text,
    }
}

/// What is wrong with one key.
pub(crate) fn key_warning(standing: &QuotaStatus) -> Option<QuotaWarningKind> {
    if standing.is_exhausted() {
        return Some(QuotaWarningKind::Exhausted);
    }
    standing.runs_out_at.map(QuotaWarningKind::RunsOut)
}

/// The time in UTC where it is not more than a day away, else the day.
pub(crate) fn format_day_or_time(at: Timestamp, now: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    let near = at.duration_since(now).abs() <= SignedDuration::from_hours(24);
    zoned.strftime(if near { "%H:%M" } else { "%-d %b" }).to_string()
}
