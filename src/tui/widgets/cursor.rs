//! Where one is in a list, and which part of it is on screen.

/// A selected row and the first visible one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cursor {
    /// The selected row.
    pub(crate) at: usize,
    /// The first row on screen.
    pub(crate) top: usize,
}

/// A way to move in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// So many rows down, or up where negative.
    Rows(isize),
    /// So many halves of a screen down, or up where negative.
    HalfPages(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl Cursor {
    /// Moves within a list of so many rows, of which a screen holds `height`.
    pub(crate) fn go(&mut self, motion: Motion, rows: usize, height: usize) {
        let last = rows.saturating_sub(1);
        self.at = match motion {
            Motion::First => 0,
            Motion::Last => last,
            Motion::Rows(by) => self.at.saturating_add_signed(by).min(last),
            Motion::HalfPages(halves) => {
                let by = halves.saturating_mul(isize::try_from((height / 2).max(1)).unwrap_or(1));
                self.at.saturating_add_signed(by).min(last)
            }
        };
        self.settle(rows, height);
    }

    /// Keeps the selected row in the list and on screen.
    pub(crate) fn settle(&mut self, rows: usize, height: usize) {
        self.at = self.at.min(rows.saturating_sub(1));
        let lowest = (self.at + 1).saturating_sub(height.max(1));
        self.top = self.top.clamp(lowest, self.at).min(rows.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_and_stays_on_screen() {
        let mut cursor = Cursor::default();
        cursor.go(Motion::Rows(-1), 100, 10);
        assert_eq!(cursor, Cursor { at: 0, top: 0 });
        cursor.go(Motion::Rows(10), 100, 10);
        assert_eq!(cursor, Cursor { at: 10, top: 1 });
        cursor.go(Motion::HalfPages(2), 100, 10);
        assert_eq!(cursor, Cursor { at: 20, top: 11 });
        cursor.go(Motion::Last, 100, 10);
        assert_eq!(cursor, Cursor { at: 99, top: 90 });
        cursor.go(Motion::Rows(-5), 100, 10);
        assert_eq!(cursor, Cursor { at: 94, top: 90 });
    }

    #[test]
    fn a_list_that_shrinks_takes_the_cursor_along() {
        let mut cursor = Cursor { at: 94, top: 90 };
        cursor.settle(5, 10);
        assert_eq!(cursor, Cursor { at: 4, top: 0 });
        cursor.settle(0, 10);
        assert_eq!(cursor, Cursor { at: 0, top: 0 });
    }
}
