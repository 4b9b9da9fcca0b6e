//! Divides the screen into areas. A screen has at least 40×10 cells; from a width of 120 cells, the panes are side
//! by side.

use ratatui::layout::{Constraint, Layout, Rect, Size};

/// On a smaller screen only a notice is drawn.
pub(crate) const MIN_SCREEN: Size = Size { width: 40, height: 10 };
/// From this width on the plans pane is beside the others.
const MIN_WIDE_COLS: u16 = 120;
/// Panes are side by side only if they have at least this height together.
const MIN_WIDE_ROWS: u16 = 14;
/// Upper and lower border of a pane.
const FRAME_ROWS: u16 = 2;
/// A pane with one row.
const MIN_PANE_ROWS: u16 = FRAME_ROWS + 1;
/// Rows of a list that does not have the focus.
const PREVIEW_ROWS: u16 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pane {
    Plans,
    Pool,
    Keys,
    Test,
}

impl Pane {
    pub(crate) const ALL: [Self; 4] = [Self::Plans, Self::Pool, Self::Keys, Self::Test];

    /// The pane `by` steps further, wrapping around.
    pub(crate) const fn step(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }
}

/// The areas of the screen, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Areas {
    pub(crate) status: Rect,
    pub(crate) body: Rect,
    pub(crate) messages: Rect,
    pub(crate) footer: Rect,
}

pub(crate) fn is_too_small(size: Size) -> bool {
    size.width < MIN_SCREEN.width || size.height < MIN_SCREEN.height
}

/// Divides the screen. `messages` is the number of message lines.
pub(crate) fn areas(size: Size, messages: u16) -> Areas {
    let screen = Rect::new(0, 0, size.width, size.height);
    let [status, body, messages, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(messages),
        Constraint::Length(1),
    ])
    .areas(screen);
    Areas { status, body, messages, footer }
}

/// The areas of the panes of the home screen; `plans` and `pool` are the numbers of rows in these panes.
pub(crate) fn panes(body: Rect, focus: Pane, plans: usize, pool: usize) -> [Rect; 4] {
    let is_wide = body.width >= MIN_WIDE_COLS && body.height >= MIN_WIDE_ROWS;
    if is_wide { wide_layout(body, focus, pool) } else { stacked_layout(body, focus, plans, pool) }
}

fn wide_layout(home: Rect, focus: Pane, pool: usize) -> [Rect; 4] {
    let test_height =
        if focus == Pane::Test { home.height / 2 } else { (home.height / 6).clamp(MIN_PANE_ROWS, 8) };
    let [upper, test] = Layout::vertical([Constraint::Min(0), Constraint::Length(test_height)]).areas(home);
    let plans_width = (home.width * 3 / 10).clamp(38, 70);
    let [plans, right] =
        Layout::horizontal([Constraint::Length(plans_width), Constraint::Min(0)]).areas(upper);
    let wanted = to_rows(pool).saturating_add(MIN_PANE_ROWS);
    let max = if focus == Pane::Pool { right.height * 2 / 3 } else { right.height / 3 };
    let pool_height = wanted.clamp(4, max.max(4));
    let [pool, keys] = Layout::vertical([Constraint::Length(pool_height), Constraint::Min(0)]).areas(right);
    [plans, pool, keys, test]
}

/// Stacks the panes. The focused pane gets the spare rows.
fn stacked_layout(home: Rect, focus: Pane, plans: usize, pool: usize) -> [Rect; 4] {
    let min_height = if home.height >= 3 * MIN_PANE_ROWS + 5 { MIN_PANE_ROWS } else { 1 };
    let mut heights = [min_height; 4];
    let mut spare = home.height.saturating_sub(4 * min_height);
    let mut grow = |pane: Pane, to: u16| {
        let more = to.saturating_sub(heights[pane as usize]).min(spare);
        heights[pane as usize] += more;
        spare -= more;
    };
    grow(focus, min_height + PREVIEW_ROWS);
    if min_height == MIN_PANE_ROWS && focus != Pane::Test {
        grow(Pane::Pool, FRAME_ROWS + to_rows(pool).min(PREVIEW_ROWS));
        grow(Pane::Keys, FRAME_ROWS + PREVIEW_ROWS);
    }
    // A short focused list leaves rows to the keys pane.
    match focus {
        Pane::Plans => grow(focus, to_rows(plans).saturating_add(MIN_PANE_ROWS)),
        Pane::Pool => grow(focus, to_rows(pool).saturating_add(MIN_PANE_ROWS)),
        Pane::Keys | Pane::Test => grow(focus, u16::MAX),
    }
    grow(Pane::Keys, u16::MAX);
    Layout::vertical(heights.map(Constraint::Length)).areas(home)
}

fn to_rows(rows: usize) -> u16 {
    u16::try_from(rows).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_areas_cover_every_cell_once() {
        for (width, height) in [(40, 10), (80, 24), (119, 40), (120, 30), (200, 60), (300, 10)] {
            for focus in Pane::ALL {
                let size = Size::new(width, height);
                let areas = areas(size, 1);
                let panes = panes(areas.body, focus, 5, 6);
                let all = panes.into_iter().chain([areas.status, areas.messages, areas.footer]);
                let cells: u32 = all.map(Rect::area).sum();
                assert_eq!(cells, u32::from(width) * u32::from(height), "{size} {focus:?}");
                let focused = panes[focus as usize];
                assert!(focused.height >= 4, "{size} {focus:?} {focused}");
            }
        }
    }
}
