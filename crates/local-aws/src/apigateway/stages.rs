//! `/restapis/{id}/stages`: named references to deployments, which callers use in their URLs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::patch::{self, Op, Paths, Step};
use super::request::{Input, Output, to_epoch_seconds};
use super::{deployments, methods, rest_apis, tags};
use crate::state::{Account, MethodSettings, RestApi, Settings, Stage, Tags};

/// The settings of a method. [`apply_method_setting`] relies on their order.
const METHOD_SETTINGS: [&str; 5] = [
    "throttling/rateLimit",
    "throttling/burstLimit",
    "logging/loglevel",
    "logging/dataTrace",
    "metrics/enabled",
];

const PATHS: Paths = &[
    (Op::Add, &["/accessLogSettings/format", "/accessLogSettings/destinationArn", "/variables/<name>"]),
    (Op::Remove, &["/accessLogSettings", "/variables/<name>", "/<resourcePath>/<httpMethod>"]),
    (
        Op::Replace,
        &[
            "/deploymentId",
            "/description",
            "/tracingEnabled",
            "/accessLogSettings/format",
            "/accessLogSettings/destinationArn",
            "/variables/<name>",
            "/<resourcePath>/<httpMethod>/throttling/rateLimit",
            "/<resourcePath>/<httpMethod>/throttling/burstLimit",
            "/<resourcePath>/<httpMethod>/logging/loglevel",
            "/<resourcePath>/<httpMethod>/logging/dataTrace",
            "/<resourcePath>/<httpMethod>/metrics/enabled",
        ],
    ),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewStage {
    stage_name: Option<String>,
    deployment_id: Option<String>,
    description: Option<String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    tracing_enabled: bool,
    tags: Option<Tags>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id] = input.ids();
    let new: NewStage = input.json()?;
    let tags = new.tags.unwrap_or_default();
    tags::check(&tags, account)?;
    let max_stages = account.settings().limits.stages_per_api;
    let api = rest_apis::find_mut(account, api_id)?;
    let name = new.stage_name.unwrap_or_default();
    if api.stages.contains_key(&name) {
        return Err(ApiError::conflict("Stage already exists"));
    }
    let deployment = new.deployment_id.as_deref().and_then(|id| api.deployment(id));
    let deployment_id = deployment.ok_or_else(deployments::not_found)?.id.clone();
    let stage = Stage {
        deployment_id,
        description: new.description,
        variables: new.variables,
        tracing: new.tracing_enabled,
        tags,
        ..new_stage(api, &name, max_stages, input.now)?
    };
    let output = Output::created(view(&stage));
    api.stages.insert(name, stage);
    Ok(output)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id] = input.ids();
    let deployment = input.query.get("deploymentId");
    let stages = rest_apis::find(account, api_id)?.stages.values();
    let matching = stages.filter(|stage| deployment.is_none_or(|id| id == stage.deployment_id));
    Ok(Output::ok(json!({ "item": matching.map(view).collect::<Vec<_>>() })))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, name] = input.ids();
    let stage = rest_apis::find(account, api_id)?.stages.get(name).ok_or_else(not_found)?;
    Ok(Output::ok(view(stage)))
}

pub(super) fn update(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, name] = input.ids();
    let api = rest_apis::find_mut(account, api_id)?;
    let mut stage = api.stages.get(name).cloned().ok_or_else(not_found)?;
    for step in patch::parse_steps(input, PATHS, matches)? {
        if step.path == "/deploymentId" && api.deployment(&step.value).is_none() {
            return Err(deployments::not_found());
        }
        check_method_setting(&step)?;
        apply(&mut stage, step)?;
    }
    stage.updated = input.now;
    let output = Output::ok(view(&stage));
    api.stages.insert(name.to_owned(), stage);
    Ok(output)
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, name] = input.ids();
    let api = rest_apis::find_mut(account, api_id)?;
    api.stages.remove(name).ok_or_else(not_found)?;
    rest_apis::remove_stage_from_plans(account, api_id, name);
    Ok(Output::accepted())
}

pub(super) fn not_found() -> ApiError {
    ApiError::not_found("Invalid stage identifier specified")
}

/// Returns a stage without settings. Fails if the name is invalid or the API has its maximum number of stages.
pub(super) fn new_stage(
    api: &RestApi,
    name: &str,
    max_stages: usize,
    now: Timestamp,
) -> Result<Stage, ApiError> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    if name.is_empty() || name.len() > 128 || !name.chars().all(allowed) {
        return Err(ApiError::bad_request("Stage name only allows a-zA-Z0-9_-"));
    }
    if api.stages.len() >= max_stages {
        return Err(ApiError::limit_exceeded(format!(
            "Maximum number of stages of {max_stages} reached for the API"
        )));
    }
    Ok(Stage {
        name: name.to_owned(),
        deployment_id: String::new(),
        description: None,
        created: now,
        updated: now,
        method_settings: BTreeMap::new(),
        access_log: None,
        variables: BTreeMap::new(),
        tracing: false,
        web_acl_arn: None,
        tags: Tags::new(),
    })
}

/// Refuses settings for what is no verb. AWS takes verbs and the one wildcard `*/*`, but neither `ANY` nor a wildcard in
/// one of the two places. Whether it takes a path that the API does not have is not known: here it does.
fn check_method_setting(step: &Step) -> Result<(), ApiError> {
    let parts: Vec<&str> = step.path.split('/').skip(1).collect();
    let is_setting = |setting: &[&str]| METHOD_SETTINGS.contains(&setting.join("/").as_str());
    match parts[..] {
        [path, verb, ref setting @ ..] if is_setting(setting) => {
            let is_valid = match (path, verb) {
                ("*", "*") => true,
                ("*", _) | (_, "*" | "ANY") => false,
                (_, verb) => methods::is_verb(verb),
            };
            let invalid = || ApiError::bad_request(format!("Invalid method setting path: {}", step.path));
            is_valid.then_some(()).ok_or_else(invalid)
        }
        _ => Ok(()),
    }
}

/// Compares by segment, but `accessLogSettings` and `variables` never match `<resourcePath>`.
fn matches(template: &str, path: &str) -> bool {
    let reserved = ["accessLogSettings", "variables"];
    let is_reserved = |path: &str| path.split('/').nth(1).is_some_and(|first| reserved.contains(&first));
    patch::matches_by_segment(template, path) && is_reserved(template) == is_reserved(path)
}

fn apply(stage: &mut Stage, step: Step) -> Result<(), ApiError> {
    let parts: Vec<&str> = step.path.split('/').skip(1).collect();
    match parts[..] {
        ["deploymentId"] => stage.deployment_id = step.value,
        ["description"] => stage.description = step.text(),
        ["tracingEnabled"] => stage.tracing = step.is_true(),
        ["accessLogSettings"] => stage.access_log = None,
        ["accessLogSettings", "format"] => stage.access_log.get_or_insert_default().format = step.text(),
        ["accessLogSettings", _] => stage.access_log.get_or_insert_default().destination_arn = step.text(),
        ["variables", name] if step.op == Op::Remove => drop(stage.variables.remove(name)),
        ["variables", name] => drop(stage.variables.insert(patch::unescape(name), step.value.clone())),
        [path, verb] => drop(stage.method_settings.remove(&method_key(path, verb))),
        [path, verb, ref setting @ ..] => {
            let settings = stage.method_settings.entry(method_key(path, verb)).or_default();
            apply_method_setting(settings, &setting.join("/"), &step)?;
        }
        _ => {}
    }
    Ok(())
}

fn apply_method_setting(settings: &mut MethodSettings, setting: &str, step: &Step) -> Result<(), ApiError> {
    match METHOD_SETTINGS.iter().position(|name| *name == setting) {
        Some(0) => settings.throttling_rate_limit = Some(step.number()?),
        Some(1) => settings.throttling_burst_limit = Some(step.number()?),
        Some(2) => settings.logging_level = step.text(),
        Some(3) => settings.data_trace_enabled = step.is_true(),
        _ => settings.metrics_enabled = step.is_true(),
    }
    Ok(())
}

/// Returns the key of a method in [`Stage::method_settings`]: `*/*`, or the path with `~1` for each slash, then `/`
/// and the verb.
fn method_key(path: &str, verb: &str) -> String {
    if path == "*" || path.starts_with("~1") { format!("{path}/{verb}") } else { format!("~1{path}/{verb}") }
}

fn view(stage: &Stage) -> Value {
    let settings: Map<String, Value> = stage
        .method_settings
        .iter()
        .map(|(method, settings)| (method.clone(), settings_view(settings)))
        .collect();
    json!({
        "stageName": stage.name,
        "deploymentId": stage.deployment_id,
        "description": stage.description,
        "cacheClusterEnabled": false,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": settings,
        "variables": (!stage.variables.is_empty()).then_some(&stage.variables),
        "accessLogSettings": stage.access_log,
        "tracingEnabled": stage.tracing,
        "webAclArn": stage.web_acl_arn,
        "tags": stage.tags,
        "createdDate": to_epoch_seconds(stage.created),
        "lastUpdatedDate": to_epoch_seconds(stage.updated),
    })
}

/// A rate or burst that was never set is shown as the account's, as on AWS.
fn settings_view(settings: &MethodSettings) -> Value {
    let account = Settings::default().throttle;
    json!({
        "metricsEnabled": settings.metrics_enabled,
        "loggingLevel": settings.logging_level,
        "dataTraceEnabled": settings.data_trace_enabled,
        "throttlingBurstLimit": settings.throttling_burst_limit.unwrap_or(account.burst_limit),
        "throttlingRateLimit": settings.throttling_rate_limit.unwrap_or(account.rate_limit),
        "cachingEnabled": false,
        "cacheTtlInSeconds": 300,
        "cacheDataEncrypted": false,
        "requireAuthorizationForCacheControl": true,
        "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
    })
}
