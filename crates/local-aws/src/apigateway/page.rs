//! Paging: `position` and `limit` of a request, `item` and `position` of its response.
//!
//! Invariant: the last page has no position. A position is the sequence number of the last item returned, so paging
//! through keys, plans and REST APIs neither repeats nor skips an item while others are created or deleted. A short
//! list uses the item's index instead.

use serde_json::{Value, json};

use super::error::ApiError;
use super::request::Query;
use crate::state::SeqNo;

const DEFAULT_LIMIT: usize = 25;
const MAX_LIMIT: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageRequest {
    /// Sequence number of the last item of the previous page.
    pub(super) position: Option<SeqNo>,
    limit: usize,
}

impl PageRequest {
    pub(super) fn from_query(query: &Query) -> Result<Self, ApiError> {
        let position =
            query.get("position").filter(|text| !text.is_empty()).map(parse_position).transpose()?;
        let limit = match query.get("limit").map(str::parse::<i64>) {
            None => DEFAULT_LIMIT,
            // AWS treats a negative limit like a missing one.
            Some(Ok(limit)) if limit <= 0 => DEFAULT_LIMIT,
            Some(Ok(limit)) => usize::try_from(limit).unwrap_or(MAX_LIMIT).min(MAX_LIMIT),
            Some(Err(_)) => return Err(ApiError::bad_request("Invalid limit parameter")),
        };
        Ok(Self { position, limit })
    }

    /// Returns the first items of `following`, and the position of the next page if there is one.
    pub(super) fn take_page<T>(
        self,
        following: impl Iterator<Item = (SeqNo, T)>,
    ) -> (Vec<T>, Option<String>) {
        let mut following = following.peekable();
        let (mut page, mut last) = (Vec::new(), 0);
        while page.len() < self.limit {
            let Some((seq_no, item)) = following.next() else { return (page, None) };
            (last, _) = (seq_no, page.push(item));
        }
        let next = following.peek().map(|_| position_token(last));
        (page, next)
    }

    /// Returns one page of a short list, whose positions are indexes from 1.
    pub(super) fn list_by_index<T>(
        self,
        all: impl Iterator<Item = T>,
        view: impl FnMut(T) -> Value,
    ) -> Value {
        let previous = self.position.unwrap_or(0);
        let following = (1..).zip(all).skip_while(|(index, _)| *index <= previous);
        self.list(following, view)
    }

    /// Returns one page of `following`, the items after the requested position.
    pub(super) fn list<T>(
        self,
        following: impl Iterator<Item = (SeqNo, T)>,
        view: impl FnMut(T) -> Value,
    ) -> Value {
        let (page, position) = self.take_page(following);
        json!({ "item": page.into_iter().map(view).collect::<Vec<_>>(), "position": position })
    }
}

fn position_token(seq_no: SeqNo) -> String {
    format!("p{seq_no:016x}")
}

fn parse_position(token: &str) -> Result<SeqNo, ApiError> {
    let seq_no = token.strip_prefix('p').and_then(|hex| SeqNo::from_str_radix(hex, 16).ok());
    seq_no.ok_or_else(|| ApiError::bad_request("Invalid position parameter"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn page(query: &str, count: u64) -> (usize, Option<String>) {
        let page_request = PageRequest::from_query(&Query::parse(query)).unwrap();
        let output = page_request.list_by_index(0..count, Value::from);
        let position = output["position"].as_str().map(str::to_owned);
        (output["item"].as_array().unwrap().len(), position)
    }

    #[test]
    fn the_default_limit_is_25_and_the_maximum_500() {
        for (query, count) in
            [("", 25), ("limit=7", 7), ("limit=0", 25), ("limit=-1", 25), ("limit=501", 500)]
        {
            assert_eq!(page(query, 1000).0, count, "{query}");
        }
        assert!(PageRequest::from_query(&Query::parse("limit=abc")).is_err());
    }

    #[test]
    fn positions_page_through_the_whole_list() {
        let (mut position, mut seen) = (String::new(), 0);
        loop {
            let (count, next) = page(&format!("limit=10&position={position}"), 30);
            seen += count;
            match next {
                Some(next) => position = next,
                None => break,
            }
        }
        assert_eq!(seen, 30, "the third page is full and has no next page");
        assert!(PageRequest::from_query(&Query::parse("position=invalid")).is_err());
    }
}
