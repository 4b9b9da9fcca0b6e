//! The line of a call in its stage's access log: the stage's format with its `$context` variables filled in.
//!
//! There are no authorizers here. What one would put into `$context.authorizer.tenantId` is the request's own header
//! `x-tenant-id`, so that programs that count calls by tenant can be tried out.

use super::{Request, Trace};

/// What a line can say of a call, as far as the call came.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) api_id: String,
    pub(super) stage: String,
    /// The format of the stage's access log; without one there is no line.
    pub(super) format: Option<String>,
    pub(super) resource_path: String,
    pub(super) api_key_id: String,
    /// The kind of gateway response, where the gateway itself refused the call.
    pub(super) response_type: String,
}

const VARIABLE: &str = "$context.";

/// The line, where the stage writes an access log.
pub(super) fn line(trace: &Trace, request: &Request<'_>, status: u16) -> Option<String> {
    let mut rest = trace.seen.format.as_deref().filter(|format| !format.is_empty())?;
    let mut line = String::new();
    while let Some((before, after)) = rest.split_once(VARIABLE) {
        let end = after
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')))
            .unwrap_or(after.len());
        let (name, next) = after.split_at(end);
        line.push_str(before);
        line.push_str(&written(&value(name, trace, request, status)));
        rest = next;
    }
    line.push_str(rest);
    Some(line)
}

fn value(name: &str, trace: &Trace, request: &Request<'_>, status: u16) -> String {
    let seen = &trace.seen;
    match name {
        "requestId" => trace.request_id.clone(),
        "extendedRequestId" => trace.extended_id.clone(),
        "requestTimeEpoch" => trace.at.as_millisecond().to_string(),
        "apiId" => seen.api_id.clone(),
        "stage" => seen.stage.clone(),
        "resourcePath" => seen.resource_path.clone(),
        "path" => request.path.to_owned(),
        "httpMethod" => request.method.to_owned(),
        "status" => status.to_string(),
        "identity.apiKeyId" => seen.api_key_id.clone(),
        "error.responseType" => seen.response_type.clone(),
        "authorizer.tenantId" => {
            let header = request.headers.get("x-tenant-id").and_then(|value| value.to_str().ok());
            header.unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

/// What is not known is a dash; what would break out of quotes is escaped as in JSON.
fn written(value: &str) -> String {
    if value.is_empty() {
        return "-".to_owned();
    }
    value.replace('\\', "\\\\").replace('"', "\\\"")
}
