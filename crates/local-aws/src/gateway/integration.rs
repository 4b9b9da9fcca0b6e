//! What stands behind a method: the answers of MOCK integrations.
//!
//! Any other integration would have to reach out of this process, which nothing here does, so it fails as an
//! unreachable backend fails on AWS.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::Value;

use super::refusal::add_header;
use super::{Refusal, Route, Trace, reply};
use crate::state::{Integration, Stage};

const JSON: &str = "application/json";

/// The integration's answer, or its failure.
pub(super) fn respond(
    route: &Route<'_>,
    stage: &Stage,
    key_id: &str,
    trace: &Trace,
) -> Result<Response, Refusal> {
    let integration = route.method.integration.as_ref().filter(|integration| integration.kind == "MOCK");
    let integration = integration.ok_or(Refusal::IntegrationFailure)?;
    let (status, answer) = chosen_status(integration)
        .and_then(|status| chosen_response(integration, &status))
        .ok_or(Refusal::IntegrationFailure)?;
    let templates = &answer.response_templates;
    let template = templates.get_key_value(JSON).or_else(|| templates.first_key_value());
    let (content_type, template) = template.map_or((JSON, ""), |(kind, text)| (kind.as_str(), text.as_str()));

    let mut response = reply(status, fill(template, route, stage, key_id, trace));
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    for (parameter, value) in &answer.response_parameters {
        add_header(&mut response, "method.response.header.", parameter, value);
    }
    Ok(response)
}

/// The status that the request template asks the mock for: `{"statusCode": 200}`.
fn chosen_status(integration: &Integration) -> Option<String> {
    let template: Value = serde_json::from_str(integration.request_templates.get(JSON)?).ok()?;
    match template.get("statusCode")? {
        Value::Number(status) => Some(status.to_string()),
        Value::String(status) => Some(status.clone()),
        _ => None,
    }
}

/// The response whose pattern is the status, else the one without a pattern, under the status it is declared for.
fn chosen_response<'a>(
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

/// Fills in the variables of the mapping-template language that a mock is most often given.
fn fill(template: &str, route: &Route<'_>, stage: &Stage, key_id: &str, trace: &Trace) -> String {
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
