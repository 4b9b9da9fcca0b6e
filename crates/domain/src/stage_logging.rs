//! Logging of a stage: execution log, access log, and the role.

use std::borrow::Cow;
use std::str::FromStr;

use crate::charging::AccessLogFields;
use crate::secret::mask_if_value;
use crate::words::words;

/// The variable with an API key's value; the one with its id has the same prefix.
const KEY_VALUE_VARIABLE: &str = "$context.identity.apiKey";
/// The maximum that API Gateway accepts.
const MAX_FORMAT_BYTES: usize = 3_072;

words! {
    /// How much the execution log records.
    pub enum LogLevel {
        Off => "OFF",
        /// Failed calls only.
        Error => "ERROR",
        /// All calls, including why a key was accepted or refused.
        Info => "INFO",
    }
}

/// Logging settings; a field that is `None` is not set, or stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageLogging {
    pub level: Option<LogLevel>,
    pub access: Option<AccessLog>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLog {
    /// ARN of a log group or a Firehose stream.
    pub destination: String,
    /// Template of a line, with API Gateway's variables.
    pub format: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogRefusal {
    #[error("`{given}` is not the ARN of a role: use arn:aws:iam::123456789012:role/NAME", given = mask_unless_arn(.0))]
    InvalidRole(String),
    #[error(
        "`{given}` is not an access log destination: use arn:aws:logs:REGION:ACCOUNT:log-group:NAME, or the stream \
         arn:aws:firehose:REGION:ACCOUNT:deliverystream/amazon-apigateway-NAME",
        given = mask_unless_arn(.0)
    )]
    InvalidDestination(String),
    /// The format would log key values.
    #[error("the format contains $context.identity.apiKey, the secret value: use $context.identity.apiKeyId")]
    KeyValueInFormat,
    #[error("the format has {0} bytes; the maximum is {MAX_FORMAT_BYTES}")]
    TooLong(usize),
}

/// Masks anything but an ARN, since it could be a key value.
fn mask_unless_arn(given: &str) -> Cow<'_, str> {
    if given.starts_with("arn:") { Cow::Borrowed(given) } else { mask_if_value(given) }
}

/// A format with these fields: one line per call, with the API key's id but never its value.
pub fn access_log_format(fields: &AccessLogFields) -> String {
    let needed = [
        (fields.time.as_deref().unwrap_or("ts"), "requestTimeEpoch"),
        (&*fields.api_key, "identity.apiKeyId"),
        (&*fields.tenant, "authorizer.tenantId"),
        (&*fields.status, "status"),
    ];
    let useful = [
        ("requestId", "requestId"),
        ("ext", "extendedRequestId"),
        ("path", "resourcePath"),
        ("verb", "httpMethod"),
        ("err", "error.responseType"),
    ];
    let is_unused = |(name, _): &(&str, &str)| needed.iter().all(|(needed, _)| needed != name);
    let render = |(name, variable): (&str, &str)| {
        let name = name.replace('\\', "\\\\").replace('"', "\\\"");
        format!(r#""{name}":"$context.{variable}""#)
    };
    let fields: Vec<_> = needed.into_iter().chain(useful.into_iter().filter(is_unused)).map(render).collect();
    format!("{{{}}}", fields.join(","))
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let level = Self::ALL.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(word));
        level.ok_or_else(|| format!("`{word}` is not a log level: use off, error or info"))
    }
}

/// Where an access log goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogDestination {
    /// A log group of CloudWatch Logs, by its name.
    LogGroup(String),
    /// A delivery stream of Firehose, by its name.
    Stream(String),
    Other,
}

impl AccessLog {
    pub fn destination_kind(&self) -> LogDestination {
        let name_after =
            |part: &str| Some(self.destination.split_once(part)?.1.trim_end_matches(":*").to_owned());
        let name_of = |service: &str, part: &str| {
            let is_service = self.destination.split(':').nth(2) == Some(service);
            name_after(part).filter(|name| is_service && !name.is_empty())
        };
        let group = name_of("logs", ":log-group:").map(LogDestination::LogGroup);
        let stream = || name_of("firehose", ":deliverystream/").map(LogDestination::Stream);
        group.or_else(stream).unwrap_or(LogDestination::Other)
    }

    /// An access log in keypool's format, to this destination.
    pub fn to_destination(destination: &str, fields: &AccessLogFields) -> Self {
        let destination = destination.trim().trim_end_matches(":*").to_owned();
        Self { destination, format: access_log_format(fields) }
    }

    pub fn has_key_value(&self) -> bool {
        let mut suffixes = self.format.split(KEY_VALUE_VARIABLE).skip(1);
        suffixes.any(|suffix| !suffix.starts_with(|next: char| next.is_ascii_alphanumeric()))
    }
}

impl StageLogging {
    /// E.g. "set the execution log to INFO".
    pub fn describe(&self) -> String {
        let level = self.level.map(|level| format!("set the execution log to {level}"));
        let access = self.access.as_ref().map(|log| format!("write access logs to {}", log.destination));
        let changes: Vec<_> = level.into_iter().chain(access).collect();
        if changes.is_empty() { "change nothing".to_owned() } else { changes.join(", ") }
    }
}

pub(crate) fn validate_role(arn: &str) -> Result<(), LogRefusal> {
    let is_role = arn.starts_with("arn:") && arn.contains(":iam::") && arn.contains(":role/");
    if is_role { Ok(()) } else { Err(LogRefusal::InvalidRole(arn.to_owned())) }
}

/// Checks what API Gateway requires, and that no key value would be logged.
pub(crate) fn validate_logging(logging: &StageLogging) -> Result<(), LogRefusal> {
    let Some(log) = &logging.access else { return Ok(()) };
    let group = log.destination.contains(":logs:") && log.destination.contains(":log-group:");
    let stream = log.destination.contains(":deliverystream/amazon-apigateway-");
    if !log.destination.starts_with("arn:") || !(group || stream) {
        return Err(LogRefusal::InvalidDestination(log.destination.clone()));
    }
    match log.format.len() {
        _ if log.has_key_value() => Err(LogRefusal::KeyValueInFormat),
        length if length > MAX_FORMAT_BYTES => Err(LogRefusal::TooLong(length)),
        _ => Ok(()),
    }
}
