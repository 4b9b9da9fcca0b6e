//! Finds rows that moved up or down between two screens, so that the terminal can move them itself.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;

use ratatui::buffer::{Buffer, Cell};

/// A scroll has to save at least this many bytes: its control sequence is as long.
const MIN_SAVED_BYTES: usize = 20;
/// About the length of a move within a row.
const MOVE_BYTES: usize = 5;

/// Moves the rows of a region by `by`; the rows that become free are blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scroll {
    pub(super) region: RangeInclusive<usize>,
    /// At least 1, and less than the rows of the region.
    pub(super) by: usize,
    pub(super) direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// Returns the scroll after which `next` is written over `shown` in the fewest bytes, if it saves enough of them. Both
/// have the same size.
pub(super) fn find(shown: &Buffer, next: &Buffer) -> Option<Scroll> {
    let (old, new) = (rows(shown), rows(next));
    let (by, direction) = most_frequent_move(&old, &new)?;
    // Scrolling down is scrolling up in a mirror.
    let (old, new) = match direction {
        Direction::Up => (old, new),
        Direction::Down => (mirrored(old), mirrored(new)),
    };
    let (saved, top, bottom) = best_region(&old, &new, by)?;
    let last = new.len() - 1;
    let region = match direction {
        Direction::Up => top..=bottom,
        Direction::Down => last - bottom..=last - top,
    };
    (saved >= MIN_SAVED_BYTES).then_some(Scroll { region, by, direction })
}

impl Scroll {
    /// Does to `shown` what the terminal does to the screen.
    pub(super) fn apply_to(&self, shown: &mut Buffer) {
        let width = usize::from(shown.area.width);
        let cells = &mut shown.content[self.region.start() * width..(self.region.end() + 1) * width];
        let (moved, kept) = (self.by * width, cells.len() - self.by * width);
        match self.direction {
            Direction::Up => {
                cells.rotate_left(moved);
                cells[kept..].fill(Cell::EMPTY);
            }
            Direction::Down => {
                cells.rotate_right(moved);
                cells[..moved].fill(Cell::EMPTY);
            }
        }
    }
}

type Row<'a> = &'a [Cell];

fn rows(buffer: &Buffer) -> Vec<Row<'_>> {
    buffer.content.chunks(usize::from(buffer.area.width).max(1)).collect()
}

fn mirrored(mut rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    rows.reverse();
    rows
}

/// By how many rows most of the changed rows moved.
fn most_frequent_move(old: &[Row<'_>], new: &[Row<'_>]) -> Option<(usize, Direction)> {
    // Two rows are not worth a scroll.
    let changed: Vec<usize> = (0..new.len()).filter(|&at| old[at] != new[at]).collect();
    let (first, last) = (*changed.first()?, *changed.get(2).and(changed.last())?);
    let hashed: Vec<(usize, u64)> = changed.iter().map(|&at| (at, hash(old[at]))).collect();
    let (mut up, mut down) = (vec![0; last - first + 1], vec![0; last - first + 1]);
    for at in changed {
        let row = hash(new[at]);
        for (from, _) in hashed.iter().filter(|(from, old)| *old == row && *from != at) {
            if *from > at { up[from - at] += 1 } else { down[at - from] += 1 }
        }
    }
    let moves = |counts: Vec<usize>, direction| {
        counts.into_iter().enumerate().map(move |(by, count)| (count, (by, direction)))
    };
    let best =
        moves(up, Direction::Up).chain(moves(down, Direction::Down)).max_by_key(|(count, _)| *count)?;
    (best.0 > 0).then_some(best.1)
}

fn hash(row: Row<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}

/// The bytes that scrolling up by `by` saves, and the first and last row of the region where it saves the most.
fn best_region(old: &[Row<'_>], new: &[Row<'_>], by: usize) -> Option<(usize, usize, usize)> {
    let signed = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
    let unscrolled: Vec<i64> = (0..new.len()).map(|at| signed(count_bytes(old[at], new[at]))).collect();
    let blank = vec![Cell::EMPTY; new.first().map_or(0, |row| row.len())];
    // Sums up to each row: what is saved where the row is moved, and where it is free.
    let sums = |saved: &dyn Fn(usize) -> i64| -> Vec<i64> {
        let sum = |sum: &mut i64, at| {
            *sum += saved(at);
            Some(*sum)
        };
        std::iter::once(0).chain((0..new.len()).scan(0, sum)).collect()
    };
    let moved =
        sums(&|at| old.get(at + by).map_or(0, |row| unscrolled[at] - signed(count_bytes(row, new[at]))));
    let freed = sums(&|at| unscrolled[at] - signed(count_bytes(&blank, new[at])));
    let regions = (0..new.len()).flat_map(|top| (top + by..new.len()).map(move |bottom| (top, bottom)));
    let saved = |(top, bottom): (usize, usize)| {
        let first_free = bottom + 1 - by;
        let bytes = moved[first_free] - moved[top] + freed[bottom + 1] - freed[first_free];
        Some((usize::try_from(bytes).ok()?, top, bottom))
    };
    regions.filter_map(saved).max_by_key(|(saved, ..)| *saved)
}

/// About the bytes that write `new` over `old`: the changed cells, and a move to them or the few cells in between.
fn count_bytes(old: Row<'_>, new: Row<'_>) -> usize {
    let (mut bytes, mut unchanged) = (0, MOVE_BYTES);
    for (old, new) in old.iter().zip(new) {
        if old == new {
            unchanged += 1;
        } else {
            bytes += 1 + unchanged.min(MOVE_BYTES);
            unchanged = 0;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(rows: &[&str]) -> Buffer {
        Buffer::with_lines(rows.iter().copied())
    }

    const LIST: [&str; 8] = [
        "status line: nothing of it ever moves",
        "first row of the list with some words",
        "second one, which is not like another",
        "third item, with a text of its own...",
        "and a fourth, of which much is known.",
        "number five has been here all along..",
        "the sixth is at the end of the screen",
        "footer: it stays where it is as well.",
    ];

    fn scrolled(direction: Direction, new_row: &'static str) -> Vec<&'static str> {
        let mut rows = LIST.to_vec();
        match direction {
            Direction::Up => {
                rows.remove(1);
                rows.insert(6, new_row);
            }
            Direction::Down => {
                rows.remove(6);
                rows.insert(1, new_row);
            }
        }
        rows
    }

    #[test]
    fn rows_that_moved_are_found_in_both_directions() {
        for direction in [Direction::Up, Direction::Down] {
            let next = screen(&scrolled(direction, "a row that was not on the screen yet."));
            let mut shown = screen(&LIST);
            let scroll = find(&shown, &next).expect("a scroll");
            assert_eq!(scroll, Scroll { region: 1..=6, by: 1, direction });
            scroll.apply_to(&mut shown);
            let left: Vec<_> = shown.diff(&next).into_iter().map(|(_, y, _)| y).collect();
            let free = if direction == Direction::Up { 6 } else { 1 };
            assert!(!left.is_empty() && left.iter().all(|y| *y == free), "{direction:?}: {left:?}");
        }
    }

    #[test]
    fn several_rows_at_once_are_found() {
        let mut next = LIST.to_vec();
        next[1..7].rotate_left(3);
        (next[4], next[5], next[6]) = ("new row one", "new row two", "new row three");
        let scroll = find(&screen(&LIST), &screen(&next)).expect("a scroll");
        assert_eq!((scroll.by, scroll.direction), (3, Direction::Up));
    }

    #[test]
    fn a_selected_row_that_stays_in_place_is_not_part_of_the_region() {
        let selected = |rows: &[&str]| {
            let mut buffer = screen(rows);
            let area = ratatui::layout::Rect { y: 6, height: 1, ..buffer.area };
            buffer.set_style(
                area,
                ratatui::style::Style::new().add_modifier(ratatui::style::Modifier::REVERSED),
            );
            buffer
        };
        let next = selected(&scrolled(Direction::Up, "the sixth is at the end of the screem"));
        let scroll = find(&selected(&LIST), &next).expect("a scroll");
        assert_eq!(scroll, Scroll { region: 1..=5, by: 1, direction: Direction::Up });
    }

    #[test]
    fn little_that_moved_or_other_changes_are_no_scroll() {
        assert_eq!(find(&screen(&LIST), &screen(&LIST)), None);
        let mut next = LIST;
        next[3] = "something else";
        assert_eq!(find(&screen(&LIST), &screen(&next)), None);
        assert_eq!(find(&screen(&["ab", "cd", "ef"]), &screen(&["cd", "ef", "gh"])), None);
        assert_eq!(find(&Buffer::default(), &Buffer::default()), None);
    }
}
