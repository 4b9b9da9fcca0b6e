//! Calls of keys that have ended: what GetUsage no longer lists is taken from the notes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::LoggedCalls;
use super::stays::was_present_in;
use crate::key::FormerKey;
use crate::usage::{DayRange, DayUse, PlanUsage, Usage};
use crate::{ApiKeyId, Inventory, PlanId};

/// The usage of some days together with the calls in the notes of former keys, as far as these were made on those days:
/// a note has the calls of a whole month. Where both have a number, the larger one counts: GetUsage lags, so a note may
/// be too low.
pub fn add_former_usage(usage: &Usage, inventory: &Inventory) -> Usage {
    let mut noted: BTreeMap<(&PlanId, &ApiKeyId, Date), u64> = BTreeMap::new();
    for (former, month, calls) in noted_calls(inventory, usage.range) {
        if is_within(former, month, usage.range) {
            let noted_calls = noted.entry((&former.plan, &former.api_key, month.from())).or_default();
            *noted_calls = (*noted_calls).max(calls);
        }
    }
    let mut usage = usage.clone();
    let range = usage.range;
    for ((plan, api_key, month), calls) in noted {
        let fetched_at = usage.oldest_fetch().unwrap_or(inventory.taken_at());
        let new_plan = || PlanUsage::new(plan.clone(), range, BTreeMap::new(), fetched_at);
        let plan_usage = usage.plans.entry(plan.clone()).or_insert_with(new_plan);
        let days = plan_usage.keys.entry(api_key.clone()).or_default();
        let is_in_month = |day: &&DayUse| day.day.first_of_month() == month;
        let counted = days.iter().filter(is_in_month).map(|day| day.used).fold(0, u64::saturating_add);
        let missing = calls.saturating_sub(counted);
        if missing > 0 {
            // The note has no days: only the total of the month matters.
            days.push(DayUse { day: month.max(range.from()), used: missing, remaining: None });
        }
    }
    usage
}

/// As [`add_former_usage`], of the plans that were read: without keys that had no calls, and with the quota statuses as
/// they are.
#[must_use]
pub fn with_former_calls(mut usage: Usage, inventory: &Inventory) -> Usage {
    let (from, read): (_, BTreeSet<PlanId>) = (usage.range.from(), usage.plans.keys().cloned().collect());
    let plans = std::mem::take(&mut usage.plans).into_iter();
    usage.plans = plans.map(|(id, plan)| (id, plan.with_calls_since(from))).collect();
    usage = add_former_usage(&usage, inventory);
    usage.plans.retain(|id, _| read.contains(id));
    usage.plans.values_mut().for_each(|plan| plan.keys.retain(|_, days| !days.is_empty()));
    usage
}

/// The API keys with calls in a note of which it is not known how many were made on these days.
pub fn former_keys_of_unknown_days(inventory: &Inventory, range: DayRange) -> BTreeSet<&ApiKeyId> {
    let unknown = noted_calls(inventory, range)
        .filter(|(former, month, calls)| *calls > 0 && !is_within(former, *month, range))
        .filter(|(former, ..)| was_present_in(former, range));
    unknown.map(|(former, ..)| &former.api_key).collect()
}

/// The calls in the notes for the months of these days.
fn noted_calls(inventory: &Inventory, range: DayRange) -> impl Iterator<Item = (&FormerKey, DayRange, u64)> {
    own_former_keys(inventory).flat_map(move |former| {
        let months = former.calls.iter().map(|(first, calls)| (DayRange::month_of(*first), *calls));
        let noted = months.filter(move |(month, _)| month.overlaps(range));
        noted.map(move |(month, calls)| (former, month, calls))
    })
}

/// Whether all calls of the key in this month were made on these days.
fn is_within(former: &FormerKey, month: DayRange, range: DayRange) -> bool {
    let since = former.since.map(|since| since.to_zoned(TimeZone::UTC).date());
    let first = since.map_or(month.from(), |since| since.max(month.from()));
    let last = former.last_day().min(month.to());
    last < first || (range.contains(first) && range.contains(last))
}

/// Former keys of the month whose calls neither GetUsage nor their notes nor the log have, each API key once.
pub fn former_keys_with_unknown_usage<'a>(
    inventory: &'a Inventory,
    usage: &Usage,
    log: Option<&LoggedCalls>,
) -> Vec<&'a FormerKey> {
    let usage = add_former_usage(usage, inventory);
    let logged = log.map(LoggedCalls::calls_by_key).unwrap_or_default();
    let is_listed = |former: &FormerKey| {
        usage.plan(&former.plan).is_some_and(|plan| plan.keys.contains_key(&former.api_key))
    };
    let mut unknown: Vec<_> = own_former_keys(inventory)
        .filter(|former| was_present_in(former, usage.range) && !is_listed(former))
        .filter(|former| !logged.contains_key(&former.api_key))
        .collect();
    unknown.sort_by_key(|former| (&former.plan, &former.api_key, former.until));
    unknown.dedup_by_key(|former| (&former.plan, &former.api_key));
    unknown
}

/// Without the notes of tenants that left a shared API key, which is still counted, and of keys in no plan: no
/// call with them is accepted.
fn own_former_keys(inventory: &Inventory) -> impl Iterator<Item = &FormerKey> {
    let in_plans = inventory.former_keys().iter().filter(|former| !former.plan.is_none());
    in_plans.filter(|former| former.is_own() || former.tenant.is_none())
}
