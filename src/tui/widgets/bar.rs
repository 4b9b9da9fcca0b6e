//! A bar of cells, beside a figure and never in place of one.

use ratatui::text::Span;

use crate::tui::look::{Look, Role};

/// A bar of so many cells; anything above zero fills at least one, and only the whole fills all.
pub(crate) fn spans(part: u64, whole: u64, cells: usize, look: &Look) -> [Span<'static>; 2] {
    let filled = filled(part, whole, cells);
    [
        Span::styled("█".repeat(filled), look.style(Role::Bar)),
        Span::styled("░".repeat(cells - filled), look.style(Role::BarEmpty)),
    ]
}

fn filled(part: u64, whole: u64, cells: usize) -> usize {
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
    use super::filled;

    #[test]
    fn neither_a_little_nor_almost_all_is_hidden() {
        let cases = [(0, 10, 0), (1, 1000, 1), (5, 10, 4), (999, 1000, 7), (10, 10, 8), (11, 10, 8)];
        for (part, whole, cells) in cases {
            assert_eq!(filled(part, whole, 8), cells, "{part} of {whole}");
        }
    }
}
