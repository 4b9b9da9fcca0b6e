//! Usage plans, read from API Gateway.

use std::collections::BTreeMap;

use aws_sdk_apigateway::operation::get_usage_plans::builders::GetUsagePlansFluentBuilder;
use aws_sdk_apigateway::types;
use keypool_domain::{
    ApiKeyId, Known, MethodRef, MethodThrottles, Period, Plan, PlanId, Quota, StageRef, Throttle, Unknown,
};

use super::{PAGE_SIZE, lenient, text_or_empty};
use crate::aws::failure::{AwsCall, Service};
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// All usage plans, with remarks about malformed ones.
#[derive(Debug, Default)]
pub(crate) struct PlanList {
    pub(crate) plans: Vec<Plan>,
    pub(crate) remarks: Vec<String>,
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
        read_all_pages(&list, &call).await.map(|result| result.plans)
    }
}

/// Reads a list of usage plans to its last page.
async fn read_all_pages(list: &GetUsagePlansFluentBuilder, call: &AwsCall<'_>) -> Result<PlanList, Failure> {
    let mut result = PlanList::default();
    let mut pages = Pages::of_list();
    loop {
        let request = list.clone().limit(PAGE_SIZE).set_position(pages.token());
        let next = match request.send().await {
            Ok(page) => {
                result.plans.extend(page.items.unwrap_or_default().into_iter().filter_map(plan));
                page.position
            }
            Err(error) => match lenient::rejected_body(&error).and_then(lenient::parse_usage_plans) {
                Some(page) => {
                    result.plans.extend(page.plans);
                    result.remarks.extend(page.remarks);
                    page.position
                }
                None => return Err(call.failure(error)),
            },
        };
        if !pages.turn_page(call, next)? {
            return Ok(result);
        }
    }
}

fn plan(plan: types::UsagePlan) -> Option<Plan> {
    let stages = plan.api_stages.unwrap_or_default();
    Some(Plan {
        id: PlanId::new(plan.id?),
        name: text_or_empty(plan.name),
        description: text_or_empty(plan.description),
        throttle: plan.throttle.map(throttle),
        quota: plan.quota.and_then(quota),
        method_throttles: stages.iter().flat_map(method_throttles).collect(),
        stages: stages.into_iter().filter_map(stage).collect(),
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

fn method_throttles(api_stage: &types::ApiStage) -> MethodThrottles {
    let method_throttle = |(method, settings): (&String, &types::ThrottleSettings)| {
        Some(((stage(api_stage.clone())?, parse_method_path(method)?), throttle(settings.clone())))
    };
    api_stage.throttle.iter().flatten().filter_map(method_throttle).collect()
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
