//! FilterLogEvents. A call looks at a limited number of events, so a page may be empty although more follow, as at AWS.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{LogsError, parse_body};
use super::groups::{LOG_STREAM, LogEvent, LogGroupClass};
use crate::shared::Shared;

const MAX_LIMIT: usize = 10_000;
/// How many events a call looks at.
const EVENTS_PER_CALL: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilterLogEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    /// Milliseconds; both ends are included.
    start_time: Option<i64>,
    end_time: Option<i64>,
    #[serde(default)]
    filter_pattern: String,
    limit: Option<usize>,
    /// The number of the first event to look at.
    next_token: Option<String>,
}

pub(super) fn filter(shared: &Shared, body: &[u8], _: Timestamp) -> Result<Value, LogsError> {
    let input: FilterLogEvents = parse_body(body)?;
    let name = match (&input.log_group_name, &input.log_group_identifier) {
        (Some(name), None) | (None, Some(name)) => name,
        _ => {
            return Err(LogsError::invalid_parameter(
                "Exactly one of logGroupName and logGroupIdentifier is required",
            ));
        }
    };
    let limit = input.limit.unwrap_or(MAX_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(LogsError::invalid_parameter(format!("limit must be between 1 and {MAX_LIMIT}")));
    }
    let terms = parse_pattern(&input.filter_pattern)?;
    let first = match &input.next_token {
        Some(token) => {
            token.parse().map_err(|_| LogsError::invalid_parameter("The specified nextToken is invalid."))?
        }
        None => 0,
    };
    let (name, group) = shared.log_groups.find(name)?;
    if group.class == LogGroupClass::InfrequentAccess {
        return Err(LogsError::invalid_operation(format!(
            "The log group {name} is of log-group-class INFREQUENT_ACCESS. FilterLogEvents is not supported for this \
             log class."
        )));
    }
    let is_in_range = |at: i64| {
        input.start_time.is_none_or(|start| at >= start) && input.end_time.is_none_or(|end| at <= end)
    };
    let mut rest = group.events.iter().skip_while(|event| event.number < first).peekable();
    let mut events = Vec::new();
    for event in rest.by_ref().take(EVENTS_PER_CALL) {
        if is_in_range(event.at.as_millisecond()) && terms.iter().all(|term| event.message.contains(*term)) {
            events.push(event_json(event));
        }
        if events.len() == limit {
            break;
        }
    }
    let mut output = json!({ "events": events, "searchedLogStreams": [] });
    if let Some(next) = rest.peek() {
        output["nextToken"] = json!(next.number.to_string());
    }
    Ok(output)
}

fn event_json(event: &LogEvent) -> Value {
    let at = event.at.as_millisecond();
    json!({
        "logStreamName": LOG_STREAM,
        "timestamp": at,
        "ingestionTime": at,
        "message": event.message,
        "eventId": event.id(),
    })
}

/// The terms of a pattern of words and quoted phrases, all of which an event must contain.
fn parse_pattern(pattern: &str) -> Result<Vec<&str>, LogsError> {
    let not_served = || {
        LogsError::invalid_parameter("This local AWS serves filter patterns of words and \"phrases\" only.")
    };
    let mut terms = Vec::new();
    let mut rest = pattern.trim_start();
    while !rest.is_empty() {
        let (term, after) = match rest.strip_prefix('"') {
            Some(phrase) => phrase.split_once('"').ok_or_else(not_served)?,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        let is_word = term.chars().all(|c| c.is_alphanumeric() || c == '_');
        if term.is_empty() || !(rest.starts_with('"') || is_word) {
            return Err(not_served());
        }
        terms.push(term);
        rest = after.trim_start();
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_words_and_phrases() {
        assert_eq!(parse_pattern(" GET  \"a b\" prod"), Ok(vec!["GET", "a b", "prod"]));
        assert_eq!(parse_pattern(""), Ok(vec![]));
        for other in ["\"open", "{ $.status = 429 }", "-GET", "?GET ?PUT", "[a, b]", "\"\""] {
            assert!(parse_pattern(other).is_err(), "{other}");
        }
    }
}
