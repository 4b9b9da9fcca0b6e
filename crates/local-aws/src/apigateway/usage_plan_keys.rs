//! `/usageplans/{id}/keys`: which API keys are in a usage plan. Answers always hold the values of the keys.

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::Window;
use super::refusal::Refusal;
use super::request::{Answer, Asked};
use super::{api_keys, usage_plans};
use crate::state::{Account, ApiKey, UsagePlan};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMember {
    key_id: Option<String>,
    key_type: Option<String>,
}

pub(super) fn create(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [plan_id] = asked.ids();
    let new: NewMember = asked.json()?;
    if new.key_type.as_deref() != Some("API_KEY") {
        return Err(Refusal::bad_request("Invalid key type specified. Must be one of: [API_KEY]"));
    }
    let plan = account.usage_plans.get(plan_id).ok_or_else(usage_plans::unknown)?;
    let key = new.key_id.and_then(|id| account.api_keys().get(&id)).ok_or_else(api_keys::unknown)?;
    check_can_join(account, key, plan)?;
    let (answer, key_id) = (Answer::created(view(key)), key.id.clone());
    account.attach(plan_id, &key_id, asked.now);
    Ok(answer)
}

pub(super) fn list(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [plan_id] = asked.ids();
    let window = Window::of(&asked.query)?;
    let prefix = asked.query.get("name").unwrap_or_default();
    let wanted = account
        .keys_of(plan_id, window.position)
        .filter(|(_, key)| key.name.as_deref().unwrap_or_default().starts_with(prefix));
    Ok(Answer::ok(window.list(wanted, view)))
}

pub(super) fn get(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [plan_id, key_id] = asked.ids();
    member(account, plan_id, key_id).map(|key| Answer::ok(view(key)))
}

pub(super) fn delete(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [plan_id, key_id] = asked.ids();
    member(account, plan_id, key_id)?;
    account.detach(plan_id, key_id);
    Ok(Answer::accepted())
}

/// An API key of a usage plan.
pub(super) fn member<'a>(account: &'a Account, plan_id: &str, key_id: &str) -> Result<&'a ApiKey, Refusal> {
    account.usage_plans.get(plan_id).ok_or_else(usage_plans::unknown)?;
    let membership = account.membership(plan_id, key_id).ok_or_else(api_keys::unknown)?;
    account.api_keys().get(&membership.key_id).ok_or_else(api_keys::unknown)
}

/// Whether a key may come into a plan: it is not in it, nor in another one for the same stage, nor in too many.
pub(super) fn check_can_join(account: &Account, key: &ApiKey, plan: &UsagePlan) -> Result<(), Refusal> {
    if account.membership(&plan.id, &key.id).is_some() {
        return Err(Refusal::conflict(format!(
            "API Key {} is already associated with Usage Plan {}",
            key.id, plan.id
        )));
    }
    for stage in &plan.api_stages {
        if account.plan_for(&key.id, &stage.api_id, &stage.stage).is_some() {
            return Err(Refusal::conflict(format!(
                "Usage Plan ID {} cannot be added because API Key {} cannot reference multiple Usage Plans with the \
                 same API Stage",
                plan.id, key.id
            )));
        }
    }
    let most = account.settings().limits.plans_per_key;
    if account.plans_of(&key.id).count() >= most {
        return Err(Refusal::limit_exceeded(format!(
            "Maximum number of Usage Plans per API Key of {most} reached"
        )));
    }
    Ok(())
}

fn view(key: &ApiKey) -> Value {
    json!({ "id": key.id, "type": "API_KEY", "value": key.value.0, "name": key.name })
}
