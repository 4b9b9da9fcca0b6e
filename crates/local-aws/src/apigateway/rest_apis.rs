//! `/restapis`: REST APIs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::patch::{Op, Paths, Step};
use super::request::{Input, Output, to_epoch_seconds};
use super::{patch, tags, usage_plans};
use crate::state::{ACCOUNT_ID, Account, Resource, RestApi, Tags};

/// Members that are stored and returned unchanged.
const SETTINGS: [&str; 6] = [
    "version",
    "binaryMediaTypes",
    "minimumCompressionSize",
    "endpointConfiguration",
    "policy",
    "disableExecuteApiEndpoint",
];

/// In the order of AWS's message.
const ENDPOINT_TYPES: [&str; 3] = ["PRIVATE", "EDGE", "REGIONAL"];

const MAX_COMPRESSION_SIZE: i64 = 10_485_760;

/// The paths that are implemented, a part of AWS's.
const PATHS: Paths = &[(
    Op::Replace,
    &[
        "/apiKeySource",
        "/description",
        "/disableExecuteApiEndpoint",
        "/endpointConfiguration/types/<type>",
        "/name",
        "/policy",
    ],
)];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewRestApi {
    name: Option<String>,
    description: Option<String>,
    api_key_source: Option<String>,
    clone_from: Option<String>,
    tags: Option<Tags>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let new: NewRestApi = input.json()?;
    let tags = new.tags.unwrap_or_default();
    tags::check(&tags, account)?;
    let source = new.api_key_source.unwrap_or_else(|| "HEADER".to_owned());
    check_key_source(&source)?;
    let settings = retain_members(new.settings, &SETTINGS);
    settings.get("policy").and_then(Value::as_str).map_or(Ok(()), check_policy)?;
    check_endpoint_types(&settings, "createRestApiInput")?;
    check_compression(&settings)?;
    let original = match &new.clone_from {
        Some(id) => Some(find(account, id)?.clone()),
        None => None,
    };
    let root = Resource {
        id: account.id_generator.new_id(10),
        parent_id: None,
        path_part: None,
        path: "/".to_owned(),
        methods: BTreeMap::new(),
    };
    let new_resources = BTreeMap::from([(root.id.clone(), root)]);
    // A clone has the definition of the original, and neither its deployments nor its stages.
    let (resources, gateway_responses, authorizers) = match original {
        Some(original) => (original.resources, original.gateway_responses, original.authorizers),
        None => (new_resources, BTreeMap::new(), BTreeMap::new()),
    };
    let api = RestApi {
        id: account.id_generator.new_id(10),
        name: new.name.filter(|name| !name.is_empty()).ok_or_else(|| usage_plans::missing_member("name"))?,
        description: new.description,
        created: input.now,
        api_key_source: source,
        settings,
        tags,
        resources,
        deployments: Vec::new(),
        stages: BTreeMap::new(),
        gateway_responses,
        authorizers,
    };
    let output = Output::created(view(&api));
    account.rest_apis.insert(api);
    Ok(output)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let page_request = PageRequest::from_query(&input.query)?;
    Ok(Output::ok(page_request.list(account.rest_apis.newest_before(page_request.position), view)))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [id] = input.ids();
    find(account, id).map(|api| Output::ok(view(api)))
}

pub(super) fn update(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [id] = input.ids();
    let api = find_mut(account, id)?;
    for step in patch::parse_steps(input, PATHS, patch::matches_by_segment)? {
        apply(api, step)?;
    }
    Ok(Output::ok(view(api)))
}

fn apply(api: &mut RestApi, step: Step) -> Result<(), ApiError> {
    let parts: Vec<&str> = step.path.split('/').skip(1).collect();
    match parts[..] {
        ["name"] => api.name = step.value,
        ["description"] => api.description = step.text(),
        ["apiKeySource"] => {
            check_key_source(&step.value)?;
            api.api_key_source = step.value;
        }
        ["disableExecuteApiEndpoint"] => {
            let is_disabled = step.is_true().into();
            drop(api.settings.insert("disableExecuteApiEndpoint".to_owned(), is_disabled));
        }
        ["policy"] if step.value.is_empty() => drop(api.settings.remove("policy")),
        ["policy"] => {
            check_policy(&step.value)?;
            drop(api.settings.insert("policy".to_owned(), step.value.into()));
        }
        // The only other path is `/endpointConfiguration/types/<type>`.
        _ => {
            if !ENDPOINT_TYPES.contains(&step.value.as_str()) {
                return Err(ApiError::bad_request(format!(
                    "Invalid patch value  '{}' specified for op 'replace'. Must be one of: [{}]",
                    step.value,
                    ENDPOINT_TYPES.join(", ")
                )));
            }
            let types = json!({ "types": [step.value] });
            drop(api.settings.insert("endpointConfiguration".to_owned(), types));
        }
    }
    Ok(())
}

/// Checks the endpoint types of a REST API or domain name; `input` is the operation's input in AWS's message.
pub(super) fn check_endpoint_types(settings: &Map<String, Value>, input: &str) -> Result<(), ApiError> {
    let types =
        settings.get("endpointConfiguration").and_then(|configuration| configuration["types"].as_array());
    let Some(types) = types else { return Ok(()) };
    if types.len() > 1 {
        return Err(ApiError::bad_request("Cannot create an api with multiple Endpoint Types."));
    }
    let mut names = types.iter().map(|name| name.as_str().unwrap_or_default());
    match names.find(|name| !ENDPOINT_TYPES.contains(name)) {
        None => Ok(()),
        Some(name) => Err(ApiError::validation(&[format!(
            "Value '[{name}]' at '{input}.endpointConfiguration.types' failed to satisfy constraint: Member must \
             satisfy constraint: [Member must satisfy enum value set: [{}]]",
            ENDPOINT_TYPES.join(", ")
        )])),
    }
}

fn check_compression(settings: &Map<String, Value>) -> Result<(), ApiError> {
    let size = settings.get("minimumCompressionSize");
    let is_valid =
        |size: &Value| size.as_i64().is_some_and(|size| (0..=MAX_COMPRESSION_SIZE).contains(&size));
    match size.is_none_or(is_valid) {
        true => Ok(()),
        false => Err(ApiError::bad_request(format!(
            "Invalid minimum compression size, must be between 0 and {MAX_COMPRESSION_SIZE}"
        ))),
    }
}

fn check_key_source(source: &str) -> Result<(), ApiError> {
    match source {
        "HEADER" | "AUTHORIZER" => Ok(()),
        _ => {
            Err(ApiError::bad_request("Invalid apiKeySource specified. Must be one of: [HEADER, AUTHORIZER]"))
        }
    }
}

fn check_policy(policy: &str) -> Result<(), ApiError> {
    let parsed: Result<Value, _> = serde_json::from_str(policy);
    let is_policy =
        parsed.is_ok_and(|policy| policy["Statement"].is_array() || policy["Statement"].is_object());
    if is_policy {
        Ok(())
    } else {
        Err(ApiError::bad_request(
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
        ))
    }
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [id] = input.ids();
    let api = account.rest_apis.remove(id).ok_or_else(|| not_found(id))?;
    for stage in api.stages.keys() {
        remove_stage_from_plans(account, id, stage);
    }
    Ok(Output::accepted())
}

pub(super) fn find<'a>(account: &'a Account, id: &str) -> Result<&'a RestApi, ApiError> {
    account.rest_apis.get(id).ok_or_else(|| not_found(id))
}

pub(super) fn find_mut<'a>(account: &'a mut Account, id: &str) -> Result<&'a mut RestApi, ApiError> {
    account.rest_apis.get_mut(id).ok_or_else(|| not_found(id))
}

/// Removes a stage from every usage plan.
pub(super) fn remove_stage_from_plans(account: &mut Account, api_id: &str, stage: &str) {
    let plan_ids: Vec<String> = account
        .usage_plans
        .iter()
        .filter(|plan| plan.stage(api_id, stage).is_some())
        .map(|plan| plan.id.clone())
        .collect();
    for id in plan_ids {
        if let Some(plan) = account.usage_plans.get_mut(&id) {
            plan.api_stages.retain(|entry| entry.api_id != api_id || entry.stage != stage);
        }
    }
}

/// Keeps only the members in `names` that are not `null`.
pub(super) fn retain_members(mut members: Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    members.retain(|name, value| names.contains(&name.as_str()) && !value.is_null());
    members
}

/// Adds to a view the members that are stored and returned unchanged.
pub(super) fn with_settings(mut view: Value, settings: &Map<String, Value>) -> Value {
    if let Some(view) = view.as_object_mut() {
        view.extend(settings.clone());
    }
    view
}

fn not_found(id: &str) -> ApiError {
    ApiError::not_found(format!("Invalid API identifier specified {ACCOUNT_ID}:{id}"))
}

fn view(api: &RestApi) -> Value {
    let root = api.resources.values().find(|resource| resource.parent_id.is_none());
    let view = json!({
        "id": api.id,
        "name": api.name,
        "description": api.description,
        "createdDate": to_epoch_seconds(api.created),
        "apiKeySource": api.api_key_source,
        "endpointConfiguration": { "types": ["EDGE"] },
        "disableExecuteApiEndpoint": false,
        "rootResourceId": root.map(|root| &root.id),
        "tags": api.tags,
    });
    let mut settings = api.settings.clone();
    if let Some(Value::String(policy)) = settings.get_mut("policy") {
        // AWS returns the policy with its quotes escaped once more.
        *policy = policy.replace('\\', "\\\\").replace('"', "\\\"");
    }
    with_settings(view, &settings)
}
