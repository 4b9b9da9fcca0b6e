//! Formats a call's line in the access log: the stage's format with its `$context` variables filled in.
//!
//! Authorizers are not implemented. `$context.authorizer.tenantId` is the request's header `x-tenant-id` instead, so
//! that programs that count calls by tenant can be tested.

use jiff::Timestamp;

use super::{Request, Trace};

/// What is known about a call; fields of steps that the call did not reach are empty.
#[derive(Debug, Default)]
pub(super) struct AccessLogFields {
    pub(super) api_id: String,
    pub(super) stage: String,
    /// The format of the stage's access log; without it no line is written.
    pub(super) format: Option<String>,
    pub(super) destination: Option<String>,
    pub(super) resource_path: String,
    pub(super) api_key_id: String,
    /// The type of the gateway response, if the gateway itself rejected the call.
    pub(super) response_type: String,
}

const VARIABLE_PREFIX: &str = "$context.";

/// Returns the line, if the stage has an access log.
pub(super) fn format_line(trace: &Trace, request: &Request<'_>, status: u16) -> Option<String> {
    let mut rest = trace.access_log.format.as_deref().filter(|format| !format.is_empty())?;
    let mut line = String::new();
    while let Some((before, after)) = rest.split_once(VARIABLE_PREFIX) {
        let end = after
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')))
            .unwrap_or(after.len());
        let (name, remainder) = after.split_at(end);
        line.push_str(before);
        line.push_str(&escape(&variable_value(name, trace, request, status)));
        rest = remainder;
    }
    line.push_str(rest);
    Some(line)
}

/// Formats a time, in UTC, as CLF does.
fn format_request_time(at: Timestamp) -> String {
    at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

fn variable_value(name: &str, trace: &Trace, request: &Request<'_>, status: u16) -> String {
    let fields = &trace.access_log;
    match name {
        "requestId" => trace.request_id.clone(),
        "extendedRequestId" => trace.extended_id.clone(),
        "requestTime" => format_request_time(trace.at),
        "requestTimeEpoch" => trace.at.as_millisecond().to_string(),
        "apiId" => fields.api_id.clone(),
        "stage" => fields.stage.clone(),
        "resourcePath" => fields.resource_path.clone(),
        "path" => request.path.to_owned(),
        "httpMethod" => request.method.to_owned(),
        "status" => status.to_string(),
        "identity.apiKeyId" => fields.api_key_id.clone(),
        "error.responseType" => fields.response_type.clone(),
        "authorizer.tenantId" => {
            let header = request.headers.get("x-tenant-id").and_then(|value| value.to_str().ok());
            header.unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

/// Escapes quotes and backslashes as in JSON. An empty value becomes `-`.
fn escape(value: &str) -> String {
    if value.is_empty() {
        return "-".to_owned();
    }
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_request_has_the_form_of_aws() {
        let at = "2026-11-28T10:00:00.5Z".parse().expect("a time");
        assert_eq!(format_request_time(at), "28/Nov/2026:10:00:00 +0000");
    }
}
