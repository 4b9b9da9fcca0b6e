//! A horizontal bar; always drawn next to its figure.

use ratatui::text::Span;

use crate::tui::styles::{Role, Styles};

/// Any part above zero fills at least one cell, and only the whole fills all.
pub(crate) fn spans(part: u64, whole: u64, cells: usize, styles: &Styles) -> [Span<'static>; 2] {
    let filled = filled_cells(part, whole, cells);
    [
        Span::styled("█".repeat(filled), styles.get(Role::Bar)),
        Span::styled("░".repeat(cells - filled), styles.get(Role::BarEmpty)),
    ]
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
    use super::filled_cells;

    #[test]
    fn small_and_nearly_full_parts_stay_visible() {
        let cases = [(0, 10, 0), (1, 1000, 1), (5, 10, 4), (999, 1000, 7), (10, 10, 8), (11, 10, 8)];
        for (part, whole, cells) in cases {
            assert_eq!(filled_cells(part, whole, 8), cells, "{part} of {whole}");
        }
    }
}
