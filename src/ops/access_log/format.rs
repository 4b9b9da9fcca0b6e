//! Whether the lines of an access log format can be read: a sample line is read by the reader of logs.

use std::collections::BTreeSet;

use keypool_domain::charging::{AccessLogFields, LoggedAnswer};
use serde_json::{Map, Value};

use super::line::{
    Answer, BadLine, LogCall, LogLine, find_field, find_time_field, parse_line, response_type_names,
};

const API_KEY_ID: &str = "a1b2c3d4e5";
const REQUEST_TIME: &str = "28/Nov/2026:10:00:00 +0000";
/// The same time.
const REQUEST_TIME_EPOCH: &str = "1795860000000";

const VARIABLE_PREFIX: &str = "$context.";

/// Returns why the lines of a format cannot be charged, if so.
pub(crate) fn check_format(format: &str, fields: &AccessLogFields) -> Result<(), String> {
    let line = render_sample(format);
    // API Gateway writes the format as one record, which would be several lines.
    let line = if line.trim().contains('\n') {
        Err(BadLine::NotJson)
    } else {
        parse_line(line.as_bytes(), None, fields)
    };
    let LogCall { api_key, tenant, answer, at } = match line {
        Ok(LogLine::Call(call)) => call,
        Ok(LogLine::Empty) => return Err("it is empty".to_owned()),
        Err(why) => return Err(why.describe(fields)),
    };
    if api_key.as_deref() != Some(API_KEY_ID) {
        return Err(format!("its field {} is not $context.identity.apiKeyId", fields.api_key));
    }
    if tenant.is_none() {
        return Err(format!("it has no field {} for the tenant", fields.tenant));
    }
    if at.as_millisecond().to_string() != REQUEST_TIME_EPOCH {
        return Err("its time is neither $context.requestTimeEpoch nor $context.requestTime".to_owned());
    }
    match answer {
        Answer::Typed(LoggedAnswer::Accepted) | Answer::Status(200) => Ok(()),
        Answer::Status(_) | Answer::Typed(LoggedAnswer::Limited | LoggedAnswer::Refused) => {
            Err(format!("its field {} is not $context.status", fields.status))
        }
    }
}

/// The fields of the formats of one log group, by which its lines are counted without reading each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FormatFields {
    /// API key, tenant, and what the answer is read from.
    pub(super) names: Vec<String>,
    /// The field with the time in milliseconds since 1970, if all formats have it in the same.
    pub(super) time: Option<String>,
}

impl FormatFields {
    /// Of formats whose lines can be charged.
    pub(super) fn of_formats<'a>(formats: impl Iterator<Item = &'a str>, fields: &AccessLogFields) -> Self {
        let (mut answers, mut times) = (BTreeSet::new(), BTreeSet::new());
        for format in formats {
            let line = parse_sample(&render_sample(format));
            answers.extend(response_type_names(fields).filter(|name| find_field(&line, name).is_some()));
            let time = find_time_field(&line, fields).filter(|(_, value)| match value {
                Value::String(text) => text == REQUEST_TIME_EPOCH,
                Value::Number(number) => number.to_string() == REQUEST_TIME_EPOCH,
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
            });
            times.insert(time.map(|(name, _)| name.to_owned()));
        }
        let mut names = vec![fields.api_key.clone(), fields.tenant.clone()];
        names.extend(
            [fields.status.clone()].into_iter().filter(|status| !names.contains(status)).collect::<Vec<_>>(),
        );
        names.extend(answers.into_iter().map(str::to_owned));
        Self { names, time: times.pop_first().flatten().filter(|_| times.is_empty()) }
    }
}

/// The sample line as an object; API Gateway writes one record.
fn parse_sample(line: &str) -> Map<String, Value> {
    let start = line.find('{').unwrap_or(line.len());
    serde_json::from_str(&line[start..]).unwrap_or_default()
}

/// Fills in the variables as in a call that succeeds.
fn render_sample(format: &str) -> String {
    let (mut line, mut rest) = (String::new(), format);
    while let Some((before, after)) = rest.split_once(VARIABLE_PREFIX) {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
        let (name, remainder) = after.split_at(after.find(|c| !is_name(c)).unwrap_or(after.len()));
        line.push_str(before);
        line.push_str(sample_value(name));
        rest = remainder;
    }
    line + rest
}

fn sample_value(name: &str) -> &'static str {
    match name {
        "identity.apiKeyId" => API_KEY_ID,
        "requestTime" => REQUEST_TIME,
        "requestTimeEpoch" => REQUEST_TIME_EPOCH,
        "status" => "200",
        "error.message" | "error.responseType" => "-",
        // The only variable whose value has quotes of its own.
        "error.messageString" => "\"-\"",
        name if is_number(name) => "1",
        _ => "sample",
    }
}

/// Variables such as `responseLatency`, which a format may have without quotes.
fn is_number(name: &str) -> bool {
    ["atency", "tatus", "ength"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use keypool_domain::setup::AccessLog;

    use super::*;

    #[test]
    fn a_log_group_is_counted_by_the_fields_that_its_formats_have() {
        let fields = AccessLogFields::default();
        let ours = AccessLog::to_destination("arn:aws:logs:r:1:log-group:l", &fields).format;
        let rest = r#""apiKeyId":"$context.identity.apiKeyId","tenant":"$context.authorizer.org","status":"$context.status"}"#;
        let text_time = format!(r#"{{"requestTime":"$context.requestTime",{rest}"#);
        let other_time = format!(r#"{{"requestTimeEpoch":$context.requestTimeEpoch,{rest}"#);
        let of_formats = |formats: &[&str]| {
            let FormatFields { names, time } = FormatFields::of_formats(formats.iter().copied(), &fields);
            (names.join(" "), time)
        };
        let with_answer = "apiKeyId tenant status err".to_owned();
        assert_eq!(of_formats(&[&ours]), (with_answer.clone(), Some("ts".to_owned())));
        let plain = "apiKeyId tenant status".to_owned();
        assert_eq!(of_formats(&[&other_time]), (plain.clone(), Some("requestTimeEpoch".to_owned())));
        assert_eq!(of_formats(&[&text_time]), (plain, None), "it has no number to compare with");
        assert_eq!(of_formats(&[&ours, &other_time]), (with_answer, None), "the times are in two fields");
    }

    #[test]
    fn a_format_is_good_exactly_if_its_lines_can_be_charged() {
        let fields = AccessLogFields::default();
        let rest = r#""apiKeyId":"$context.identity.apiKeyId","tenant":"$context.authorizer.org"}"#;
        let ours = AccessLog::to_destination("arn:aws:logs:r:1:log-group:l", &fields).format;
        for format in [
            ours,
            format!(r#"{{"requestTime":"$context.requestTime","status":$context.status,{rest}"#),
            format!(r#"{{"ts":$context.requestTimeEpoch,"err":"$context.error.responseType",{rest}"#),
        ] {
            assert_eq!(check_format(&format, &fields), Ok(()), "{format}");
        }
        let clf = r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId"#;
        for (format, why) in [
            (clf.to_owned(), "CLF"),
            ("$context.identity.apiKeyId $context.status".to_owned(), "JSON"),
            (format!(r#"{{"ts":"$context.requestTimeEpoch",{rest}"#), "status"),
            (format!(r#"{{"status":"$context.status",{rest}"#), "no time"),
            (format!(r#"{{"ts":"$context.status","status":"$context.status",{rest}"#), "time"),
            (format!(r#"{{"ts":"$context.requestTime","status":"$context.stage",{rest}"#), "status"),
            (format!(r#"{{"ts":"$context.requestTime","status":404,{rest}"#), "status"),
            (format!(r#"{{"ts":"$context.requestTime","err":"THROTTLED",{rest}"#), "status"),
            (format!(r#"{{"path":$context.path,"ts":"$context.requestTime","status":200,{rest}"#), "JSON"),
            (r#"{"ts":"$context.requestTime","status":"$context.status","apiKeyId":"$context.requestId","tenant":"x"}"#.to_owned(), "apiKeyId"),
            (r#"{"ts":"$context.requestTime","status":"$context.status","apiKeyId":"$context.identity.apiKeyId"}"#.to_owned(), "tenant"),
            (String::new(), "empty"),
        ] {
            let problem = check_format(&format, &fields).expect_err(&format);
            assert!(problem.contains(why), "{problem}: {format}");
        }
    }

    #[test]
    fn the_format_that_keypool_sets_has_the_fields_that_it_reads() {
        let fields = AccessLogFields {
            api_key: "context.identity.apiKeyId".to_owned(),
            tenant: "path".to_owned(),
            time: Some("when".to_owned()),
            status: "a \"b\" \\".to_owned(),
        };
        let format = AccessLog::to_destination("arn:aws:logs:r:1:log-group:l", &fields).format;
        assert_eq!(check_format(&format, &fields), Ok(()), "{format}");
    }
}
