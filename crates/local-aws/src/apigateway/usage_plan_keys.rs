//! `/usageplans/{id}/keys`: the API keys in a usage plan. As on AWS, responses always contain the values of the keys.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::request::{Input, Output};
use super::{api_keys, usage_plans};
use crate::state::{Account, ApiKey, UsagePlan};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMember {
    key_id: Option<String>,
    key_type: Option<String>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [plan_id] = input.ids();
    let new: NewMember = input.json()?;
    if new.key_type.as_deref() != Some("API_KEY") {
        return Err(ApiError::bad_request("Invalid key type specified. Must be one of: [API_KEY]"));
    }
    let plan = account.usage_plans.get(plan_id).ok_or_else(usage_plans::not_found)?;
    let key = new.key_id.and_then(|id| account.api_keys().get(&id)).ok_or_else(api_keys::not_found)?;
    check_can_join(account, key, plan)?;
    let (output, key_id) = (Output::created(view(key)), key.id.clone());
    account.attach(plan_id, &key_id, input.now);
    Ok(output)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [plan_id] = input.ids();
    let page_request = PageRequest::from_query(&input.query)?;
    let prefix = input.query.get("name").unwrap_or_default();
    let matching = account
        .keys_of_plan(plan_id, page_request.position)
        .filter(|(_, key)| key.name.as_deref().unwrap_or_default().starts_with(prefix));
    Ok(Output::ok(page_request.list(matching, view)))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [plan_id, key_id] = input.ids();
    find_member(account, plan_id, key_id).map(|key| Output::ok(view(key)))
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [plan_id, key_id] = input.ids();
    find_member(account, plan_id, key_id)?;
    account.detach(plan_id, key_id);
    Ok(Output::accepted())
}

pub(super) fn find_member<'a>(
    account: &'a Account,
    plan_id: &str,
    key_id: &str,
) -> Result<&'a ApiKey, ApiError> {
    account.usage_plans.get(plan_id).ok_or_else(usage_plans::not_found)?;
    let membership = account.membership(plan_id, key_id).ok_or_else(api_keys::not_found)?;
    account.api_keys().get(&membership.key_id).ok_or_else(api_keys::not_found)
}

/// Fails if the key is already in this plan, in another plan that shares a stage with this one, or in the maximum
/// number of plans.
pub(super) fn check_can_join(account: &Account, key: &ApiKey, plan: &UsagePlan) -> Result<(), ApiError> {
    if account.membership(&plan.id, &key.id).is_some() {
        return Err(ApiError::conflict(format!(
            "API Key {} is already associated with Usage Plan {}",
            key.id, plan.id
        )));
    }
    for stage in &plan.api_stages {
        if account.plan_for_stage(&key.id, &stage.api_id, &stage.stage).is_some() {
            return Err(second_plan_for_stage(plan, key));
        }
    }
    let max_plans = account.settings().limits.plans_per_key;
    if account.plans_of_key(&key.id).count() >= max_plans {
        return Err(ApiError::limit_exceeded(format!(
            "Maximum number of Usage Plans per API Key of {max_plans} reached"
        )));
    }
    Ok(())
}

/// Returns the error if a key would be in two plans with one stage.
pub(super) fn second_plan_for_stage(plan: &UsagePlan, key: &ApiKey) -> ApiError {
    ApiError::conflict(format!(
        "Usage Plan {} cannot be added because API Key {} cannot reference multiple Usage Plans with the same API \
         Stage",
        plan.id, key.id
    ))
}

fn view(key: &ApiKey) -> Value {
    json!({ "id": key.id, "type": "API_KEY", "value": key.value.0, "name": key.name })
}
