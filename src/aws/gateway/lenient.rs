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
use super::unreadable::describe_item;

#[derive(Debug)]
pub(super) struct PlanPage {
    /// Plans, or the labels of those that cannot be read.
    pub(super) plans: Vec<Result<Plan, String>>,
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
    let plans = items.iter().map(|item| plan(item).map_err(|member| describe_plan(item, member))).collect();
    let names = items.iter().filter(|item| has_numbers_as_text(item)).filter_map(|item| text(item, "name"));
    let mut remarks = Vec::new();
    let names: Vec<_> = names.collect();
    if !names.is_empty() {
        remarks.push(format!("the endpoint returns numbers of usage plan {} as text", names.join(", ")));
    }
    Some(PlanPage { plans, remarks, position: text(&page, "position") })
}

/// Names a plan and its member that cannot be read.
fn describe_plan(item: &Value, member: &str) -> String {
    let (id, name) = (item.get("id"), item.get("name").and_then(Value::as_str));
    let foreign_id = id.filter(|json| !json.is_null());
    let label = describe_item("plan", id.and_then(Value::as_str), foreign_id, name);
    format!("{label} ({member})")
}

/// Parses a plan, or returns the member that cannot be read. A limit that is there but cannot be read is not "no
/// limit".
fn plan(item: &Value) -> Result<Plan, &'static str> {
    // Some endpoints return an empty object for no limit.
    let is_empty =
        |value: &Value| value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
    let member = |name: &str| item.get(name).filter(|value| !is_empty(value));
    let stages = match member("apiStages") {
        None => &[][..],
        Some(stages) => stages.as_array().ok_or("apiStages")?,
    };
    let method_throttles: Option<Vec<_>> = stages.iter().map(method_throttles).collect();
    Ok(Plan {
        id: PlanId::new(text(item, "id").ok_or("id")?),
        name: text(item, "name").unwrap_or_default(),
        description: text(item, "description").unwrap_or_default(),
        throttle: member("throttle").map(|value| throttle(value).ok_or("throttle")).transpose()?,
        quota: member("quota").map(|value| quota(value).ok_or("quota")).transpose()?,
        stages: stages.iter().map(stage).collect::<Option<_>>().ok_or("apiStages")?,
        product_code: text(item, "productCode"),
        method_throttles: method_throttles.ok_or("apiStages")?.into_iter().flatten().collect(),
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
        offset: number(value, "offset")?,
    })
}

fn stage(value: &Value) -> Option<StageRef> {
    Some(StageRef { api: text(value, "apiId")?, stage: text(value, "stage")? })
}

fn method_throttles(api_stage: &Value) -> Option<MethodThrottles> {
    let throttles = api_stage.get("throttle").and_then(Value::as_object);
    let method_throttle = |(method, settings): (&String, &Value)| {
        Some(((stage(api_stage)?, parse_method_path(method)?), throttle(settings)?))
    };
    throttles.into_iter().flatten().map(method_throttle).collect()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

/// Parses a number, or a string that contains one; a missing one is 0, as the SDK reads it.
fn number<T: std::str::FromStr + Default>(value: &Value, name: &str) -> Option<T> {
    match value.get(name) {
        None | Some(Value::Null) => Some(T::default()),
        Some(Value::Number(number)) => number.to_string().parse().ok(),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
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
            {"name":"no id"},
            {"id":"endless","quota":{"limit":"many","period":"DAY"}},
            {"id":"odd period","quota":{"limit":5,"period":"HOUR"}},
            {"id":"odd stage","apiStages":[{"apiId":"a","stage":"prod","throttle":{"/x/GET":{"rateLimit":"?"}}}]},
            {"id":7,"name":"Seven"}],"position":"next"}"#;
        let page = parse_usage_plans(body).expect("a page");
        assert_eq!(page.position.as_deref(), Some("next"));
        let plan = |index: usize| page.plans[index].as_ref().expect("a plan");
        assert_eq!(plan(0).throttle, Some(Throttle { rate: 1.5, burst: 3 }));
        assert_eq!(plan(1).throttle, Some(Throttle { rate: 10.0, burst: 20 }));
        assert_eq!(plan(1).quota, Some(Quota { limit: 500, period: Period::Day, offset: 0 }));
        assert_eq!(page.remarks, ["the endpoint returns numbers of usage plan Odd as text"]);
        let unreadable: Vec<_> = page.plans.iter().filter_map(|plan| plan.as_ref().err()).collect();
        let expected = [
            "the plan named \"no id\" (id)",
            "endless (quota)",
            "odd period (quota)",
            "odd stage (apiStages)",
            "a plan with the id 7 (id)",
        ];
        assert_eq!(unreadable, expected);
        assert!(parse_usage_plans(b"<html>").is_none());
    }
}
