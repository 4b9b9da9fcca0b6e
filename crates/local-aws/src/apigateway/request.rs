//! The input and output of an operation.

use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ApiError;

#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) operation: &'static str,
    /// The path segments at the `{}` of the route's template, in order.
    pub(super) ids: Vec<String>,
    pub(super) query: Query,
    pub(super) body: &'a [u8],
    pub(super) now: Timestamp,
    /// How long after a call GetUsage reports it.
    pub(super) usage_lag: Duration,
    /// Whether GetApiKeys omits tags.
    pub(super) lists_without_tags: bool,
}

impl Input<'_> {
    /// Returns the first `N` ids of the path; the route's template must have at least as many.
    pub(super) fn ids<const N: usize>(&self) -> [&str; N] {
        std::array::from_fn(|index| self.ids.get(index).map_or("", String::as_str))
    }

    /// Parses the body as JSON. An empty body is an empty object.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let body = if self.body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { self.body };
        serde_json::from_slice(body).map_err(|reason| ApiError::serialization(&reason))
    }
}

#[derive(Debug)]
pub(super) struct Output {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

impl Output {
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

/// The decoded parameters of a query string, in order.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
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

pub(super) fn path_segments(path: &str) -> Vec<String> {
    path.strip_prefix('/').unwrap_or(path).split('/').map(decode).collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Returns a timestamp as API Gateway sends it: in seconds since the epoch.
pub(super) fn to_epoch_seconds(at: Timestamp) -> Value {
    at.as_second().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_slash_does_not_split_a_segment() {
        assert_eq!(
            path_segments("/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapikeys%2Fabc"),
            ["tags", "arn:aws:apigateway:us-east-1::/apikeys/abc"]
        );
    }

    #[test]
    fn query_parameters_are_decoded_and_may_repeat() {
        let query = Query::parse("tagKeys=a+b&tagKeys=c%26d&includeValues=TRUE&limit");
        assert_eq!(query.all("tagKeys").collect::<Vec<_>>(), ["a b", "c&d"]);
        assert!(query.is_true("includeValues"));
        assert_eq!(query.get("limit"), Some(""));
        assert_eq!(query.get("position"), None);
    }
}
