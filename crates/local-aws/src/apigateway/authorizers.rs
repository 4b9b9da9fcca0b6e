//! `/restapis/{id}/authorizers`: records of authorizers. The protected API runs none of them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::request::{Input, Output};
use super::{rest_apis, usage_plans};
use crate::state::{Account, Authorizer};

/// Members that are stored and returned unchanged.
const SETTINGS: [&str; 7] = [
    "providerARNs",
    "authType",
    "authorizerUri",
    "authorizerCredentials",
    "identitySource",
    "identityValidationExpression",
    "authorizerResultTtlInSeconds",
];

const KINDS: [&str; 3] = ["TOKEN", "REQUEST", "COGNITO_USER_POOLS"];

#[derive(Deserialize)]
struct NewAuthorizer {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id] = input.ids();
    let new: NewAuthorizer = input.json()?;
    let id = account.id_generator.new_id(6);
    let api = rest_apis::find_mut(account, api_id)?;
    let name = new.name.filter(|name| !name.is_empty()).ok_or_else(|| usage_plans::missing_member("name"))?;
    let kind = new.kind.filter(|kind| KINDS.contains(&kind.as_str()));
    let kind = kind.ok_or_else(|| ApiError::bad_request("Invalid authorizer type specified"))?;
    if api.authorizers.values().any(|authorizer| authorizer.name == name) {
        return Err(ApiError::bad_request(
            "Authorizer name must be unique. Authorizer with this name already exists",
        ));
    }
    let settings = rest_apis::retain_members(new.settings, &SETTINGS);
    let authorizer = Authorizer { id, name, kind, settings };
    let output = Output::created(view(&authorizer));
    api.authorizers.insert(authorizer.id.clone(), authorizer);
    Ok(output)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id] = input.ids();
    let page_request = PageRequest::from_query(&input.query)?;
    let api = rest_apis::find(account, api_id)?;
    Ok(Output::ok(page_request.list_by_index(api.authorizers.values(), view)))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, id] = input.ids();
    let authorizer = rest_apis::find(account, api_id)?.authorizers.get(id).ok_or_else(not_found)?;
    Ok(Output::ok(view(authorizer)))
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, id] = input.ids();
    let removed = rest_apis::find_mut(account, api_id)?.authorizers.remove(id);
    removed.map(|_| Output::accepted()).ok_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::not_found("Invalid Authorizer identifier specified")
}

fn view(authorizer: &Authorizer) -> Value {
    let view = json!({ "id": authorizer.id, "name": authorizer.name, "type": authorizer.kind });
    rest_apis::with_settings(view, &authorizer.settings)
}
