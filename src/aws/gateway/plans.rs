//! Usage plans, read from API Gateway.

use std::collections::BTreeMap;

use aws_sdk_apigateway::operation::get_usage_plans::builders::GetUsagePlansFluentBuilder;
use aws_sdk_apigateway::types;
use keypool_domain::{
    ApiKeyId, Known, MethodRef, MethodThrottles, Period, Plan, PlanId, Quota, StageRef, Throttle, Unknown,
};

use super::unreadable::{describe_item, unreadable_items};
use super::{PAGE_SIZE, lenient, text_or_empty};
use crate::aws::failure::{AwsCall, Service};
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// All usage plans, with remarks about those in another format than AWS's.
#[derive(Debug, Default)]
pub(crate) struct PlanList {
    pub(crate) plans: Vec<Plan>,
    /// Why plans are missing; `None` if the list is complete.
    pub(crate) unreadable: Option<Unknown>,
    pub(crate) remarks: Vec<String>,
}

impl PlanList {
    /// Fails if a plan that the list lacks may exist.
    pub(super) fn require_complete(&self, call: &AwsCall<'_>) -> Result<(), Failure> {
        self.unreadable.as_ref().map_or(Ok(()), |reason| Err(call.unexpected_failure(reason.to_string())))
    }
}

impl Aws {
    /// Returns all usage plans, without their price-list entries.
    ///
    /// Some endpoints return numbers as strings, for which the SDK rejects the whole page. Such
    /// pages are parsed here, with a remark.
    pub(crate) async fn usage_plans(&self) -> Result<PlanList, Failure> {
        let call = self.call(Service::ApiGateway, "GetUsagePlans", "the list of usage plans");
        let list = self.shared.gateway_refresh.get_usage_plans();
        read_all_pages(&list, &call).await
    }

    /// Returns every usage plan that an API key is in. The response contains no key values.
    pub(crate) async fn usage_plans_of_key(&self, id: &ApiKeyId) -> Result<Vec<Plan>, Failure> {
        let call = self.call(Service::ApiGateway, "GetUsagePlans", format!("usage plans of API key {id}"));
        let list = self.shared.gateway.get_usage_plans().key_id(id.as_str());
        let list = read_all_pages(&list, &call).await?;
        list.require_complete(&call)?;
        Ok(list.plans)
    }
}

/// Reads a list of usage plans to its last page.
async fn read_all_pages(list: &GetUsagePlansFluentBuilder, call: &AwsCall<'_>) -> Result<PlanList, Failure> {
    let (mut result, mut unreadable) = (PlanList::default(), Vec::new());
    let mut pages = Pages::of_list();
    loop {
        let request = list.clone().limit(PAGE_SIZE).set_position(pages.token());
        let (plans, next) = match request.send().await {
            Ok(page) => {
                (page.items.unwrap_or_default().into_iter().map(listed_plan).collect(), page.position)
            }
            Err(error) => match lenient::rejected_body(&error).and_then(lenient::parse_usage_plans) {
                Some(page) => {
                    result.remarks.extend(page.remarks);
                    (page.plans, page.position)
                }
                None => return Err(call.failure(error)),
            },
        };
        for plan in plans {
            match plan {
                Ok(plan) => result.plans.push(plan),
                Err(label) => unreadable.push(label),
            }
        }
        if !pages.turn_page(call, next)? {
            result.unreadable = (!unreadable.is_empty()).then(|| unreadable_items("usage plan", &unreadable));
            return Ok(result);
        }
    }
}

/// Converts a plan, or returns the label of one that cannot be read.
fn listed_plan(listed: types::UsagePlan) -> Result<Plan, String> {
    let label = describe_item("plan", listed.id.as_deref(), None, listed.name.as_deref());
    plan(listed).map_err(|member| format!("{label} ({member})"))
}

/// Converts a plan, or returns the member that cannot be read. A limit that is there but cannot be read is not "no
/// limit".
fn plan(plan: types::UsagePlan) -> Result<Plan, &'static str> {
    let stages = plan.api_stages.unwrap_or_default();
    // Some endpoints return an empty object for no quota.
    let is_empty = |quota: &types::QuotaSettings| quota.limit == 0 && quota.period.is_none();
    let quota_settings = plan.quota.filter(|quota| !is_empty(quota));
    let method_throttles: Option<Vec<_>> = stages.iter().map(method_throttles).collect();
    Ok(Plan {
        id: PlanId::new(plan.id.ok_or("id")?),
        name: text_or_empty(plan.name),
        description: text_or_empty(plan.description),
        throttle: plan.throttle.map(throttle),
        quota: quota_settings.map(|settings| quota(settings).ok_or("quota")).transpose()?,
        method_throttles: method_throttles.ok_or("apiStages")?.into_iter().flatten().collect(),
        stages: stages.into_iter().map(stage).collect::<Option<_>>().ok_or("apiStages")?,
        product_code: plan.product_code,
        price_list_entry: None,
        tags: listed_tags(plan.tags.map(|tags| tags.into_iter().collect())),
    })
}

/// Returns the tags in a list response. The absence of tags proves nothing, since list responses
/// may leave them out.
pub(super) fn listed_tags(tags: Option<BTreeMap<String, String>>) -> Known<BTreeMap<String, String>> {
    let tags = tags.filter(|tags| !tags.is_empty());
    tags.map_or(Known::Unknown(Unknown::NotReadYet), Known::Value)
}

/// Returns `None` if the period is missing or unknown.
fn quota(quota: types::QuotaSettings) -> Option<Quota> {
    Some(Quota {
        limit: u64::try_from(quota.limit).unwrap_or(0),
        period: Period::parse(quota.period?.as_str())?,
        offset: u32::try_from(quota.offset).unwrap_or(0),
    })
}

fn throttle(throttle: types::ThrottleSettings) -> Throttle {
    Throttle { rate: throttle.rate_limit, burst: u32::try_from(throttle.burst_limit).unwrap_or(0) }
}

fn method_throttles(api_stage: &types::ApiStage) -> Option<MethodThrottles> {
    let method_throttle = |(method, settings): (&String, &types::ThrottleSettings)| {
        Some(((stage(api_stage.clone())?, parse_method_path(method)?), throttle(settings.clone())))
    };
    api_stage.throttle.iter().flatten().map(method_throttle).collect()
}

/// Parses a method as usage plans write it: `/pets/GET`, and `//GET` for the root.
pub(super) fn parse_method_path(written: &str) -> Option<MethodRef> {
    let (path, verb) = written.rsplit_once('/').filter(|(path, _)| path.starts_with('/'))?;
    Some(MethodRef::new(verb, path))
}

fn stage(stage: types::ApiStage) -> Option<StageRef> {
    Some(StageRef { api: stage.api_id?, stage: stage.stage? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_paths_are_parsed_into_path_and_verb() {
        for (written, expected) in [
            ("/pets/GET", Some(MethodRef::new("GET", "/pets"))),
            ("//GET", Some(MethodRef::new("GET", "/"))),
            ("/pets/{petId}/ANY", Some(MethodRef::new("ANY", "/pets/{petId}"))),
            ("GET", None),
        ] {
            assert_eq!(parse_method_path(written), expected, "{written}");
        }
    }
}
