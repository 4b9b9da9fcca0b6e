//! The scale beside columns: a round number at the top, half of it in the middle, nothing at the bottom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Cells of the scale, with its line.
pub(super) const SCALE_COLS: u16 = 7;
/// A level this many times as high as the columns is named, not drawn: it would press them flat.
const MAX_LIMIT_RATIO: u64 = 3;
/// From this height on the middle is named too.
const MIN_MIDDLE_ROWS: u16 = 5;

/// The number at the top: round, and no lower than what is to be seen.
pub(super) fn axis_max(largest: u64, level: Option<u64>) -> u64 {
    // The name of the level stands above its line.
    let level = level
        .filter(|level| *level / MAX_LIMIT_RATIO <= largest)
        .map_or(0, |level| level.saturating_add(level / 8));
    round_up(largest.max(level).max(1))
}

/// The next number with one digit and zeros, or with such a half.
fn round_up(number: u64) -> u64 {
    let mut unit: u64 = 1;
    while number / unit >= 10 {
        unit = unit.saturating_mul(10);
    }
    let half = (unit / 2).max(1);
    number.div_ceil(half).saturating_mul(half)
}

/// Rows that a number reaches into.
pub(super) fn rows_for(number: u64, top: u64, height: u16) -> u16 {
    let rows = (u128::from(number) * u128::from(height)).div_ceil(u128::from(top.max(1)));
    u16::try_from(rows).unwrap_or(u16::MAX).min(height)
}

/// Draws the line and its numbers; the last row of the area is the line below the columns.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, top: u64, look: &Styles) {
    let height = area.height - 1;
    let style = look.get(Role::Muted);
    let middle = (height >= MIN_MIDDLE_ROWS && top.is_multiple_of(2)).then_some(height / 2);
    for row in 0..height {
        let number = match row {
            0 => Some(top),
            row if Some(row) == middle => Some(top / 2),
            _ => None,
        };
        let number = number.map_or_else(String::new, text::abbreviate);
        let sign = if number.is_empty() { "│" } else { "┤" };
        let width = usize::from(SCALE_COLS) - 1;
        let line = Line::styled(format!("{number:>width$}{sign}"), style);
        frame.render_widget(line, Rect { y: area.y + row, width: SCALE_COLS, height: 1, ..area });
    }
    let below = format!(
        "{:>width$}╰{}",
        0,
        "─".repeat(usize::from(area.width - SCALE_COLS)),
        width = usize::from(SCALE_COLS) - 1
    );
    frame.render_widget(Line::styled(below, style), Rect { y: area.y + height, height: 1, ..area });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_maximum_is_round_and_covers_every_value() {
        let cases = [
            (0, 1),
            (1, 1),
            (7, 7),
            (11, 15),
            (23, 25),
            (99, 100),
            (101, 150),
            (4_990, 5_000),
            (5_001, 5_500),
        ];
        for (number, rounded) in cases {
            assert_eq!(axis_max(number, None), rounded, "{number}");
        }
        assert_eq!(axis_max(u64::MAX, None), u64::MAX);
    }

    #[test]
    fn a_distant_limit_does_not_stretch_the_axis() {
        assert_eq!((axis_max(400, Some(1_000)), axis_max(300, Some(5_000))), (1_500, 300));
    }

    #[test]
    fn any_value_above_zero_fills_a_row() {
        assert_eq!([0, 1, 50, 51, 100].map(|number| rows_for(number, 100, 10)), [0, 1, 5, 6, 10]);
    }
}
