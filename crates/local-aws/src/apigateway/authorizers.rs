//! `/restapis/{id}/authorizers`: records of authorizers. The protected API runs none of them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::patch::{self, Op, Paths, Step};
use super::request::{Input, Output};
use super::{rest_apis, usage_plans};
use crate::state::{Account, Authorizer, Method, RestApi};

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
const MAX_TTL_SECONDS: i64 = 3_600;
const TTL: &str = "authorizerResultTtlInSeconds";

const PATHS: Paths = &[
    (Op::Add, &["/providerARNs"]),
    (Op::Remove, &["/providerARNs"]),
    (
        Op::Replace,
        &[
            "/authorizerCredentials",
            "/authorizerResultTtlInSeconds",
            "/authorizerUri",
            "/authType",
            "/identitySource",
            "/identityValidationExpression",
            "/name",
            "/type",
        ],
    ),
];

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
    let settings = rest_apis::retain_members(new.settings, &SETTINGS);
    let authorizer = Authorizer { id, name, kind: new.kind.unwrap_or_default(), settings };
    check(&authorizer, api)?;
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

pub(super) fn update(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, id] = input.ids();
    let api = rest_apis::find_mut(account, api_id)?;
    let mut authorizer = api.authorizers.get(id).cloned().ok_or_else(not_found)?;
    for step in patch::parse_steps(input, PATHS, patch::matches_by_segment)? {
        apply(&mut authorizer, step)?;
    }
    check(&authorizer, api)?;
    let output = Output::ok(view(&authorizer));
    api.authorizers.insert(id.to_owned(), authorizer);
    Ok(output)
}

fn apply(authorizer: &mut Authorizer, step: Step) -> Result<(), ApiError> {
    match step.path.trim_start_matches('/') {
        "name" => authorizer.name = step.text().ok_or_else(|| usage_plans::missing_member("name"))?,
        "type" => authorizer.kind = step.value,
        TTL => drop(authorizer.settings.insert(TTL.to_owned(), step.number::<i64>()?.into())),
        "providerARNs" => {
            let pools = authorizer.settings.entry("providerARNs").or_insert_with(|| json!([]));
            if let Some(pools) = pools.as_array_mut() {
                pools.retain(|pool| *pool != step.value.as_str());
                if step.op == Op::Add {
                    pools.push(step.value.into());
                }
            }
        }
        name => drop(authorizer.settings.insert(name.to_owned(), step.value.into())),
    }
    Ok(())
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, id] = input.ids();
    let api = rest_apis::find_mut(account, api_id)?;
    let name = api.authorizers.get(id).ok_or_else(not_found)?.name.clone();
    if let Some(method) = find_method_with(api, id) {
        return Err(ApiError::conflict(format!(
            "Cannot delete authorizer '{name}', is referenced in method: {method}"
        )));
    }
    api.authorizers.remove(id);
    Ok(Output::accepted())
}

/// Returns a method of the API that uses an authorizer, such as `GET//pets`, as AWS writes it.
fn find_method_with(api: &RestApi, authorizer: &str) -> Option<String> {
    let uses_it = |method: &Method| method.authorizer_id() == Some(authorizer);
    api.resources.values().find_map(|resource| {
        let (verb, _) = resource.methods.iter().find(|(_, method)| uses_it(method))?;
        Some(format!("{verb}/{}", resource.path))
    })
}

/// Checks an authorizer that is created or updated. AWS's text about the time to live is not known.
fn check(authorizer: &Authorizer, api: &RestApi) -> Result<(), ApiError> {
    if !KINDS.contains(&authorizer.kind.as_str()) {
        return Err(ApiError::bad_request("Invalid authorizer type specified"));
    }
    let is_namesake = |other: &Authorizer| other.name == authorizer.name && other.id != authorizer.id;
    if api.authorizers.values().any(is_namesake) {
        return Err(ApiError::bad_request(
            "Authorizer name must be unique. Authorizer with this name already exists",
        ));
    }
    let ttl = authorizer.settings.get(TTL);
    if ttl.is_some_and(|ttl| !ttl.as_i64().is_some_and(|ttl| (0..=MAX_TTL_SECONDS).contains(&ttl))) {
        return Err(ApiError::bad_request(
            "Invalid authorizer result TTL specified, must be between 0 and 3600",
        ));
    }
    Ok(())
}

fn not_found() -> ApiError {
    ApiError::not_found("Invalid Authorizer identifier specified")
}

fn view(authorizer: &Authorizer) -> Value {
    let view = json!({ "id": authorizer.id, "name": authorizer.name, "type": authorizer.kind });
    rest_apis::with_settings(view, &authorizer.settings)
}
