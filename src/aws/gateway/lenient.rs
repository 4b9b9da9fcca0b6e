//! Parses pages of usage plans that the SDK rejects.
//!
//! Once a number has been patched, some emulators return it as a JSON string. One such plan must not
//! hide the others.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use keypool_domain::{MethodThrottles, Period, Plan, PlanId, Quota, StageRef, Throttle};
use serde_json::Value;

use super::plans::{listed_tags, parse_method_path};

#[derive(Debug)]
pub(super) struct PlanPage {
    pub(super) plans: Vec<Plan>,
    pub(super) remarks: Vec<String>,
    pub(super) position: Option<String>,
}

/// Returns the body of a successful response that the SDK could not parse.
pub(super) fn rejected_body<E>(error: &SdkError<E, HttpResponse>) -> Option<&[u8]> {
    let response = error.raw_response().filter(|response| response.status().is_success())?;
    response.body().bytes()
}

pub(super) fn parse_usage_plans(body: &[u8]) -> Option<PlanPage> {
    let page: Value = serde_json::from_slice(body).ok()?;
    let items = page.get("item")?.as_array()?;
    let plans: Vec<_> = items.iter().filter_map(plan).collect();
    let names = items.iter().filter(|item| has_numbers_as_text(item)).filter_map(|item| text(item, "name"));
    let mut remarks = Vec::new();
    let names: Vec<_> = names.collect();
    if !names.is_empty() {
        remarks.push(format!("the endpoint returns numbers of usage plan {} as text", names.join(", ")));
    }
    if plans.len() < items.len() {
        remarks.push(format!(
            "{} of {} usage plans could not be read",
            items.len() - plans.len(),
            items.len()
        ));
    }
    Some(PlanPage { plans, remarks, position: text(&page, "position") })
}

fn plan(item: &Value) -> Option<Plan> {
    let stages = item.get("apiStages").and_then(Value::as_array);
    Some(Plan {
        id: PlanId::new(text(item, "id")?),
        name: text(item, "name").unwrap_or_default(),
        description: text(item, "description").unwrap_or_default(),
        throttle: item.get("throttle").and_then(throttle),
        quota: item.get("quota").and_then(quota),
        stages: stages.into_iter().flatten().filter_map(stage).collect(),
        product_code: text(item, "productCode"),
        method_throttles: stages.into_iter().flatten().flat_map(method_throttles).collect(),
        price_list_entry: None,
        tags: listed_tags(tags(item)),
    })
}

/// Returns a usage plan's tags, if the response has any.
pub(super) fn tags(item: &Value) -> Option<BTreeMap<String, String>> {
    let tags = item.get("tags")?.as_object()?;
    Some(tags.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
}

fn throttle(value: &Value) -> Option<Throttle> {
    Some(Throttle { rate: number(value, "rateLimit")?, burst: number(value, "burstLimit")? })
}

fn quota(value: &Value) -> Option<Quota> {
    Some(Quota {
        limit: number(value, "limit")?,
        period: Period::parse(&text(value, "period")?)?,
        offset: number(value, "offset").unwrap_or(0),
    })
}

fn stage(value: &Value) -> Option<StageRef> {
    Some(StageRef { api: text(value, "apiId")?, stage: text(value, "stage")? })
}

fn method_throttles(api_stage: &Value) -> MethodThrottles {
    let throttles = api_stage.get("throttle").and_then(Value::as_object);
    let method_throttle = |(method, settings): (&String, &Value)| {
        Some(((stage(api_stage)?, parse_method_path(method)?), throttle(settings)?))
    };
    throttles.into_iter().flatten().filter_map(method_throttle).collect()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

/// Parses a number, or a string that contains one.
fn number<T: std::str::FromStr>(value: &Value, name: &str) -> Option<T> {
    match value.get(name)? {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn has_numbers_as_text(item: &Value) -> bool {
    let numbers =
        [("throttle", "rateLimit"), ("throttle", "burstLimit"), ("quota", "limit"), ("quota", "offset")];
    numbers
        .iter()
        .any(|(group, name)| item.get(group).and_then(|group| group.get(name)).is_some_and(Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sent_as_strings_are_parsed_with_a_remark() {
        let body = br#"{"item":[
            {"id":"good","name":"Good","throttle":{"rateLimit":1.5,"burstLimit":3}},
            {"id":"odd","name":"Odd","throttle":{"rateLimit":"10","burstLimit":"20"},
             "quota":{"limit":"500","period":"DAY","offset":0},"apiStages":[{"apiId":"a","stage":"prod"}]},
            {"name":"no id"}],"position":"next"}"#;
        let page = parse_usage_plans(body).expect("a page");
        assert_eq!(page.position.as_deref(), Some("next"));
        assert_eq!(page.plans.len(), 2);
        assert_eq!(page.plans[0].throttle, Some(Throttle { rate: 1.5, burst: 3 }));
        assert_eq!(page.plans[1].throttle, Some(Throttle { rate: 10.0, burst: 20 }));
        assert_eq!(page.plans[1].quota, Some(Quota { limit: 500, period: Period::Day, offset: 0 }));
        assert_eq!(
            page.remarks,
            [
                "the endpoint returns numbers of usage plan Odd as text",
                "1 of 3 usage plans could not be read"
            ]
        );
        assert!(parse_usage_plans(b"<html>").is_none());
    }
}
