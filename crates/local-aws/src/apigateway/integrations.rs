//! `…/methods/{verb}/integration`: where a method's answers come from. All kinds are kept; only MOCK answers here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::methods::{check_status, find, find_mut, unknown_response};
use super::refusal::Refusal;
use super::request::{Answer, Asked};
use super::rest_apis;
use crate::state::{Account, Integration, IntegrationResponse};

/// What is kept and shown as it comes.
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
    /// Its name on the wire in a request, where a response has `httpMethod` for it too.
    integration_http_method: Option<String>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn put(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [_, resource_id, _] = asked.ids();
    let mut new: NewIntegration = asked.json()?;
    let kind = new.kind.filter(|kind| KINDS.contains(&kind.as_str())).ok_or_else(|| {
        let kinds = KINDS.join(", ");
        Refusal::bad_request(format!("Invalid integration type specified. Must be one of: [{kinds}]"))
    })?;
    if let Some(verb) = new.integration_http_method {
        new.settings.insert("httpMethod".to_owned(), verb.into());
    }
    new.settings.entry("cacheNamespace").or_insert_with(|| resource_id.into());
    let method = find_mut(asked, account)?;
    let integration = Integration {
        kind,
        request_templates: new.request_templates.unwrap_or_default(),
        settings: rest_apis::kept(new.settings, &SETTINGS),
        responses: method.integration.take().map(|before| before.responses).unwrap_or_default(),
    };
    let answer = Answer::created(view(&integration));
    method.integration = Some(integration);
    Ok(answer)
}

pub(super) fn get(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let integration = find(asked, account)?.integration.as_ref().ok_or_else(unknown)?;
    Ok(Answer::ok(view(integration)))
}

pub(super) fn delete(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let gone = find_mut(asked, account)?.integration.take();
    gone.map(|_| Answer::no_content()).ok_or_else(unknown)
}

pub(super) fn put_response(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [_, _, _, status] = asked.ids();
    check_status(status)?;
    let response: IntegrationResponse = asked.json()?;
    if !find_mut(asked, account)?.responses.contains_key(status) {
        return Err(unknown_response());
    }
    let answer = Answer::created(response_view(status, &response));
    let integration = find_mut(asked, account)?.integration.as_mut().ok_or_else(unknown)?;
    integration.responses.insert(status.to_owned(), response);
    Ok(answer)
}

pub(super) fn get_response(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [_, _, _, status] = asked.ids();
    let integration = find(asked, account)?.integration.as_ref().ok_or_else(unknown)?;
    let response = integration.responses.get(status).ok_or_else(unknown_response)?;
    Ok(Answer::ok(response_view(status, response)))
}

pub(super) fn view(integration: &Integration) -> Value {
    let responses: Map<String, Value> = integration
        .responses
        .iter()
        .map(|(status, response)| (status.clone(), response_view(status, response)))
        .collect();
    let templates = &integration.request_templates;
    let plain = json!({
        "type": integration.kind,
        "requestTemplates": (!templates.is_empty()).then_some(templates),
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29_000,
        "cacheKeyParameters": [],
        "integrationResponses": (!responses.is_empty()).then_some(responses),
    });
    rest_apis::with_kept(plain, &integration.settings)
}

fn unknown() -> Refusal {
    Refusal::not_found("Invalid Integration identifier specified")
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
