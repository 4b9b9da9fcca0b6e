//! How lists are sorted: by which column, and in which direction.

use std::cmp::Ordering;

use crate::tui::model::natural_sort;

/// What comes first and what last, as an operator reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Direction {
    first: &'static str,
    last: &'static str,
}

impl Direction {
    pub(crate) const ALPHABETIC: Self = Self { first: "A", last: "Z" };
    pub(crate) const MOST_FIRST: Self = Self { first: "high", last: "low" };
    pub(crate) const LEAST_FIRST: Self = Self { first: "low", last: "high" };
    pub(crate) const NEWEST_FIRST: Self = Self { first: "new", last: "old" };
    pub(crate) const SOONEST_FIRST: Self = Self { first: "soon", last: "late" };
    pub(crate) const DISABLED_FIRST: Self = Self { first: "no", last: "yes" };

    /// For example `A→Z`, or inverted `Z→A`.
    pub(crate) fn describe(self, is_inverted: bool) -> String {
        let (first, last) = if is_inverted { (self.last, self.first) } else { (self.first, self.last) };
        format!("{first}→{last}")
    }

    /// Whether a greater number comes first.
    const fn is_descending(self) -> bool {
        matches!(self.first.as_bytes(), b"high" | b"new")
    }
}

/// What a row is sorted by in one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SortKey {
    Text(String),
    Number(f64),
    /// Comes last in either direction.
    Missing,
}

impl From<&str> for SortKey {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<f64>> for SortKey {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }
}

#[expect(clippy::cast_precision_loss, reason = "only compared: equal only if both are above 2^53")]
impl From<Option<u64>> for SortKey {
    fn from(number: Option<u64>) -> Self {
        Self::from(number.map(|number| number as f64))
    }
}

impl SortKey {
    fn compare(&self, other: &Self, direction: Direction, is_inverted: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Missing, Self::Missing) => return Ordering::Equal,
            (Self::Missing, _) => return Ordering::Greater,
            (_, Self::Missing) => return Ordering::Less,
            (Self::Text(a), Self::Text(b)) => natural_sort::compare(a, b),
            (Self::Number(a), Self::Number(b)) if direction.is_descending() => b.total_cmp(a),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
        };
        if is_inverted { order.reverse() } else { order }
    }
}

/// By which column a list is sorted. Its head names the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListOrder {
    pub(crate) head: &'static str,
    pub(crate) direction: Direction,
    pub(crate) is_inverted: bool,
}

impl ListOrder {
    /// For example `by tenant A→Z`.
    pub(crate) fn describe(self) -> String {
        format!("by {} {}", self.head, self.direction.describe(self.is_inverted))
    }

    /// Sorts rows, which stay in their order where the keys are equal.
    pub(crate) fn sort<R>(self, rows: Vec<R>, key: impl Fn(&R) -> SortKey) -> Vec<R> {
        let mut keyed: Vec<(SortKey, R)> = rows.into_iter().map(|row| (key(&row), row)).collect();
        keyed.sort_by(|(a, _), (b, _)| a.compare(b, self.direction, self.is_inverted));
        keyed.into_iter().map(|(_, row)| row).collect()
    }
}

/// The columns by which a list can be sorted, from left to right, and its order now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SortColumns {
    pub(crate) columns: Vec<(&'static str, Direction)>,
    /// `None` for an order of its own.
    pub(crate) order: Option<ListOrder>,
}

impl SortColumns {
    /// The order by this column; reversed if the list is in it already.
    pub(crate) fn choose(&self, head: &str) -> Option<ListOrder> {
        let &(head, direction) = self.columns.iter().find(|(other, _)| *other == head)?;
        let is_again = self.order.filter(|order| order.head == head);
        Some(ListOrder { head, direction, is_inverted: is_again.is_some_and(|order| !order.is_inverted) })
    }

    /// The order by the column beside the one that the list is sorted by.
    pub(crate) fn beside(&self, is_right: bool) -> Option<ListOrder> {
        let count = self.columns.len();
        let at = self.order.and_then(|order| self.columns.iter().position(|(head, _)| *head == order.head));
        let next = match (at, is_right) {
            (None, true) => 0,
            (None, false) => count.checked_sub(1)?,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        let &(head, direction) = self.columns.get(next)?;
        Some(ListOrder { head, direction, is_inverted: false })
    }

    pub(crate) fn inverted(&self) -> Option<ListOrder> {
        self.order.map(|order| ListOrder { is_inverted: !order.is_inverted, ..order })
    }

    /// A letter for each column: the first one of its head that no column before it has.
    pub(crate) fn letters(&self) -> Vec<Option<char>> {
        let mut taken: Vec<char> = Vec::new();
        let spare = || ('a'..='z').chain('0'..='9');
        let heads = self.columns.iter().map(|(head, _)| head.to_lowercase());
        heads
            .map(|head| {
                let of_head = head.chars().filter(|c| c.is_alphanumeric() || *c == '%');
                let letter = of_head.chain(spare()).find(|letter| !taken.contains(letter));
                taken.extend(letter);
                letter
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(order: Option<ListOrder>) -> SortColumns {
        let columns = vec![
            ("plan", Direction::ALPHABETIC),
            ("price", Direction::MOST_FIRST),
            ("%", Direction::MOST_FIRST),
            ("p", Direction::ALPHABETIC),
        ];
        SortColumns { columns, order }
    }

    #[test]
    fn a_column_chosen_again_is_reversed() {
        let first = columns(None).choose("%").expect("a column");
        assert_eq!(first.describe(), "by % high→low");
        let again = columns(Some(first)).choose("%").expect("a column");
        assert_eq!(again.describe(), "by % low→high");
        assert_eq!(columns(Some(again)).inverted(), Some(first));
        assert_eq!(columns(None).inverted(), None);
    }

    #[test]
    fn the_columns_beside_the_last_and_the_first_one_are_the_other_end() {
        let beside = |order, is_right| columns(order).beside(is_right).map(|order| order.head);
        let by = |head| columns(None).choose(head);
        assert_eq!((beside(by("plan"), true), beside(by("p"), true)), (Some("price"), Some("plan")));
        assert_eq!((beside(by("price"), false), beside(by("plan"), false)), (Some("plan"), Some("p")));
        assert_eq!((beside(None, true), beside(None, false)), (Some("plan"), Some("p")));
    }

    #[test]
    fn every_column_has_a_letter_of_its_own() {
        assert_eq!(columns(None).letters(), [Some('p'), Some('r'), Some('%'), Some('a')]);
    }

    #[test]
    fn missing_values_come_last_in_either_direction() {
        let numbers = [Some(2), None, Some(10), Some(1)];
        for (is_inverted, sorted) in
            [(false, [Some(10), Some(2), Some(1), None]), (true, [Some(1), Some(2), Some(10), None])]
        {
            let order = ListOrder { head: "used", direction: Direction::MOST_FIRST, is_inverted };
            assert_eq!(order.sort(numbers.to_vec(), |number| SortKey::from(*number)), sorted);
        }
    }

    #[test]
    fn texts_are_sorted_as_numbers_where_they_have_some() {
        let order = ListOrder { head: "plan", direction: Direction::ALPHABETIC, is_inverted: false };
        assert_eq!(order.sort(vec!["web-10", "Web-2"], |text| SortKey::from(*text)), ["Web-2", "web-10"]);
    }
}
