//! `/restapis/{id}/gatewayresponses`: customized responses for errors of the gateway itself.

use serde_json::{Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::request::{Input, Output};
use super::rest_apis;
use crate::state::{Account, GatewayResponse};

/// Every response type with its default status. `DEFAULT_4XX` and `DEFAULT_5XX` have none.
const RESPONSE_TYPES: [(&str, Option<&str>); 21] = [
    ("ACCESS_DENIED", Some("403")),
    ("API_CONFIGURATION_ERROR", Some("500")),
    ("AUTHORIZER_CONFIGURATION_ERROR", Some("500")),
    ("AUTHORIZER_FAILURE", Some("500")),
    ("BAD_REQUEST_BODY", Some("400")),
    ("BAD_REQUEST_PARAMETERS", Some("400")),
    ("DEFAULT_4XX", None),
    ("DEFAULT_5XX", None),
    ("EXPIRED_TOKEN", Some("403")),
    ("INTEGRATION_FAILURE", Some("504")),
    ("INTEGRATION_TIMEOUT", Some("504")),
    ("INVALID_API_KEY", Some("403")),
    ("INVALID_SIGNATURE", Some("403")),
    ("MISSING_AUTHENTICATION_TOKEN", Some("403")),
    ("QUOTA_EXCEEDED", Some("429")),
    ("REQUEST_TOO_LARGE", Some("413")),
    ("RESOURCE_NOT_FOUND", Some("404")),
    ("THROTTLED", Some("429")),
    ("UNAUTHORIZED", Some("401")),
    ("UNSUPPORTED_MEDIA_TYPE", Some("415")),
    ("WAF_FILTERED", Some("403")),
];

const DEFAULT_TEMPLATE: &str = "{\"message\":$context.error.messageString}";

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id] = input.ids();
    let page_request = PageRequest::from_query(&input.query)?;
    let customized = &rest_apis::find(account, api_id)?.gateway_responses;
    let view = |(kind, status)| view(kind, status, customized.get(kind));
    Ok(Output::ok(page_request.list_by_index(RESPONSE_TYPES.into_iter(), view)))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, kind] = input.ids();
    let (kind, status) = find_type(kind)?;
    let customized = rest_apis::find(account, api_id)?.gateway_responses.get(kind);
    Ok(Output::ok(view(kind, status, customized)))
}

pub(super) fn put(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, kind] = input.ids();
    let (kind, status) = find_type(kind)?;
    let response: GatewayResponse = input.json()?;
    let api = rest_apis::find_mut(account, api_id)?;
    let output = Output::created(view(kind, status, Some(&response)));
    api.gateway_responses.insert(kind.to_owned(), response);
    Ok(output)
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, kind] = input.ids();
    let (kind, _) = find_type(kind)?;
    let removed = rest_apis::find_mut(account, api_id)?.gateway_responses.remove(kind);
    let unknown = || ApiError::not_found("Invalid gateway response type specified");
    removed.map(|_| Output::accepted()).ok_or_else(unknown)
}

fn find_type(kind: &str) -> Result<(&'static str, Option<&'static str>), ApiError> {
    let invalid = || ApiError::bad_request(format!("Invalid gateway response type specified: {kind}"));
    RESPONSE_TYPES.into_iter().find(|(name, _)| *name == kind).ok_or_else(invalid)
}

fn view(kind: &str, status: Option<&str>, customized: Option<&GatewayResponse>) -> Value {
    let custom_status = customized.and_then(|response| response.status_code.as_deref());
    let templates = customized.map(|response| &response.response_templates);
    let templates = templates.filter(|templates| !templates.is_empty());
    json!({
        "responseType": kind,
        "statusCode": custom_status.or(status),
        "responseParameters": customized.map(|response| json!(response.response_parameters)).unwrap_or(json!({})),
        "responseTemplates": templates.map_or(json!({ "application/json": DEFAULT_TEMPLATE }), |custom| json!(custom)),
        "defaultResponse": customized.is_none(),
    })
}
