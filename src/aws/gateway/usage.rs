//! Usage, read per plan and range of days in pages of 500 keys. Only `usage_of_key` reads a single key.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::types::{Op, PatchOperation};
use jiff::tz::TimeZone;
use keypool_domain::usage::{DayRange, DayUse};
use keypool_domain::{ApiKeyId, PlanId};
use serde_json::Value;

use super::{PAGE_SIZE, lenient};
use crate::aws::failure::Service;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// The days of each API key, in order. Keys without data are absent.
pub(crate) type KeyDays = BTreeMap<ApiKeyId, Vec<DayUse>>;

impl Aws {
    /// Returns today's (UTC) calls for each API key of a plan. Keys without calls are absent, and
    /// numbers lag by minutes.
    pub(crate) async fn calls_today(&self, plan: &PlanId) -> Result<HashMap<ApiKeyId, u64>, Failure> {
        let today = DayRange::last_days(1, self.now().to_zoned(TimeZone::UTC).date());
        let keys = self.usage(plan, today).await?;
        let used = |days: Vec<DayUse>| days.last().map_or(0, |day| day.used);
        Ok(keys.into_iter().map(|(api_key, days)| (api_key, used(days))).collect())
    }

    /// Returns the usage of a plan's API keys for a refresh, and the number of calls that it took; numbers lag by
    /// minutes.
    pub(crate) async fn usage_for_refresh(
        &self,
        plan: &PlanId,
        range: DayRange,
    ) -> Result<(KeyDays, u32), Failure> {
        self.fetch_usage(&self.shared.gateway_refresh, plan, None, range).await
    }

    /// Returns the usage of a plan's API keys for an operation that waits for it.
    pub(crate) async fn usage(&self, plan: &PlanId, range: DayRange) -> Result<KeyDays, Failure> {
        Ok(self.fetch_usage(&self.shared.gateway, plan, None, range).await?.0)
    }

    /// Returns the usage of one API key, for views of that key alone. All others read the whole
    /// plan.
    pub(crate) async fn usage_of_key(
        &self,
        plan: &PlanId,
        api_key: &ApiKeyId,
        range: DayRange,
    ) -> Result<KeyDays, Failure> {
        Ok(self.fetch_usage(&self.shared.gateway, plan, Some(api_key), range).await?.0)
    }

    /// Sets an API key's remaining quota in the current period.
    pub(crate) async fn set_remaining(
        &self,
        plan: &PlanId,
        api_key: &ApiKeyId,
        remaining: u64,
    ) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UpdateUsage", format!("API key {api_key} in {plan}"));
        let patch = PatchOperation::builder().op(Op::Replace).path("/remaining").value(remaining.to_string());
        let request =
            self.shared.gateway.update_usage().usage_plan_id(plan.as_str()).key_id(api_key.as_str());
        match request.patch_operations(patch.build()).send().await {
            Ok(usage) if usage.usage_plan_id.is_some() || usage.items.is_some() => Ok(()),
            Ok(_) => Err(call.unsupported_failure()),
            // The update succeeded, even if the SDK cannot parse the usage in the response.
            Err(error) if lenient::rejected_body(&error).is_some_and(is_usage) => Ok(()),
            Err(error) => Err(call.failure(error)),
        }
    }

    async fn fetch_usage(
        &self,
        client: &Client,
        plan: &PlanId,
        api_key: Option<&ApiKeyId>,
        range: DayRange,
    ) -> Result<(KeyDays, u32), Failure> {
        let call = self.call(Service::ApiGateway, "GetUsage", format!("usage plan {plan}"));
        let mut keys = KeyDays::new();
        let mut pages = Pages::of_list();
        let mut calls = 0;
        loop {
            calls += 1;
            let request = client
                .get_usage()
                .usage_plan_id(plan.as_str())
                .start_date(range.from().to_string())
                .end_date(range.to().to_string())
                .set_key_id(api_key.map(ToString::to_string))
                .limit(PAGE_SIZE)
                .set_position(pages.token());
            let next = match request.send().await {
                // AWS always repeats the plan's id. Some emulators answer every path with an empty object, which
                // must not be read as no calls.
                Ok(page) if page.usage_plan_id.is_none() && page.items.is_none() => {
                    return Err(call.unsupported_failure());
                }
                Ok(page) => {
                    let days = |pairs: Vec<Vec<i64>>| day_uses(range, pairs.iter().map(Vec::as_slice));
                    let items = page.items.unwrap_or_default().into_iter();
                    keys.extend(items.map(|(api_key, pairs)| (ApiKeyId::new(api_key), days(pairs))));
                    page.position
                }
                Err(error) => {
                    match lenient::rejected_body(&error).and_then(|body| parse_usage_page(range, body)) {
                        Some((page_keys, position)) => {
                            keys.extend(page_keys);
                            position
                        }
                        None => return Err(call.failure(error)),
                    }
                }
            };
            if !pages.turn_page(&call, next)? {
                return Ok((keys, calls));
            }
        }
    }
}

/// Whether a body is an answer of GetUsage or UpdateUsage.
fn is_usage(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body.get("usagePlanId").is_some() || body.get("values").is_some()
}

/// Converts pairs of calls and remaining quota, one for each day from the first.
fn day_uses<'a>(range: DayRange, pairs: impl Iterator<Item = &'a [i64]>) -> Vec<DayUse> {
    let day = |(day, pair): (_, &[i64])| DayUse {
        day,
        used: pair.first().map_or(0, |used| u64::try_from(*used).unwrap_or(0)),
        remaining: pair.get(1).copied(),
    };
    range.days().zip(pairs).map(day).collect()
}

/// Parses a page that the SDK rejects because days without calls are a bare pair or null.
fn parse_usage_page(range: DayRange, body: &[u8]) -> Option<(KeyDays, Option<String>)> {
    let page: Value = serde_json::from_slice(body).ok()?;
    let keys = page.get("values")?.as_object()?;
    let key_days = |pairs: &Value| {
        let pairs = parse_pairs(pairs);
        day_uses(range, pairs.iter().map(Vec::as_slice))
    };
    let position = page.get("position").and_then(Value::as_str).map(str::to_owned);
    Some((keys.iter().map(|(api_key, pairs)| (ApiKeyId::new(api_key), key_days(pairs))).collect(), position))
}

fn parse_pairs(pairs: &Value) -> Vec<Vec<i64>> {
    let numbers = |pair: &Value| pair.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
    match pairs.as_array() {
        Some(items) if items.first().is_some_and(Value::is_number) => vec![numbers(pairs)],
        Some(items) => items.iter().map(numbers).collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_pair_is_the_first_day_and_an_empty_pair_is_zero_calls() {
        let range = DayRange::new("2026-09-01".parse().expect("day"), "2026-09-03".parse().expect("day"));
        let body = br#"{"usagePlanId":"p","position":"next","values":
            {"flat":[3,97],"pairs":[[137,999863],[],[84,999656]],"null":null,"more":[[1,9],[1,8],[1,7],[1,6]]}}"#;
        let (keys, position) = parse_usage_page(range.expect("range"), body).expect("a page");
        let pairs = |key: &str| {
            let days = keys[&ApiKeyId::new(key)].iter();
            days.map(|day| (day.day.day(), day.used, day.remaining)).collect::<Vec<_>>()
        };
        assert_eq!(pairs("flat"), [(1, 3, Some(97))]);
        assert_eq!(pairs("pairs"), [(1, 137, Some(999_863)), (2, 0, None), (3, 84, Some(999_656))]);
        assert_eq!((pairs("null"), pairs("more").len()), (vec![], 3));
        assert_eq!(position.as_deref(), Some("next"));
        assert!(
            parse_usage_page(DayRange::last_days(1, "2026-09-01".parse().expect("day")), b"<html>").is_none()
        );
    }
}
