//! One line of an access log: a call as a JSON object, alone, after a time, or in an event of CloudWatch Logs.

use jiff::Timestamp;
use keypool_domain::charging::{AccessLogFields, LoggedAnswer};
use serde_json::{Map, Value};

use super::time;

/// A longer API key id or tenant is no name: it would only take memory.
const MAX_NAME_BYTES: usize = 256;

/// The fields that may hold `$context.error.responseType`.
const RESPONSE_TYPE_NAMES: [&str; 5] =
    ["err", "responseType", "errorResponseType", "error.responseType", "context.error.responseType"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LogLine {
    Call(LogCall),
    Empty,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogCall {
    /// `None` if the call had none.
    pub(super) api_key: Option<String>,
    /// `None` if the line names none.
    pub(super) tenant: Option<String>,
    pub(super) answer: Answer,
    pub(super) at: Timestamp,
}

/// What the log says about the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Status(u16),
    /// By its response type.
    Typed(LoggedAnswer),
}

impl Answer {
    pub(super) fn logged(self) -> LoggedAnswer {
        match self {
            Self::Status(status) => LoggedAnswer::from_status(status),
            Self::Typed(answer) => answer,
        }
    }
}

/// Why a line is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadLine {
    NotJson,
    Clf,
    Csv,
    Xml,
    NoApiKey,
    NoStatus,
    NoTime,
    LongName,
    TooLong,
    /// A JSON document over several lines ends early, or what follows is no JSON.
    BrokenDocument,
}

impl BadLine {
    pub(super) fn describe(self, fields: &AccessLogFields) -> String {
        match self {
            Self::NotJson => "it is not a JSON object".to_owned(),
            Self::Clf => "it is in the format CLF, which does not name the API key".to_owned(),
            Self::Csv => "it is in the format CSV, which does not name the API key".to_owned(),
            Self::Xml => "it is in the format XML; only JSON is read".to_owned(),
            Self::NoApiKey => format!("it has no field {} for the API key", fields.api_key),
            Self::NoStatus => format!("it has no status in the field {}", fields.status),
            Self::NoTime => match &fields.time {
                Some(name) => format!("it has no time in the field {name}"),
                None => "it has no time, such as requestTimeEpoch or requestTime".to_owned(),
            },
            Self::LongName => format!("its API key or tenant is longer than {MAX_NAME_BYTES} bytes"),
            Self::TooLong => "it is too long".to_owned(),
            Self::BrokenDocument => "its JSON is broken or ends early".to_owned(),
        }
    }
}

/// Parses a line of text. `event_time` is the time of the event that it is in, if any.
pub(super) fn parse_line(
    line: &[u8],
    event_time: Option<Timestamp>,
    fields: &AccessLogFields,
) -> Result<LogLine, BadLine> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(LogLine::Empty);
    }
    let start = line.iter().position(|byte| *byte == b'{').unwrap_or(line.len());
    let (prefix, json) = line.split_at(start);
    match serde_json::from_slice(json) {
        Ok(object) => parse_object(&object, parse_prefix(prefix).or(event_time), fields),
        Err(_) => Err(recognize_format(line)),
    }
}

/// Parses an element of a JSON document.
pub(super) fn parse_record(
    record: &[u8],
    event_time: Option<Timestamp>,
    fields: &AccessLogFields,
) -> Result<LogLine, BadLine> {
    match serde_json::from_slice(record) {
        Ok(Value::Object(object)) => parse_object(&object, event_time, fields),
        Ok(Value::String(message)) => parse_line(message.as_bytes(), event_time, fields),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | Err(_) => {
            Err(BadLine::NotJson)
        }
    }
}

/// The time with which `aws logs tail` and exports to S3 begin a line.
pub(super) fn parse_prefix(prefix: &[u8]) -> Option<Timestamp> {
    time::parse_text(std::str::from_utf8(prefix).ok()?.split_ascii_whitespace().next()?)
}

fn parse_object(
    object: &Map<String, Value>,
    event_time: Option<Timestamp>,
    fields: &AccessLogFields,
) -> Result<LogLine, BadLine> {
    let Some(api_key) = find_field(object, &fields.api_key) else {
        return parse_event(object, event_time, fields).unwrap_or(Err(BadLine::NoApiKey));
    };
    parse_call(object, api_key, event_time, fields)
}

/// Parses the message of an event of CloudWatch Logs; `None` if the object is no event.
fn parse_event(
    event: &Map<String, Value>,
    event_time: Option<Timestamp>,
    fields: &AccessLogFields,
) -> Option<Result<LogLine, BadLine>> {
    let time = event.get("timestamp").or_else(|| event.get("@timestamp"))?;
    let time = time::parse_time(time).or(event_time);
    match event.get("message").or_else(|| event.get("@message"))? {
        // Each event in an event doubles the backslashes before its quotes, so there are few of them.
        Value::String(message) => Some(parse_line(message.as_bytes(), time, fields)),
        Value::Object(call) => {
            let api_key = find_field(call, &fields.api_key).ok_or(BadLine::NoApiKey);
            Some(api_key.and_then(|api_key| parse_call(call, api_key, time, fields)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

fn parse_call(
    call: &Map<String, Value>,
    api_key: &Value,
    event_time: Option<Timestamp>,
    fields: &AccessLogFields,
) -> Result<LogLine, BadLine> {
    let answer = read_answer(call, fields).ok_or(BadLine::NoStatus)?;
    let api_key = read_name(api_key)?;
    let tenant = find_field(call, &fields.tenant).map(read_name).transpose()?.flatten();
    let own_time = find_time_field(call, fields).and_then(|(_, value)| time::parse_time(value));
    let at = own_time.or(event_time).ok_or(BadLine::NoTime)?;
    Ok(LogLine::Call(LogCall { api_key, tenant, answer, at }))
}

/// The field with the call's own time, and its value, if it is one.
pub(super) fn find_time_field<'a>(
    call: &'a Map<String, Value>,
    fields: &'a AccessLogFields,
) -> Option<(&'a str, &'a Value)> {
    let with_time = |name: &'a str| {
        let value = find_field(call, name)?;
        time::parse_time(value).is_some().then_some((name, value))
    };
    match &fields.time {
        Some(name) => with_time(name),
        None => time::USUAL_NAMES.into_iter().find_map(with_time),
    }
}

/// The fields that may hold the response type, except those that hold something else.
pub(super) fn response_type_names(fields: &AccessLogFields) -> impl Iterator<Item = &'static str> {
    let AccessLogFields { api_key, tenant, time, status } = fields;
    let used = [api_key.as_str(), tenant.as_str(), status.as_str()];
    let has_other_use = move |name: &str| used.contains(&name) || time.as_deref() == Some(name);
    RESPONSE_TYPE_NAMES.into_iter().filter(move |name| !has_other_use(name))
}

/// The response type decides; without one, the status. `None` if the log has neither.
fn read_answer(call: &Map<String, Value>, fields: &AccessLogFields) -> Option<Answer> {
    let response_type = response_type_names(fields).find_map(|name| find_field(call, name)?.as_str());
    response_type.and_then(LoggedAnswer::from_response_type).map(Answer::Typed).or_else(|| {
        let status = find_field(call, &fields.status)?;
        let status = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
        Some(Answer::Status(u16::try_from(status).ok()?))
    })
}

/// `None` if there is none: API Gateway writes `-` for what a call does not have.
fn read_name(value: &Value) -> Result<Option<String>, BadLine> {
    let name = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Ok(None),
    };
    match name.as_str() {
        "" | "-" => Ok(None),
        name if name.len() > MAX_NAME_BYTES => Err(BadLine::LongName),
        _ => Ok(Some(name)),
    }
}

/// Finds a field by its name, or along the objects that the dots of the name separate.
pub(super) fn find_field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        name.match_indices('.')
            .find_map(|(dot, _)| find_field(object.get(&name[..dot])?.as_object()?, &name[dot + 1..]))
    })
}

/// Tells API Gateway's other formats apart, for a line that is not JSON.
fn recognize_format(line: &[u8]) -> BadLine {
    let contains = |part: &[u8]| line.windows(part.len()).any(|window| window == part);
    match line {
        [b'{', ..] => BadLine::NotJson,
        [b'<', ..] => BadLine::Xml,
        _ if contains(b" [") && contains(b"] \"") => BadLine::Clf,
        _ if line.iter().filter(|byte| **byte == b',').count() >= 6 => BadLine::Csv,
        _ => BadLine::NotJson,
    }
}
