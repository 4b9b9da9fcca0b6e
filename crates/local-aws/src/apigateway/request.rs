//! What an operation is asked, and what it answers.

use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::Refusal;

/// A request with its parts named.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) operation: &'static str,
    /// What stands in the path where its template has a name, in that order.
    pub(super) ids: Vec<String>,
    pub(super) query: Query,
    pub(super) body: &'a [u8],
    pub(super) now: Timestamp,
    /// By how much GetUsage is behind.
    pub(super) usage_lag: Duration,
    /// Whether GetApiKeys leaves the tags out.
    pub(super) lists_without_tags: bool,
}

impl Asked<'_> {
    /// The first ids of the path, of which its template has at least as many.
    pub(super) fn ids<const N: usize>(&self) -> [&str; N] {
        std::array::from_fn(|at| self.ids.get(at).map_or("", String::as_str))
    }

    /// The body as JSON; none is an empty object.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let body = if self.body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { self.body };
        serde_json::from_slice(body).map_err(|reason| Refusal::serialization(&reason))
    }
}

/// A status and, for most, a body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body) }
    }

    pub(super) fn created(body: Value) -> Self {
        Self { status: 201, body: Some(body) }
    }

    pub(super) fn accepted() -> Self {
        Self { status: 202, body: None }
    }

    pub(super) fn no_content() -> Self {
        Self { status: 204, body: None }
    }
}

/// The parameters of a query string, in order.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
                })
                .collect(),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// The decoded parts of a path.
pub(super) fn segments(path: &str) -> Vec<String> {
    path.trim_matches('/').split('/').map(decoded).collect()
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A moment as API Gateway writes it.
pub(super) fn epoch(at: Timestamp) -> Value {
    at.as_second().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_that_is_encoded_does_not_divide() {
        assert_eq!(
            segments("/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapikeys%2Fabc"),
            ["tags", "arn:aws:apigateway:us-east-1::/apikeys/abc"]
        );
    }

    #[test]
    fn parameters_are_decoded_and_may_come_more_than_once() {
        let query = Query::parse("tagKeys=a+b&tagKeys=c%26d&includeValues=TRUE&limit");
        assert_eq!(query.all("tagKeys").collect::<Vec<_>>(), ["a b", "c&d"]);
        assert!(query.is_true("includeValues"));
        assert_eq!(query.get("limit"), Some(""));
        assert_eq!(query.get("position"), None);
    }
}
