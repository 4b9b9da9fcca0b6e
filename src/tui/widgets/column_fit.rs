//! Which columns of a table are shown at a width, and how wide they are.
//!
//! Columns go in a fixed order as a table becomes narrower, so a wider table shows every column of a narrower one.

/// What a column needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnRoom {
    /// Columns of rank 0 never go; the others in the order of their ranks, the greatest first.
    pub(crate) rank: u8,
    pub(crate) min_cols: u16,
    /// The width that columns of lower importance leave to this one.
    pub(crate) wanted_cols: u16,
    pub(crate) max_cols: u16,
    /// Blank cells after it, unless it is the last one.
    pub(crate) gap: u16,
    /// Whether it grows only after all columns of text.
    pub(crate) grows_last: bool,
}

/// Columns up to this rank are shown as soon as all others are at their least width.
const LAST_ESSENTIAL_RANK: u8 = 1;

/// The width of each column; `None` if it is not shown.
pub(crate) fn fit(cells: u16, columns: &[ColumnRoom]) -> Vec<Option<u16>> {
    let mut ranks: Vec<u8> = columns.iter().map(|column| column.rank).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let last_rank = ranks.into_iter().take_while(|rank| *rank == 0 || fits(cells, columns, *rank)).last();
    let last_rank = last_rank.unwrap_or(0);
    let is_shown = |column: &&ColumnRoom| column.rank <= last_rank;
    let last_gap = columns.iter().rfind(is_shown).map_or(0, |column| column.gap);
    let used: u16 = columns.iter().filter(is_shown).map(|column| column.min_cols + column.gap).sum();
    let used = used.saturating_sub(last_gap);
    let mut room = cells.saturating_sub(used);
    let mut missing = used.saturating_sub(cells);
    let mut widths: Vec<Option<u16>> =
        columns.iter().map(|column| is_shown(&column).then_some(column.min_cols)).collect();
    let growing = [false, true]
        .into_iter()
        .flat_map(|grows_last| (0..columns.len()).filter(move |at| columns[*at].grows_last == grows_last));
    for up_to in [|column: &ColumnRoom| column.wanted_cols, |column: &ColumnRoom| column.max_cols] {
        for at in growing.clone() {
            if let Some(width) = &mut widths[at] {
                let more = up_to(&columns[at]).saturating_sub(*width).min(room);
                *width += more;
                room -= more;
            }
        }
    }
    // A table that is narrower than all that never goes cuts its last columns.
    for width in widths.iter_mut().rev().flatten() {
        let less = missing.min(*width);
        *width -= less;
        missing -= less;
    }
    widths
}

/// Whether all columns up to this rank fit.
fn fits(cells: u16, columns: &[ColumnRoom], rank: u8) -> bool {
    let width = |column: &ColumnRoom| {
        let is_least = rank <= LAST_ESSENTIAL_RANK || column.grows_last;
        column.gap + if is_least { column.min_cols } else { column.wanted_cols }
    };
    let shown = || columns.iter().filter(|column| column.rank <= rank);
    let last_gap = shown().next_back().map_or(0, |column| u32::from(column.gap));
    let used = shown().map(|column| u32::from(width(column))).sum::<u32>();
    used.saturating_sub(last_gap) <= u32::from(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn text(rank: u8, min_cols: u16, wanted_cols: u16, max_cols: u16) -> ColumnRoom {
        ColumnRoom { rank, min_cols, wanted_cols, max_cols, gap: 1, grows_last: false }
    }

    const fn number(rank: u8, cols: u16) -> ColumnRoom {
        ColumnRoom { gap: 2, ..text(rank, cols, cols, cols) }
    }

    /// Name, plan, number of calls, percentage and bar.
    const COLUMNS: [ColumnRoom; 5] = [
        text(0, 12, 18, 40),
        text(3, 8, 12, 24),
        number(2, 7),
        number(1, 5),
        ColumnRoom { grows_last: true, ..text(4, 6, 6, 18) },
    ];

    #[test]
    fn a_wider_table_shows_every_column_of_a_narrower_one() {
        let mut shown = vec![false; COLUMNS.len()];
        for cells in 1..200 {
            let wider: Vec<_> = fit(cells, &COLUMNS).iter().map(Option::is_some).collect();
            let lost = shown.iter().zip(&wider).any(|(narrow, wide)| *narrow && !*wide);
            assert!(!lost, "{cells}: {shown:?}, {wider:?}");
            shown = wider;
        }
        assert_eq!(shown, [true; COLUMNS.len()]);
    }

    #[test]
    fn the_columns_never_take_more_than_the_table_has() {
        for cells in 1..200 {
            let widths = fit(cells, &COLUMNS);
            let shown: Vec<(u16, u16)> = (widths.iter().zip(&COLUMNS))
                .filter_map(|(width, column)| width.map(|width| (width, column.gap)))
                .collect();
            let last_gap = shown.last().map_or(0, |(_, gap)| *gap);
            let sum: u16 = shown.iter().map(|(width, gap)| width + gap).sum();
            // A table that is narrower than a gap has no cells.
            assert!(sum - last_gap <= cells.max(2), "{cells}: {widths:?}");
        }
    }

    #[test]
    fn a_name_shrinks_for_the_most_important_column_and_for_no_other() {
        assert_eq!(fit(18, &COLUMNS), [Some(12), None, None, Some(5), None]);
        assert_eq!(fit(32, &COLUMNS), [Some(26), None, None, Some(5), None]);
        assert_eq!(fit(33, &COLUMNS), [Some(18), None, Some(7), Some(5), None]);
    }

    #[test]
    fn names_grow_before_bars() {
        assert_eq!(fit(83, &COLUMNS), [Some(40), Some(19), Some(7), Some(5), Some(6)]);
        assert_eq!(fit(200, &COLUMNS), [Some(40), Some(24), Some(7), Some(5), Some(18)]);
    }
}
