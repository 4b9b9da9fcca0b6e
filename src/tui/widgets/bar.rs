//! Horizontal bars: the level of a quota, right after its percentage, and shares of a whole.

use ratatui::text::Span;

use crate::tui::styles::{Role, Styles};

/// Percentages from which a level is medium and high.
const MID_PERCENT: u128 = 80;
const HIGH_PERCENT: u128 = 95;

/// The used part of a quota, coloured by its own level. A part above zero fills at least one cell, and only the whole
/// fills all.
pub(crate) fn level_spans(used: u64, limit: u64, cells: usize, styles: &Styles) -> [Span<'static>; 2] {
    // Nothing is left of a quota of 0.
    let filled = if limit == 0 { cells } else { filled_cells(used, limit, cells) };
    [
        Span::styled("■".repeat(filled), styles.get(level_role(used, limit))),
        Span::styled("·".repeat(cells - filled), styles.get(Role::BarEmpty)),
    ]
}

/// A share of a whole or of the largest number of a list.
pub(crate) fn share_spans(part: u64, whole: u64, cells: usize, styles: &Styles) -> [Span<'static>; 2] {
    let filled = filled_cells(part, whole, cells);
    [Span::styled("■".repeat(filled), styles.get(Role::Bar)), Span::raw(" ".repeat(cells - filled))]
}

fn level_role(used: u64, limit: u64) -> Role {
    let is_at_least = |percent: u128| u128::from(used) * 100 >= u128::from(limit) * percent;
    match () {
        () if is_at_least(HIGH_PERCENT) => Role::BarHigh,
        () if is_at_least(MID_PERCENT) => Role::BarMid,
        () => Role::BarLow,
    }
}

fn filled_cells(part: u64, whole: u64, cells: usize) -> usize {
    match (part, whole) {
        (0, _) => 0,
        (part, whole) if part >= whole => cells,
        (part, whole) => {
            let share = u128::from(part) * cells as u128 / u128::from(whole);
            usize::try_from(share).unwrap_or(cells).clamp(1.min(cells), cells.saturating_sub(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_nearly_full_parts_stay_visible() {
        let cases = [(0, 10, 0), (1, 1000, 1), (5, 10, 4), (999, 1000, 7), (10, 10, 8), (11, 10, 8)];
        for (part, whole, cells) in cases {
            assert_eq!(filled_cells(part, whole, 8), cells, "{part} of {whole}");
        }
        assert_eq!(filled_cells(0, 0, 8), 0);
    }

    #[test]
    fn a_level_is_medium_from_80_and_high_from_95_percent() {
        let cases = [
            (0, 0, Role::BarHigh),
            (799, 1_000, Role::BarLow),
            (800, 1_000, Role::BarMid),
            (949, 1_000, Role::BarMid),
            (950, 1_000, Role::BarHigh),
            (u64::MAX, 1, Role::BarHigh),
        ];
        for (used, limit, role) in cases {
            assert_eq!(level_role(used, limit), role, "{used} of {limit}");
        }
    }

    #[test]
    fn a_level_fills_all_its_cells_and_a_share_only_its_part() {
        let styles = Styles::new(true, false);
        let text = |spans: [Span<'static>; 2]| spans.map(|span| span.content.into_owned()).concat();
        assert_eq!(text(level_spans(3, 4, 8, &styles)), "■■■■■■··");
        assert_eq!(text(level_spans(0, 0, 8, &styles)), "■■■■■■■■");
        assert_eq!(text(share_spans(3, 4, 8, &styles)), "■■■■■■  ");
    }
}
