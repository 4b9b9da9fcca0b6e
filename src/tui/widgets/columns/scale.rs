//! The vertical axis of the column chart: a round maximum, its half, and 0.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Width of the numbers and of the vertical axis.
pub(super) const SCALE_COLS: u16 = 7;
/// A limit higher than this many times the largest column is written as text: to draw it would flatten the columns.
const MAX_LIMIT_RATIO: u64 = 3;
/// Lower charts have no number in the middle of the axis.
const MIN_MIDDLE_ROWS: u16 = 5;

/// A round number that covers all columns, and the limit unless it is far above them.
pub(super) fn axis_max(largest: u64, limit: Option<u64>) -> u64 {
    // Leaves room for the name above the limit line.
    let limit = limit
        .filter(|limit| *limit / MAX_LIMIT_RATIO <= largest)
        .map_or(0, |limit| limit.saturating_add(limit / 8));
    round_up(largest.max(limit).max(1))
}

/// Rounds up to a multiple of half a power of ten, e.g. 23 to 25.
fn round_up(number: u64) -> u64 {
    let mut unit: u64 = 1;
    while number / unit >= 10 {
        unit = unit.saturating_mul(10);
    }
    let half = (unit / 2).max(1);
    number.div_ceil(half).saturating_mul(half)
}

/// Rows that a column of this value fills at least partly.
pub(super) fn rows_for(number: u64, axis_max: u64, height: u16) -> u16 {
    let rows = (u128::from(number) * u128::from(height)).div_ceil(u128::from(axis_max.max(1)));
    u16::try_from(rows).unwrap_or(u16::MAX).min(height)
}

/// Draws both axes; the horizontal one is the last row of `area`.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, axis_max: u64, styles: &Styles) {
    let height = area.height - 1;
    let style = styles.get(Role::Muted);
    let middle = (height >= MIN_MIDDLE_ROWS && axis_max.is_multiple_of(2)).then_some(height / 2);
    for row in 0..height {
        let number = match row {
            0 => Some(axis_max),
            row if Some(row) == middle => Some(axis_max / 2),
            _ => None,
        };
        let number = number.map_or_else(String::new, text::abbreviate);
        let sign = if number.is_empty() { "│" } else { "┤" };
        let width = usize::from(SCALE_COLS) - 1;
        let line = Line::styled(format!("{number:>width$}{sign}"), style);
        frame.render_widget(line, Rect { y: area.y + row, width: SCALE_COLS, height: 1, ..area });
    }
    let axis = format!(
        "{:>width$}╰{}",
        0,
        "─".repeat(usize::from(area.width - SCALE_COLS)),
        width = usize::from(SCALE_COLS) - 1
    );
    frame.render_widget(Line::styled(axis, style), Rect { y: area.y + height, height: 1, ..area });
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
