//! `…/methods/{verb}/integration`: the backend of a method. All types are stored, but only `MOCK` responds.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::methods::{check_status, find, find_mut, response_not_found};
use super::request::{Input, Output};
use super::rest_apis;
use crate::state::{Account, Integration, IntegrationResponse};

/// Members that are stored and returned unchanged.
const SETTINGS: [&str; 10] = [
    "httpMethod",
    "uri",
    "connectionType",
    "connectionId",
    "credentials",
    "requestParameters",
    "passthroughBehavior",
    "contentHandling",
    "timeoutInMillis",
    "cacheNamespace",
];

const KINDS: [&str; 5] = ["HTTP", "AWS", "MOCK", "HTTP_PROXY", "AWS_PROXY"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewIntegration {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    request_templates: Option<BTreeMap<String, String>>,
    /// Requests may use this name; responses always use `httpMethod`.
    integration_http_method: Option<String>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn put(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [_, resource_id, _] = input.ids();
    let mut new: NewIntegration = input.json()?;
    let kind = new.kind.filter(|kind| KINDS.contains(&kind.as_str())).ok_or_else(|| {
        let kinds = KINDS.join(", ");
        ApiError::bad_request(format!("Invalid integration type specified. Must be one of: [{kinds}]"))
    })?;
    if let Some(verb) = new.integration_http_method {
        new.settings.insert("httpMethod".to_owned(), verb.into());
    }
    new.settings.entry("cacheNamespace").or_insert_with(|| resource_id.into());
    let method = find_mut(input, account)?;
    let integration = Integration {
        kind,
        request_templates: new.request_templates.unwrap_or_default(),
        settings: rest_apis::retain_members(new.settings, &SETTINGS),
        responses: method.integration.take().map(|previous| previous.responses).unwrap_or_default(),
    };
    let output = Output::created(view(&integration));
    method.integration = Some(integration);
    Ok(output)
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let integration = find(input, account)?.integration.as_ref().ok_or_else(not_found)?;
    Ok(Output::ok(view(integration)))
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let removed = find_mut(input, account)?.integration.take();
    removed.map(|_| Output::no_content()).ok_or_else(not_found)
}

pub(super) fn put_response(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [_, _, _, status] = input.ids();
    check_status(status)?;
    let response: IntegrationResponse = input.json()?;
    if !find_mut(input, account)?.responses.contains_key(status) {
        return Err(response_not_found());
    }
    let output = Output::created(response_view(status, &response));
    let integration = find_mut(input, account)?.integration.as_mut().ok_or_else(not_found)?;
    integration.responses.insert(status.to_owned(), response);
    Ok(output)
}

pub(super) fn get_response(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [_, _, _, status] = input.ids();
    let integration = find(input, account)?.integration.as_ref().ok_or_else(not_found)?;
    let response = integration.responses.get(status).ok_or_else(response_not_found)?;
    Ok(Output::ok(response_view(status, response)))
}

pub(super) fn view(integration: &Integration) -> Value {
    let responses: Map<String, Value> = integration
        .responses
        .iter()
        .map(|(status, response)| (status.clone(), response_view(status, response)))
        .collect();
    let templates = &integration.request_templates;
    let view = json!({
        "type": integration.kind,
        "requestTemplates": (!templates.is_empty()).then_some(templates),
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29_000,
        "cacheKeyParameters": [],
        "integrationResponses": (!responses.is_empty()).then_some(responses),
    });
    rest_apis::with_settings(view, &integration.settings)
}

fn not_found() -> ApiError {
    ApiError::not_found("Invalid Integration identifier specified")
}

fn response_view(status: &str, response: &IntegrationResponse) -> Value {
    json!({
        "statusCode": status,
        "selectionPattern": response.selection_pattern,
        "responseParameters":
            (!response.response_parameters.is_empty()).then_some(&response.response_parameters),
        "responseTemplates": (!response.response_templates.is_empty()).then_some(&response.response_templates),
    })
}
