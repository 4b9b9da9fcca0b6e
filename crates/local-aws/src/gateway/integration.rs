//! The responses of `MOCK` integrations.
//!
//! Nothing here connects to another process, so every other integration type fails like an unreachable backend on AWS.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::Value;

use super::refusal::add_header;
use super::{Refusal, RouteMatch, Trace, new_response};
use crate::state::{Integration, Stage};

const JSON: &str = "application/json";

pub(super) fn respond(
    route: &RouteMatch<'_>,
    stage: &Stage,
    key_id: &str,
    trace: &Trace,
) -> Result<Response, Refusal> {
    let integration = route.method.integration.as_ref().filter(|integration| integration.kind == "MOCK");
    let integration = integration.ok_or(Refusal::IntegrationFailure)?;
    let (status, response_spec) = mock_status(integration)
        .and_then(|status| select_response(integration, &status))
        .ok_or(Refusal::IntegrationFailure)?;
    let templates = &response_spec.response_templates;
    let template = templates.get_key_value(JSON).or_else(|| templates.first_key_value());
    let (content_type, template) = template.map_or((JSON, ""), |(kind, text)| (kind.as_str(), text.as_str()));

    let mut response = new_response(status, fill_template(template, route, stage, key_id, trace));
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    for (parameter, value) in &response_spec.response_parameters {
        add_header(&mut response, "method.response.header.", parameter, value);
    }
    Ok(response)
}

/// Returns the status in the mock's request template: `{"statusCode": 200}`.
fn mock_status(integration: &Integration) -> Option<String> {
    let template: Value = serde_json::from_str(integration.request_templates.get(JSON)?).ok()?;
    match template.get("statusCode")? {
        Value::Number(status) => Some(status.to_string()),
        Value::String(status) => Some(status.clone()),
        _ => None,
    }
}

/// Returns a response and its declared status: the response whose selection pattern is `status`, else the one without
/// a pattern.
fn select_response<'a>(
    integration: &'a Integration,
    status: &str,
) -> Option<(u16, &'a crate::state::IntegrationResponse)> {
    let responses = &integration.responses;
    let is_default = |pattern: &Option<String>| pattern.as_deref().is_none_or(str::is_empty);
    let (declared, response) = responses
        .iter()
        .find(|(_, response)| response.selection_pattern.as_deref() == Some(status))
        .or_else(|| responses.iter().find(|(_, response)| is_default(&response.selection_pattern)))?;
    Some((declared.parse().ok()?, response))
}

/// Replaces the most common `$context` variables of mapping templates.
fn fill_template(
    template: &str,
    route: &RouteMatch<'_>,
    stage: &Stage,
    key_id: &str,
    trace: &Trace,
) -> String {
    let time = trace.at.as_millisecond().to_string();
    let variables = [
        ("$context.requestId", trace.request_id.as_str()),
        ("$context.requestTimeEpoch", &time),
        ("$context.identity.apiKeyId", key_id),
        ("$context.stage", &stage.name),
        ("$context.resourcePath", &route.resource.path),
        ("$context.httpMethod", route.verb),
    ];
    variables.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}
