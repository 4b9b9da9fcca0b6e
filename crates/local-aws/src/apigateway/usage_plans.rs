//! `/usageplans`: usage plans.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::request::{Input, Output};
use super::{tags, usage_plan_keys, usage_plan_patch};
use crate::quota::{Period, Quota};
use crate::state::{Account, ApiStage, Tags, Throttle, UsagePlan};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPlan {
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    api_stages: Vec<NewApiStage>,
    throttle: Option<Throttle>,
    quota: Option<NewQuota>,
    tags: Option<Tags>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewApiStage {
    api_id: Option<String>,
    stage: Option<String>,
    #[serde(default)]
    throttle: BTreeMap<String, Throttle>,
}

/// A quota before validation.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct NewQuota {
    #[serde(default)]
    pub(super) limit: i64,
    #[serde(default)]
    pub(super) offset: i64,
    pub(super) period: Option<String>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let new: NewPlan = input.json()?;
    let name = new.name.filter(|name| !name.is_empty()).ok_or_else(|| missing_member("name"))?;
    let limit = account.settings().limits.usage_plans;
    if account.usage_plans.len() >= limit {
        return Err(ApiError::limit_exceeded(format!("Maximum number of Usage Plans of {limit} reached")));
    }
    let tags = new.tags.unwrap_or_default();
    tags::check(&tags, account)?;
    let mut plan = UsagePlan {
        id: new_plan_id(account),
        name,
        description: new.description,
        api_stages: Vec::new(),
        throttle: new.throttle,
        quota: new.quota.map(NewQuota::validate).transpose()?,
        product_code: None,
        tags,
    };
    for stage in new.api_stages {
        let (api_id, stage_name) = (stage.api_id.unwrap_or_default(), stage.stage.unwrap_or_default());
        let stage = ApiStage { api_id, stage: stage_name, throttle: stage.throttle };
        add_stage(account, &mut plan, stage)?;
    }
    check_throttles(account, &plan)?;
    let output = Output::created(view(&plan, !plan.tags.is_empty()));
    account.usage_plans.insert(plan);
    Ok(output)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let page_request = PageRequest::from_query(&input.query)?;
    let item = |plan: &UsagePlan| view(plan, false);
    Ok(Output::ok(match input.query.get("keyId") {
        Some(key_id) => page_request.list_by_index(account.plans_of_key(key_id), item),
        None => page_request.list(account.usage_plans.oldest_after(page_request.position), item),
    }))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [id] = input.ids();
    let plan = account.usage_plans.get(id).ok_or_else(not_found)?;
    Ok(Output::ok(view(plan, true)))
}

pub(super) fn update(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [id] = input.ids();
    let plan = account.usage_plans.get(id).cloned().ok_or_else(not_found)?;
    let plan = usage_plan_patch::apply_patch(plan, input, account)?;
    check_throttles(account, &plan)?;
    let output = Output::ok(view(&plan, true));
    account.usage_plans.insert(plan);
    Ok(output)
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [id] = input.ids();
    let plan = account.usage_plans.get(id).ok_or_else(not_found)?;
    if let Some(stage) = plan.api_stages.first() {
        return Err(ApiError::bad_request(format!(
            "Cannot delete Usage Plan {id} because there are API Stages associated with it, including {}",
            stage.name()
        )));
    }
    account.remove_usage_plan(id);
    Ok(Output::accepted())
}

pub(super) fn not_found() -> ApiError {
    ApiError::not_found("Invalid Usage Plan ID specified")
}

/// Adds a stage to a plan. Fails if the stage does not exist or is already in the plan, or if an API key of the
/// plan is in another plan with this stage.
pub(super) fn add_stage(account: &Account, plan: &mut UsagePlan, stage: ApiStage) -> Result<(), ApiError> {
    let api = account.rest_apis.get(&stage.api_id);
    if !api.is_some_and(|api| api.stages.contains_key(&stage.stage)) {
        return Err(ApiError::not_found(format!("API Stage not found: {}", stage.name())));
    }
    if plan.stage(&stage.api_id, &stage.stage).is_some() {
        return Err(ApiError::conflict(format!(
            "API Stage {} is already associated with Usage Plan {}",
            stage.name(),
            plan.id
        )));
    }
    for (_, key) in account.keys_of_plan(&plan.id, None) {
        if account.plan_for_stage(&key.id, &stage.api_id, &stage.stage).is_some() {
            return Err(usage_plan_keys::second_plan_for_stage(plan, key));
        }
    }
    plan.api_stages.push(stage);
    Ok(())
}

impl NewQuota {
    /// Checks period, limit and offset as API Gateway does.
    pub(super) fn validate(self) -> Result<Quota, ApiError> {
        let (period, max_offset) = match self.period.as_deref() {
            Some("DAY") => (Period::Day, 0),
            Some("WEEK") => (Period::Week, 6),
            Some("MONTH") => (Period::Month, 27),
            _ => {
                return Err(ApiError::bad_request(
                    "Usage Plan quota period must be one of: [DAY, WEEK, MONTH]",
                ));
            }
        };
        if self.limit < 0 || self.limit > i64::from(i32::MAX) {
            return Err(ApiError::bad_request(
                "Usage Plan quota limit must be between 0 and 2147483647 inclusive",
            ));
        }
        match (period, (0..=max_offset).contains(&self.offset)) {
            (_, true) => Ok(Quota { limit: self.limit, offset: self.offset, period }),
            (Period::Day, false) => {
                Err(ApiError::bad_request("Usage Plan quota offset must be zero in the DAY period"))
            }
            (Period::Week | Period::Month, false) => Err(ApiError::bad_request(format!(
                "Usage Plan quota offset must be between 0 and {max_offset} inclusive in the {} period",
                period_name(period)
            ))),
        }
    }
}

fn period_name(period: Period) -> &'static str {
    match period {
        Period::Day => "DAY",
        Period::Week => "WEEK",
        Period::Month => "MONTH",
    }
}

fn check_throttles(account: &Account, plan: &UsagePlan) -> Result<(), ApiError> {
    let limit = account.settings().limits.method_throttles;
    for stage in &plan.api_stages {
        if !stage.throttle.is_empty() && plan.throttle.is_none() {
            return Err(ApiError::bad_request(
                "Can not define fine grain throttling if usage plan throttle is not defined.",
            ));
        }
        if let Some(method) = stage.throttle.keys().find(|method| !is_method_path(method)) {
            return Err(ApiError::bad_request(format!(
                "Invalid method {method} specified for API Stage {}, has to be like /pets/GET",
                stage.name()
            )));
        }
        if stage.throttle.len() > limit {
            return Err(ApiError::limit_exceeded(format!(
                "Maximum number of method throttles of {limit} reached for API Stage {}",
                stage.name()
            )));
        }
    }
    let method_throttles = plan.api_stages.iter().flat_map(|stage| stage.throttle.values());
    for throttle in plan.throttle.iter().chain(method_throttles) {
        if !throttle.rate_limit.is_finite() || throttle.rate_limit < 0.0 || throttle.burst_limit < 0 {
            return Err(ApiError::bad_request("Usage Plan throttle limits must be zero or more"));
        }
    }
    Ok(())
}

/// Whether a text is a resource's path and a verb, such as `/pets/GET`, or `//GET` for the root. Wildcards such as
/// `*/*` are for stages only. AWS answers 400 to them; its text is not known.
fn is_method_path(text: &str) -> bool {
    const VERBS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
    text.rsplit_once('/').is_some_and(|(path, verb)| path.starts_with('/') && VERBS.contains(&verb))
}

fn new_plan_id(account: &mut Account) -> String {
    loop {
        let id = account.id_generator.new_id(6);
        if !account.usage_plans.contains(&id) {
            return id;
        }
    }
}

/// Returns the error for a missing required member.
pub(super) fn missing_member(member: &str) -> ApiError {
    let problem = format!("Value null at '{member}' failed to satisfy constraint: Member must not be null");
    ApiError::validation(&[problem])
}

fn view(plan: &UsagePlan, with_tags: bool) -> Value {
    json!({
        "id": plan.id,
        "name": plan.name,
        "description": plan.description,
        "apiStages": plan.api_stages.iter().map(stage_view).collect::<Vec<_>>(),
        "throttle": plan.throttle,
        "quota": plan.quota.map(|quota| {
            json!({ "limit": quota.limit, "offset": quota.offset, "period": period_name(quota.period) })
        }),
        "productCode": plan.product_code,
        "tags": with_tags.then_some(&plan.tags),
    })
}

fn stage_view(stage: &ApiStage) -> Value {
    let throttle = (!stage.throttle.is_empty()).then_some(&stage.throttle);
    json!({ "apiId": stage.api_id, "stage": stage.stage, "throttle": throttle })
}
