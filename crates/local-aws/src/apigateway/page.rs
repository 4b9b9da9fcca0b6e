//! Lists in pages: `position` and `limit` of a question, `item` and `position` of its answer.
//!
//! Invariant: the last page has no position. A position names the place of the last item shown, so pages of keys,
//! plans and REST APIs neither repeat nor miss what stays while others come and go; the short lists are counted.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::Query;
use crate::state::Place;

const DEFAULT_LIMIT: usize = 25;
const GREATEST_LIMIT: usize = 500;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// The place of the last item that was shown before.
    pub(super) position: Option<Place>,
    limit: usize,
}

impl Window {
    pub(super) fn of(query: &Query) -> Result<Self, Refusal> {
        let position = query.get("position").filter(|text| !text.is_empty()).map(place).transpose()?;
        let limit = match query.get("limit").map(str::parse::<i64>) {
            None => DEFAULT_LIMIT,
            // AWS answers a negative limit as if none were given.
            Some(Ok(limit)) if limit <= 0 => DEFAULT_LIMIT,
            Some(Ok(limit)) => usize::try_from(limit).unwrap_or(GREATEST_LIMIT).min(GREATEST_LIMIT),
            Some(Err(_)) => return Err(Refusal::bad_request("Invalid limit parameter")),
        };
        Ok(Self { position, limit })
    }

    /// The first items of what follows the position, and where the next page goes on.
    pub(super) fn first<T>(self, following: impl Iterator<Item = (Place, T)>) -> (Vec<T>, Option<String>) {
        let mut following = following.peekable();
        let (mut page, mut last) = (Vec::new(), 0);
        while page.len() < self.limit {
            let Some((place, item)) = following.next() else { return (page, None) };
            (last, _) = (place, page.push(item));
        }
        let next = following.peek().map(|_| token(last));
        (page, next)
    }

    /// The answer to a question for a part of a list that is short enough to be counted through.
    pub(super) fn of_all<T>(self, all: impl Iterator<Item = T>, view: impl FnMut(T) -> Value) -> Value {
        let seen = self.position.unwrap_or(0);
        let following = (1..).zip(all).skip_while(|(place, _)| *place <= seen);
        self.list(following, view)
    }

    /// The answer to a question for a part of a list.
    pub(super) fn list<T>(
        self,
        following: impl Iterator<Item = (Place, T)>,
        view: impl FnMut(T) -> Value,
    ) -> Value {
        let (page, position) = self.first(following);
        json!({ "item": page.into_iter().map(view).collect::<Vec<_>>(), "position": position })
    }
}

fn token(place: Place) -> String {
    format!("p{place:016x}")
}

fn place(token: &str) -> Result<Place, Refusal> {
    let place = token.strip_prefix('p').and_then(|hex| Place::from_str_radix(hex, 16).ok());
    place.ok_or_else(|| Refusal::bad_request("Invalid position parameter"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn page(query: &str, count: u64) -> (usize, Option<String>) {
        let window = Window::of(&Query::parse(query)).unwrap();
        let answer = window.of_all(0..count, Value::from);
        let position = answer["position"].as_str().map(str::to_owned);
        (answer["item"].as_array().unwrap().len(), position)
    }

    #[test]
    fn twenty_five_unless_said_otherwise_and_at_most_five_hundred() {
        for (query, shown) in
            [("", 25), ("limit=7", 7), ("limit=0", 25), ("limit=-1", 25), ("limit=501", 500)]
        {
            assert_eq!(page(query, 1000).0, shown, "{query}");
        }
        assert!(Window::of(&Query::parse("limit=many")).is_err());
    }

    #[test]
    fn positions_lead_through_the_list_and_end_with_it() {
        let (mut position, mut seen) = (String::new(), 0);
        loop {
            let (shown, next) = page(&format!("limit=10&position={position}"), 30);
            seen += shown;
            match next {
                Some(next) => position = next,
                None => break,
            }
        }
        assert_eq!(seen, 30, "the third page is full and yet the last");
        assert!(Window::of(&Query::parse("position=elsewhere")).is_err());
    }
}
