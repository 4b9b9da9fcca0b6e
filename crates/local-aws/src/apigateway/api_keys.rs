//! `/apikeys`: API keys.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::patch::{self, Op, Paths, Step};
use super::request::{Input, Output, to_epoch_seconds};
use super::tags;
use crate::state::{Account, ApiKey, KeyValue, Tags};

const PATHS: Paths = &[
    (Op::Add, &["/labels", "/stages"]),
    (Op::Remove, &["/labels", "/stages"]),
    (Op::Replace, &["/description", "/enabled", "/name", "/customerId"]),
];

const MAX_NAME_CHARS: usize = 1024;
const MAX_DESCRIPTION_CHARS: usize = 125_000;
const MAX_CUSTOMER_ID_CHARS: usize = 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewKey {
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    enabled: bool,
    value: Option<String>,
    #[serde(default)]
    stage_keys: Vec<StageKey>,
    customer_id: Option<String>,
    tags: Option<Tags>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StageKey {
    rest_api_id: Option<String>,
    stage_name: Option<String>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let new: NewKey = input.json()?;
    let tags = new.tags.unwrap_or_default();
    tags::check(&tags, account)?;
    let value = match new.value.filter(|value| !value.is_empty()) {
        Some(value) => value,
        None => account.id_generator.new_key_value(40),
    };
    check_value(&value)?;
    check_texts(new.name.as_deref(), new.description.as_deref(), new.customer_id.as_deref())?;
    check_can_create(account, &value)?;
    let key = ApiKey {
        name: new.name,
        description: new.description,
        enabled: new.enabled,
        customer_id: new.customer_id,
        stage_keys: new.stage_keys.into_iter().filter_map(StageKey::into_name).collect(),
        tags,
        ..new_api_key(account, value, input.now)
    };
    let output = Output::created(view(&key, true, !key.tags.is_empty()));
    account.add_api_key(key);
    Ok(output)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let page_request = PageRequest::from_query(&input.query)?;
    let (prefix, customer) = (input.query.get("name").unwrap_or_default(), input.query.get("customerId"));
    let with_values = input.query.is_true("includeValues");
    let matching = account.api_keys().newest_before(page_request.position).filter(|(_, key)| {
        key.name.as_deref().unwrap_or_default().starts_with(prefix)
            && customer.is_none_or(|customer| key.customer_id.as_deref() == Some(customer))
    });
    let with_tags = !input.lists_without_tags;
    Ok(Output::ok(
        page_request.list(matching, |key| view(key, with_values, with_tags && !key.tags.is_empty())),
    ))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [id] = input.ids();
    let key = account.api_keys().get(id).ok_or_else(not_found)?;
    Ok(Output::ok(view(key, input.query.is_true("includeValue"), true)))
}

pub(super) fn update(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [id] = input.ids();
    let mut key = account.api_keys().get(id).cloned().ok_or_else(not_found)?;
    let was_enabled = key.enabled;
    for step in patch::parse_steps(input, PATHS, patch::matches_by_segment)? {
        apply(&mut key, step);
    }
    check_texts(key.name.as_deref(), key.description.as_deref(), key.customer_id.as_deref())?;
    key.updated = input.now;
    if key.enabled != was_enabled {
        key.enabled_changed = input.now;
    }
    let output = Output::ok(view(&key, false, true));
    if let Some(stored) = account.api_key_mut(id) {
        *stored = key;
    }
    Ok(output)
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [id] = input.ids();
    account.remove_api_key(id).map(|_| Output::accepted()).ok_or_else(not_found)
}

fn apply(key: &mut ApiKey, step: Step) {
    match (step.op, step.path.as_str()) {
        (_, "/name") => key.name = Some(step.value),
        (_, "/description") => key.description = Some(step.value),
        (_, "/customerId") => key.customer_id = Some(step.value),
        (_, "/enabled") => key.enabled = step.is_true(),
        (Op::Add, "/stages") if !key.stage_keys.contains(&step.value) => key.stage_keys.push(step.value),
        (Op::Remove, "/stages") => key.stage_keys.retain(|stage| *stage != step.value),
        // AWS accepts labels but returns them nowhere.
        _ => {}
    }
}

impl StageKey {
    /// Returns `API/STAGE`, or `None` if either is missing.
    fn into_name(self) -> Option<String> {
        Some(format!("{}/{}", self.rest_api_id?, self.stage_name?))
    }
}

/// Returns a disabled API key with a new id, this value and nothing else set.
pub(super) fn new_api_key(account: &mut Account, value: String, now: Timestamp) -> ApiKey {
    let mut id = account.id_generator.new_id(10);
    while account.api_keys().contains(&id) {
        id = account.id_generator.new_id(10);
    }
    ApiKey {
        id,
        value: KeyValue(value),
        name: None,
        description: None,
        enabled: false,
        customer_id: None,
        stage_keys: Vec::new(),
        created: now,
        updated: now,
        enabled_changed: now,
        tags: Tags::new(),
    }
}

pub(super) fn not_found() -> ApiError {
    ApiError::not_found("Invalid API Key identifier specified")
}

pub(super) fn check_value(value: &str) -> Result<(), ApiError> {
    match value.chars().count() {
        0..20 => Err(ApiError::bad_request("API Key value should be at least 20 characters")),
        20..=128 => Ok(()),
        _ => Err(ApiError::bad_request("API Key value exceeds maximum size of 128 characters")),
    }
}

pub(super) fn check_texts(
    name: Option<&str>,
    description: Option<&str>,
    customer: Option<&str>,
) -> Result<(), ApiError> {
    let exceeds = |text: Option<&str>, max_chars| text.is_some_and(|text| text.chars().count() > max_chars);
    if exceeds(name, MAX_NAME_CHARS) {
        return Err(ApiError::bad_request("Invalid API Key name, can be at most 1024 characters."));
    }
    if exceeds(description, MAX_DESCRIPTION_CHARS) {
        return Err(ApiError::bad_request("Invalid API Key description specified."));
    }
    if exceeds(customer, MAX_CUSTOMER_ID_CHARS) {
        return Err(ApiError::bad_request("Invalid API Key customerId specified."));
    }
    Ok(())
}

/// Fails if an API key already has this value, or if the account has its maximum number of API keys.
pub(super) fn check_can_create(account: &Account, value: &str) -> Result<(), ApiError> {
    if account.api_key_by_value(value).is_some() {
        return Err(ApiError::conflict("API Key already exists"));
    }
    let limit = account.settings().limits.api_keys;
    if account.api_keys().len() >= limit {
        return Err(ApiError::limit_exceeded(format!("Maximum number of API Keys of {limit} reached")));
    }
    Ok(())
}

fn view(key: &ApiKey, with_value: bool, with_tags: bool) -> Value {
    json!({
        "id": key.id,
        "value": with_value.then_some(&key.value.0),
        "name": key.name,
        "customerId": key.customer_id,
        "description": key.description,
        "enabled": key.enabled,
        "createdDate": to_epoch_seconds(key.created),
        "lastUpdatedDate": to_epoch_seconds(key.updated),
        "stageKeys": key.stage_keys,
        "tags": with_tags.then_some(&key.tags),
    })
}
