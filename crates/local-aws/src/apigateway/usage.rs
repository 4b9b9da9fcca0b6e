//! `/usageplans/{id}/usage`: what the API keys of a usage plan have used, and the extension of one key's quota.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::page::Window;
use super::patch::{self, Op, Paths};
use super::refusal::Refusal;
use super::request::{Answer, Asked};
use super::{usage_plan_keys, usage_plans};
use crate::quota::{DailyUsage, utc_day};
use crate::state::Account;

const PATHS: Paths = &[(Op::Replace, &["/remaining"])];

/// The longest stretch that is answered; AWS's own limit is not known.
const LONGEST_DAYS: i32 = 366;

pub(super) fn get(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [plan_id] = asked.ids();
    let window = Window::of(&asked.query)?;
    let plan = account.usage_plans.get(plan_id).ok_or_else(usage_plans::unknown)?;
    let (start, end) = (date(asked, "startDate")?, date(asked, "endDate")?);
    check_stretch(start, end)?;
    let only = asked.query.get("keyId");
    let counted = account.keys_of(plan_id, window.position).filter_map(|(place, key)| {
        let meter = account.meter(plan_id, &key.id)?;
        let wanted = only.is_none_or(|id| id == key.id);
        let known = !meter.is_blank(plan.quota.as_ref(), asked.now, asked.usage_lag);
        (wanted && known).then_some((place, (&key.id, meter)))
    });
    let (page, position) = window.first(counted);
    let values: Map<String, Value> = page
        .into_iter()
        .map(|(id, meter)| {
            let days = meter.daily(plan.quota.as_ref(), start, end, asked.now, asked.usage_lag);
            (id.clone(), days.iter().map(pair).collect())
        })
        .collect();
    let mut answer = view(plan_id, start, end, values);
    answer["position"] = position.into();
    Ok(Answer::ok(answer))
}

pub(super) fn update(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [plan_id, key_id] = asked.ids();
    usage_plan_keys::member(account, plan_id, key_id)?;
    let quota = account.usage_plans.get(plan_id).and_then(|plan| plan.quota);
    let quota = quota.ok_or_else(|| Refusal::bad_request("Usage Plan has no quota to be extended"))?;
    let today = utc_day(asked.now);
    let mut remaining = Vec::new();
    for step in patch::steps(asked, PATHS, patch::by_segment)? {
        let value: i64 = step.number()?;
        if value < 0 {
            return Err(Refusal::bad_request("Remaining usage has to be zero or more"));
        }
        remaining.push(value);
    }
    let meter = account.meter_mut(plan_id, key_id);
    for remaining in remaining {
        meter.set_remaining(&quota, today, remaining);
    }
    let days = meter.daily(Some(&quota), today, today, asked.now, std::time::Duration::ZERO);
    let values = Map::from_iter([(key_id.to_owned(), days.iter().map(pair).collect())]);
    Ok(Answer::ok(view(plan_id, today, today, values)))
}

fn view(plan_id: &str, start: Date, end: Date, values: Map<String, Value>) -> Value {
    json!({
        "usagePlanId": plan_id,
        "startDate": start.to_string(),
        "endDate": end.to_string(),
        "values": values,
    })
}

fn pair(day: &DailyUsage) -> Value {
    json!([day.used, day.remaining])
}

fn date(asked: &Asked<'_>, name: &str) -> Result<Date, Refusal> {
    let text = asked.query.get(name).unwrap_or_default();
    text.parse()
        .map_err(|_| Refusal::bad_request(format!("Invalid {name} specified, has to be like 2026-09-01")))
}

fn check_stretch(start: Date, end: Date) -> Result<(), Refusal> {
    let days = start.until(end).map_or(i32::MAX, |span| span.get_days());
    match days {
        ..0 => Err(Refusal::bad_request("Invalid endDate specified, it is before startDate")),
        0..LONGEST_DAYS => Ok(()),
        _ => {
            Err(Refusal::bad_request("Invalid startDate specified, it is more than 366 days before endDate"))
        }
    }
}
