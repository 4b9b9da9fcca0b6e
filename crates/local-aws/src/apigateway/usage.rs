//! `/usageplans/{id}/usage`: usage of the API keys of a plan, and changes to one key's remaining quota.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::patch::{self, Op, Paths};
use super::request::{Input, Output};
use super::{usage_plan_keys, usage_plans};
use crate::quota::{DailyUsage, utc_day};
use crate::state::Account;

const PATHS: Paths = &[(Op::Replace, &["/remaining"])];

/// Longest date range of a request. AWS's own limit is not documented.
const MAX_DAYS: i32 = 366;

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [plan_id] = input.ids();
    let page_request = PageRequest::from_query(&input.query)?;
    let plan = account.usage_plans.get(plan_id).ok_or_else(usage_plans::not_found)?;
    let (start, end) = (parse_date(input, "startDate")?, parse_date(input, "endDate")?);
    check_range(start, end)?;
    let key_filter = input.query.get("keyId").filter(|id| !id.is_empty());
    if key_filter.is_some_and(|id| account.api_keys().get(id).is_none()) {
        return Err(ApiError::not_found("Invalid Key identifier specified"));
    }
    let with_usage = account.keys_of_plan(plan_id, page_request.position).filter_map(|(seq_no, key)| {
        let meter = account.meter(plan_id, &key.id)?;
        let matches = key_filter.is_none_or(|id| id == key.id);
        let has_usage = !meter.has_nothing_to_report(plan.quota.as_ref(), input.now, input.usage_lag);
        (matches && has_usage).then_some((seq_no, (&key.id, meter)))
    });
    let (page, position) = page_request.take_page(with_usage);
    let values: Map<String, Value> = page
        .into_iter()
        .map(|(id, meter)| {
            let days = meter.daily_usage(plan.quota.as_ref(), start, end, input.now, input.usage_lag);
            (id.clone(), days.iter().map(day_view).collect())
        })
        .collect();
    let mut output = view(plan_id, start, end, values);
    output["position"] = position.into();
    Ok(Output::ok(output))
}

pub(super) fn update(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [plan_id, key_id] = input.ids();
    usage_plan_keys::find_member(account, plan_id, key_id)?;
    let quota = account.usage_plans.get(plan_id).and_then(|plan| plan.quota);
    let quota = quota.ok_or_else(|| ApiError::bad_request("Usage Plan has no quota to be extended"))?;
    let today = utc_day(input.now);
    let mut remaining = Vec::new();
    for step in patch::parse_steps(input, PATHS, patch::matches_by_segment)? {
        let value: i64 = step.number()?;
        if value < 0 {
            return Err(ApiError::bad_request("Remaining usage has to be zero or more"));
        }
        remaining.push(value);
    }
    let meter = account.meter_mut(plan_id, key_id);
    for remaining in remaining {
        meter.set_remaining(&quota, today, remaining);
    }
    let days = meter.daily_usage(Some(&quota), today, today, input.now, std::time::Duration::ZERO);
    let values = Map::from_iter([(key_id.to_owned(), days.iter().map(day_view).collect())]);
    Ok(Output::ok(view(plan_id, today, today, values)))
}

fn view(plan_id: &str, start: Date, end: Date, values: Map<String, Value>) -> Value {
    json!({
        "usagePlanId": plan_id,
        "startDate": start.to_string(),
        "endDate": end.to_string(),
        "values": values,
    })
}

fn day_view(day: &DailyUsage) -> Value {
    json!([day.used, day.remaining])
}

fn parse_date(input: &Input<'_>, name: &str) -> Result<Date, ApiError> {
    let text = input.query.get(name).unwrap_or_default();
    text.parse()
        .map_err(|_| ApiError::bad_request(format!("Invalid {name} specified, has to be like 2026-09-01")))
}

fn check_range(start: Date, end: Date) -> Result<(), ApiError> {
    let days = start.until(end).map_or(i32::MAX, |span| span.get_days());
    match days {
        ..0 => Err(ApiError::bad_request("Invalid endDate specified, it is before startDate")),
        0..MAX_DAYS => Ok(()),
        _ => {
            Err(ApiError::bad_request("Invalid startDate specified, it is more than 366 days before endDate"))
        }
    }
}
