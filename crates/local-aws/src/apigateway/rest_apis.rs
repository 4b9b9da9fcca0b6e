//! `/restapis`: REST APIs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::page::Window;
use super::refusal::Refusal;
use super::request::{Answer, Asked, epoch};
use super::{tags, usage_plans};
use crate::state::{ACCOUNT_ID, Account, Resource, RestApi, Tags};

/// What is kept and shown as it comes.
const SETTINGS: [&str; 6] = [
    "version",
    "binaryMediaTypes",
    "minimumCompressionSize",
    "endpointConfiguration",
    "policy",
    "disableExecuteApiEndpoint",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewApi {
    name: Option<String>,
    description: Option<String>,
    api_key_source: Option<String>,
    tags: Option<Tags>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn create(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let new: NewApi = asked.json()?;
    let tags = new.tags.unwrap_or_default();
    tags::check(&tags, account)?;
    let source = new.api_key_source.unwrap_or_else(|| "HEADER".to_owned());
    if !["HEADER", "AUTHORIZER"].contains(&source.as_str()) {
        return Err(Refusal::bad_request(
            "Invalid apiKeySource specified. Must be one of: [HEADER, AUTHORIZER]",
        ));
    }
    let root = Resource {
        id: account.ids.lower(10),
        parent_id: None,
        path_part: None,
        path: "/".to_owned(),
        methods: BTreeMap::new(),
    };
    let api = RestApi {
        id: account.ids.lower(10),
        name: new.name.filter(|name| !name.is_empty()).ok_or_else(|| usage_plans::missing("name"))?,
        description: new.description,
        created: asked.now,
        api_key_source: source,
        settings: kept(new.settings, &SETTINGS),
        tags,
        resources: BTreeMap::from([(root.id.clone(), root)]),
        deployments: Vec::new(),
        stages: BTreeMap::new(),
        gateway_responses: BTreeMap::new(),
    };
    let answer = Answer::created(view(&api));
    account.rest_apis.insert(api);
    Ok(answer)
}

pub(super) fn list(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let window = Window::of(&asked.query)?;
    Ok(Answer::ok(window.list(account.rest_apis.newest_before(window.position), view)))
}

pub(super) fn get(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [id] = asked.ids();
    find(account, id).map(|api| Answer::ok(view(api)))
}

pub(super) fn delete(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [id] = asked.ids();
    let api = account.rest_apis.remove(id).ok_or_else(|| unknown(id))?;
    for stage in api.stages.keys() {
        drop_from_plans(account, id, stage);
    }
    Ok(Answer::accepted())
}

pub(super) fn find<'a>(account: &'a Account, id: &str) -> Result<&'a RestApi, Refusal> {
    account.rest_apis.get(id).ok_or_else(|| unknown(id))
}

pub(super) fn find_mut<'a>(account: &'a mut Account, id: &str) -> Result<&'a mut RestApi, Refusal> {
    account.rest_apis.get_mut(id).ok_or_else(|| unknown(id))
}

/// Has no usage plan cover a stage any more.
pub(super) fn drop_from_plans(account: &mut Account, api_id: &str, stage: &str) {
    let covering: Vec<String> = account
        .usage_plans
        .iter()
        .filter(|plan| plan.stage(api_id, stage).is_some())
        .map(|plan| plan.id.clone())
        .collect();
    for id in covering {
        if let Some(plan) = account.usage_plans.get_mut(&id) {
            plan.api_stages.retain(|covered| covered.api_id != api_id || covered.stage != stage);
        }
    }
}

/// Of what was sent, what is kept as it came.
pub(super) fn kept(mut sent: Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    sent.retain(|name, value| names.contains(&name.as_str()) && !value.is_null());
    sent
}

/// A view with what was kept as it came.
pub(super) fn with_kept(mut view: Value, kept: &Map<String, Value>) -> Value {
    if let Some(view) = view.as_object_mut() {
        view.extend(kept.clone());
    }
    view
}

fn unknown(id: &str) -> Refusal {
    Refusal::not_found(format!("Invalid API identifier specified {ACCOUNT_ID}:{id}"))
}

fn view(api: &RestApi) -> Value {
    let root = api.resources.values().find(|resource| resource.parent_id.is_none());
    let plain = json!({
        "id": api.id,
        "name": api.name,
        "description": api.description,
        "createdDate": epoch(api.created),
        "apiKeySource": api.api_key_source,
        "endpointConfiguration": { "types": ["EDGE"] },
        "disableExecuteApiEndpoint": false,
        "rootResourceId": root.map(|root| &root.id),
        "tags": api.tags,
    });
    with_kept(plain, &api.settings)
}
