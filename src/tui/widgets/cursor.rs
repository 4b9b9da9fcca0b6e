//! The selected row of a list, and its scroll position.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cursor {
    pub(crate) selected: usize,
    /// The first visible row.
    pub(crate) top: usize,
}

/// A cursor movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// Down; negative is up.
    Rows(isize),
    /// In half pages down; negative is up.
    HalfPages(isize),
    First,
    Last,
}

impl Cursor {
    /// `height` is the number of visible rows.
    pub(crate) fn move_by(&mut self, motion: Motion, rows: usize, height: usize) {
        let last = rows.saturating_sub(1);
        self.selected = match motion {
            Motion::First => 0,
            Motion::Last => last,
            Motion::Rows(by) => self.selected.saturating_add_signed(by).min(last),
            Motion::HalfPages(halves) => {
                let by = halves.saturating_mul(isize::try_from((height / 2).max(1)).unwrap_or(1));
                self.selected.saturating_add_signed(by).min(last)
            }
        };
        self.clamp(rows, height);
    }

    /// Keeps the selected row in the list and visible.
    pub(crate) fn clamp(&mut self, rows: usize, height: usize) {
        self.selected = self.selected.min(rows.saturating_sub(1));
        let lowest = (self.selected + 1).saturating_sub(height.max(1));
        self.top = self.top.clamp(lowest, self.selected).min(rows.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_stays_on_screen() {
        let mut cursor = Cursor::default();
        cursor.move_by(Motion::Rows(-1), 100, 10);
        assert_eq!(cursor, Cursor { selected: 0, top: 0 });
        cursor.move_by(Motion::Rows(10), 100, 10);
        assert_eq!(cursor, Cursor { selected: 10, top: 1 });
        cursor.move_by(Motion::HalfPages(2), 100, 10);
        assert_eq!(cursor, Cursor { selected: 20, top: 11 });
        cursor.move_by(Motion::Last, 100, 10);
        assert_eq!(cursor, Cursor { selected: 99, top: 90 });
        cursor.move_by(Motion::Rows(-5), 100, 10);
        assert_eq!(cursor, Cursor { selected: 94, top: 90 });
    }

    #[test]
    fn a_shrinking_list_moves_the_cursor() {
        let mut cursor = Cursor { selected: 94, top: 90 };
        cursor.clamp(5, 10);
        assert_eq!(cursor, Cursor { selected: 4, top: 0 });
        cursor.clamp(0, 10);
        assert_eq!(cursor, Cursor { selected: 0, top: 0 });
    }
}
