//! `/restapis/{id}/resources/{id}/methods`: the methods being edited. Callers see only deployed methods.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::patch::{self, Op, Paths, Step};
use super::request::{Input, Output};
use super::{integrations, resources, rest_apis};
use crate::state::{Account, Method, MethodResponse, RestApi};

/// Members that are stored and returned unchanged.
const SETTINGS: [&str; 6] = [
    "authorizerId",
    "operationName",
    "requestParameters",
    "requestModels",
    "requestValidatorId",
    "authorizationScopes",
];

const AUTHORIZATION_TYPES: [&str; 4] = ["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"];

/// Types that need an authorizer of the API.
const TYPES_WITH_AUTHORIZER: [&str; 2] = ["CUSTOM", "COGNITO_USER_POOLS"];

const VERBS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"];

const PATHS: Paths = &[
    (Op::Add, &["/requestParameters/<name>", "/requestModels/<type>", "/authorizationScopes"]),
    (Op::Remove, &["/requestParameters/<name>", "/requestModels/<type>", "/authorizationScopes"]),
    (
        Op::Replace,
        &[
            "/apiKeyRequired",
            "/authorizationType",
            "/authorizerId",
            "/operationName",
            "/requestParameters/<name>",
            "/requestModels/<type>",
            "/requestValidatorId",
        ],
    ),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMethod {
    authorization_type: Option<String>,
    #[serde(default)]
    api_key_required: bool,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn put(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, resource_id, verb] = input.ids();
    let new: NewMethod = input.json()?;
    let api = rest_apis::find_mut(account, api_id)?;
    let resource = resources::find(api, resource_id)?;
    if !VERBS.contains(&verb) {
        let verbs = VERBS.join(", ");
        return Err(ApiError::bad_request(format!(
            "Invalid HttpMethod specified. Valid options are {verbs}"
        )));
    }
    if resource.methods.contains_key(verb) {
        return Err(ApiError::conflict("Method already exists for this resource"));
    }
    let method = Method {
        authorization_type: new.authorization_type.unwrap_or_else(|| "NONE".to_owned()),
        api_key_required: new.api_key_required,
        settings: rest_apis::retain_members(new.settings, &SETTINGS),
        ..Method::default()
    };
    check_authorization(&method, api)?;
    let output = Output::created(view(verb, &method));
    resources::find_mut(api, resource_id)?.methods.insert(verb.to_owned(), method);
    Ok(output)
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [_, _, verb] = input.ids();
    find(input, account).map(|method| Output::ok(view(verb, method)))
}

pub(super) fn update(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, _, verb] = input.ids();
    let mut method = find(input, account)?.clone();
    for step in patch::parse_steps(input, PATHS, patch::matches_by_segment)? {
        apply(&mut method, &step);
    }
    if !TYPES_WITH_AUTHORIZER.contains(&method.authorization_type.as_str()) {
        // AWS ignores the authorizer of a method that needs none.
        method.settings.remove("authorizerId");
    }
    check_authorization(&method, rest_apis::find(account, api_id)?)?;
    let output = Output::ok(view(verb, &method));
    *find_mut(input, account)? = method;
    Ok(output)
}

fn check_authorization(method: &Method, api: &RestApi) -> Result<(), ApiError> {
    let kind = method.authorization_type.as_str();
    if !AUTHORIZATION_TYPES.contains(&kind) {
        return Err(ApiError::bad_request("Invalid authorization type specified"));
    }
    let is_known = method.authorizer_id().is_some_and(|id| api.authorizers.contains_key(id));
    if TYPES_WITH_AUTHORIZER.contains(&kind) && !is_known {
        return Err(ApiError::bad_request(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS \
             requires a valid authorizer.",
        ));
    }
    Ok(())
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, resource_id, verb] = input.ids();
    let resource = resources::find_mut(rest_apis::find_mut(account, api_id)?, resource_id)?;
    resource.methods.remove(verb).map(|_| Output::no_content()).ok_or_else(not_found)
}

pub(super) fn put_response(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [_, _, _, status] = input.ids();
    check_status(status)?;
    let response: MethodResponse = input.json()?;
    let method = find_mut(input, account)?;
    if method.responses.contains_key(status) {
        return Err(ApiError::conflict("Response already exists for this resource"));
    }
    let output = Output::created(response_view(status, &response));
    method.responses.insert(status.to_owned(), response);
    Ok(output)
}

pub(super) fn get_response(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [_, _, _, status] = input.ids();
    let response = find(input, account)?.responses.get(status).ok_or_else(response_not_found)?;
    Ok(Output::ok(response_view(status, response)))
}

pub(super) fn find<'a>(input: &Input<'_>, account: &'a Account) -> Result<&'a Method, ApiError> {
    let [api_id, resource_id, verb] = input.ids();
    let resource = resources::find(rest_apis::find(account, api_id)?, resource_id)?;
    resource.methods.get(verb).ok_or_else(not_found)
}

pub(super) fn find_mut<'a>(input: &Input<'_>, account: &'a mut Account) -> Result<&'a mut Method, ApiError> {
    let [api_id, resource_id, verb] = input.ids();
    let resource = resources::find_mut(rest_apis::find_mut(account, api_id)?, resource_id)?;
    resource.methods.get_mut(verb).ok_or_else(not_found)
}

pub(super) fn is_verb(verb: &str) -> bool {
    VERBS.contains(&verb)
}

pub(super) fn check_status(status: &str) -> Result<(), ApiError> {
    match status.parse::<u16>() {
        Ok(100..=599) => Ok(()),
        _ => Err(ApiError::bad_request("Invalid status code specified")),
    }
}

pub(super) fn response_not_found() -> ApiError {
    ApiError::not_found("Invalid Response status code specified")
}

pub(super) fn view(verb: &str, method: &Method) -> Value {
    let responses: Map<String, Value> = method
        .responses
        .iter()
        .map(|(status, response)| (status.clone(), response_view(status, response)))
        .collect();
    let view = json!({
        "httpMethod": verb,
        "authorizationType": method.authorization_type,
        "apiKeyRequired": method.api_key_required,
        "methodResponses": (!responses.is_empty()).then_some(responses),
        "methodIntegration": method.integration.as_ref().map(integrations::view),
    });
    rest_apis::with_settings(view, &method.settings)
}

fn not_found() -> ApiError {
    ApiError::not_found("Invalid Method identifier specified")
}

fn apply(method: &mut Method, step: &Step) {
    let mut parts = step.path.splitn(3, '/').skip(1);
    let (name, rest) = (parts.next().unwrap_or_default(), parts.next());
    match (name, rest) {
        ("apiKeyRequired", _) => method.api_key_required = step.is_true(),
        ("authorizationType", _) => step.value.clone_into(&mut method.authorization_type),
        ("authorizationScopes", _) => patch_scopes(method, step),
        (_, Some(rest)) => {
            let map = method.settings.entry(name).or_insert_with(|| json!({}));
            let value =
                if name == "requestParameters" { step.is_true().into() } else { step.value.clone().into() };
            if let Some(map) = map.as_object_mut() {
                match step.op {
                    Op::Remove => drop(map.remove(&patch::unescape(rest))),
                    _ => drop(map.insert(patch::unescape(rest), value)),
                }
            }
        }
        (_, None) => drop(method.settings.insert(name.to_owned(), step.value.clone().into())),
    }
}

fn patch_scopes(method: &mut Method, step: &Step) {
    let scopes = method.settings.entry("authorizationScopes").or_insert_with(|| json!([]));
    if let Some(scopes) = scopes.as_array_mut() {
        scopes.retain(|scope| *scope != step.value.as_str());
        if step.op == Op::Add {
            scopes.push(step.value.clone().into());
        }
    }
}

fn response_view(status: &str, response: &MethodResponse) -> Value {
    json!({
        "statusCode": status,
        "responseParameters":
            (!response.response_parameters.is_empty()).then_some(&response.response_parameters),
        "responseModels": (!response.response_models.is_empty()).then_some(&response.response_models),
    })
}
