//! Divides the screen into areas. A screen has at least 40×10 cells. The panes of the home screen are one stack at
//! every size: each has the full width, so that more width shows more columns and a list can scroll as whole rows. A
//! wide screen has room for the details of the selection beside the panes below the plans.

use ratatui::layout::{Constraint, Layout, Rect, Size};

/// On a smaller screen only a notice is drawn.
pub(crate) const MIN_SCREEN: Size = Size { width: 40, height: 10 };
/// A smaller screen shows only the focused pane, below one line with the titles of the others.
const MIN_STACK_SCREEN: Size = Size { width: 60, height: 16 };
/// A narrower screen has no detail pane.
const MIN_DETAIL_SCREEN_COLS: u16 = 196;
/// What the tables beside the detail pane need for all of their columns; they share an edge.
const MIN_COLS_BESIDE_DETAIL: u16 = 137;
/// With both edges.
const MAX_DETAIL_COLS: u16 = 86;
/// The titles of four panes, and the lower edge of the last one.
const FRAME_ROWS: u16 = 5;
/// The head of a table.
const HEAD_ROWS: u16 = 1;
/// Lists with fewer rows than this, although they have more, are shown by their title alone.
const MIN_LIST_ROWS: u16 = HEAD_ROWS + 2;
/// The keys pane never has fewer rows.
const MIN_KEYS_ROWS: u16 = HEAD_ROWS + 3;
/// The rows that the focused list gets before any other.
const FOCUSED_ROWS: u16 = HEAD_ROWS + 8;

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

/// Divides the screen. `messages` is the number of lines above the footer, which has at least one itself.
pub(crate) fn areas(size: Size, messages: u16, footer: u16) -> Areas {
    let screen = Rect::new(0, 0, size.width, size.height);
    let [status, body, messages, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(messages),
        Constraint::Length(footer.max(1)),
    ])
    .areas(screen);
    Areas { status, body, messages, footer }
}

/// Where a pane of the home screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PaneArea {
    /// The line with the title; in a stack with a frame, also its border to the pane above.
    pub(crate) title: Rect,
    /// The title, the edges, and what is within them. Neighbours in a frame share a row.
    pub(crate) frame: Rect,
    /// The area within the edges. It has no rows if the pane is shown by its title alone.
    pub(crate) inside: Rect,
}

/// The panes of the home screen, one above the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stack {
    pub(crate) panes: [PaneArea; 4],
    /// Beside the panes below the plans, with its edges.
    pub(crate) detail: Option<Rect>,
    /// Small screens have no edges, which would cost rows and columns.
    pub(crate) has_frame: bool,
}

/// How much the panes have to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Numbers of rows.
    pub(crate) plans: usize,
    pub(crate) pool: usize,
    pub(crate) has_test_results: bool,
}

impl PaneArea {
    pub(crate) const fn is_title_only(&self) -> bool {
        self.inside.height == 0
    }
}

impl Stack {
    /// Divides `body`, which is what the other lines leave of the screen.
    pub(crate) fn new(body: Rect, screen: Size, focus: Pane, contents: Contents) -> Self {
        if screen.width < MIN_STACK_SCREEN.width || screen.height < MIN_STACK_SCREEN.height {
            return Self { panes: single_pane(body, focus), detail: None, has_frame: false };
        }
        let detail_cols = detail_cols(screen.width);
        let mut y = body.y;
        let mut pane_cols = body.width;
        let panes =
            stacked_rows(body.height.saturating_sub(FRAME_ROWS), screen, focus, contents).map(|rows| {
                let title = Rect { y, height: 1, width: pane_cols, ..body };
                // Only the first pane, that of the plans, has the full width.
                pane_cols = detail_cols.map_or(body.width, |cells| body.width + 1 - cells);
                y += 1 + rows;
                let inside = Rect {
                    x: body.x + 1,
                    y: title.y + 1,
                    width: title.width.saturating_sub(2),
                    height: rows,
                };
                PaneArea { title, frame: Rect { height: rows + 2, ..title }, inside }
            });
        let top = panes[Pane::Pool as usize].title.y;
        let detail = detail_cols.map(|cells| Rect {
            x: body.right() - cells,
            y: top,
            width: cells,
            height: body.bottom().saturating_sub(top),
        });
        Self { panes, detail, has_frame: true }
    }

    pub(crate) const fn pane(&self, pane: Pane) -> PaneArea {
        self.panes[pane as usize]
    }
}

fn detail_cols(screen_cols: u16) -> Option<u16> {
    let cells = (screen_cols + 1).saturating_sub(MIN_COLS_BESIDE_DETAIL).min(MAX_DETAIL_COLS);
    (screen_cols >= MIN_DETAIL_SCREEN_COLS).then_some(cells)
}

/// The focused pane below one line with the titles of the others.
fn single_pane(body: Rect, focus: Pane) -> [PaneArea; 4] {
    let [rule, title, inside] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(0)]).areas(body);
    let thirds: [Rect; 3] = Layout::horizontal([Constraint::Fill(1); 3]).areas(rule);
    let mut others = thirds.into_iter();
    Pane::ALL.map(|pane| {
        if pane == focus {
            return PaneArea { title, frame: title.union(inside), inside };
        }
        let title = others.next().unwrap_or_default();
        PaneArea { title, frame: title, inside: Rect { height: 0, ..title } }
    })
}

/// The rows of each pane without its title, if `rows` are to be divided.
fn stacked_rows(rows: u16, screen: Size, focus: Pane, contents: Contents) -> [u16; 4] {
    let mut spare = rows;
    let mut take = |wanted: u16| {
        let taken = wanted.min(spare);
        spare -= taken;
        taken
    };
    let mut test = take(test_rows(screen.height));
    let mut keys = take(if focus == Pane::Keys { FOCUSED_ROWS } else { MIN_KEYS_ROWS });
    if focus == Pane::Test && contents.has_test_results {
        test += take(u16::MAX);
    }
    let wanted = [contents.plans, contents.pool].map(list_rows);
    let [mut plans, mut pool] = [Pane::Plans, Pane::Pool].map(|pane| {
        let first = if focus == pane { FOCUSED_ROWS.min(wanted[pane as usize]) } else { 0 };
        take(first)
    });
    for (taken, wanted) in [&mut plans, &mut pool].into_iter().zip(wanted) {
        *taken += take(wanted - *taken);
        if *taken < wanted.min(MIN_LIST_ROWS) {
            keys += std::mem::take(taken);
        }
    }
    keys += take(u16::MAX);
    [plans, pool, keys, test]
}

const fn test_rows(screen_rows: u16) -> u16 {
    match screen_rows {
        ..30 => 1,
        30..50 => 3,
        50.. => 4,
    }
}

/// The rows of a list with its head; a list without rows has one line that says why.
fn list_rows(rows: usize) -> u16 {
    if rows == 0 { 1 } else { u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(HEAD_ROWS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENTS: Contents = Contents { plans: 5, pool: 6, has_test_results: false };

    /// The rows of plans, pool, keys and test on a screen with one line of messages.
    fn rows(width: u16, height: u16, focus: Pane, contents: Contents) -> [u16; 4] {
        let size = Size::new(width, height);
        Stack::new(areas(size, 1, 1).body, size, focus, contents).panes.map(|pane| pane.inside.height)
    }

    #[test]
    fn the_areas_cover_every_row_once() {
        for (width, height) in
            [(40, 10), (59, 40), (60, 16), (80, 24), (119, 40), (120, 30), (200, 60), (300, 10)]
        {
            for focus in Pane::ALL {
                let size = Size::new(width, height);
                let areas = areas(size, 1, 1);
                let stack = Stack::new(areas.body, size, focus, CONTENTS);
                let rows: u16 = stack.panes.iter().map(|pane| pane.inside.height).sum();
                let titles = if stack.has_frame { FRAME_ROWS } else { 2 };
                assert_eq!(rows + titles + 3, height, "{size} {focus:?}");
                assert!(stack.pane(focus).inside.height >= 1, "{size} {focus:?}");
                let edges = if stack.has_frame { 2 } else { 0 };
                let shown = |pane: &Pane| !stack.pane(*pane).is_title_only();
                for pane in Pane::ALL.into_iter().filter(shown) {
                    let beside = stack.detail.filter(|_| pane != Pane::Plans);
                    // They share an edge.
                    let beside = beside.map_or(0, |detail| detail.width - 1);
                    assert_eq!(stack.pane(pane).inside.width + edges + beside, width, "{size} {pane:?}");
                }
            }
        }
    }

    #[test]
    fn a_wide_screen_has_a_detail_pane_below_the_plans() {
        let detail = |width, height| {
            let size = Size::new(width, height);
            Stack::new(areas(size, 1, 1).body, size, Pane::Keys, CONTENTS).detail
        };
        assert_eq!(detail(195, 60), None);
        assert_eq!(detail(200, 60), Some(Rect::new(136, 8, 64, 50)));
        assert_eq!(detail(300, 60).map(|detail| detail.width), Some(86));
        assert_eq!(detail(200, 15), None);
    }

    #[test]
    fn the_focused_list_comes_first_then_plans_then_pool_and_the_keys_have_the_rest() {
        assert_eq!(rows(120, 35, Pane::Keys, CONTENTS), [6, 7, 11, 3]);
        assert_eq!(rows(80, 24, Pane::Keys, CONTENTS), [6, 0, 9, 1]);
        assert_eq!(rows(80, 24, Pane::Pool, CONTENTS), [4, 7, 4, 1]);
        assert_eq!(rows(80, 21, Pane::Pool, CONTENTS), [0, 7, 5, 1]);
        assert_eq!(rows(80, 24, Pane::Plans, CONTENTS), [6, 5, 4, 1]);
        assert_eq!(rows(200, 60, Pane::Plans, CONTENTS), [6, 7, 35, 4]);
        let many = Contents { plans: 300, pool: 300, ..CONTENTS };
        assert_eq!(rows(120, 35, Pane::Pool, many), [11, 9, 4, 3]);
    }

    #[test]
    fn a_focused_test_pane_grows_once_there_is_a_response_to_read() {
        assert_eq!(rows(80, 24, Pane::Test, CONTENTS), [6, 5, 4, 1]);
        let with_results = Contents { has_test_results: true, ..CONTENTS };
        assert_eq!(rows(80, 24, Pane::Test, with_results), [0, 0, 4, 12]);
    }

    #[test]
    fn a_small_screen_shows_the_focused_pane_below_the_titles_of_the_others() {
        assert_eq!(rows(40, 10, Pane::Keys, CONTENTS), [0, 0, 5, 0]);
        assert_eq!(rows(59, 40, Pane::Plans, CONTENTS), [35, 0, 0, 0]);
    }
}
