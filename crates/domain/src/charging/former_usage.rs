//! Calls of keys that have ended: what GetUsage no longer lists is taken from the notes.

use std::collections::BTreeMap;

use super::LoggedCalls;
use super::stays::was_present_in;
use crate::key::FormerKey;
use crate::usage::{DayUse, PlanUsage, Usage};
use crate::{ApiKeyId, Inventory, PlanId};

/// The usage of a month together with the calls in the notes of former keys. Where both have a number, the
/// larger one counts: GetUsage lags, so a note may be too low.
pub fn add_former_usage(usage: &Usage, inventory: &Inventory) -> Usage {
    let mut noted: BTreeMap<(&PlanId, &ApiKeyId), u64> = BTreeMap::new();
    for former in own_former_keys(inventory) {
        if let Some(calls) = former.calls.get(&usage.range.from()) {
            let noted_calls = noted.entry((&former.plan, &former.api_key)).or_default();
            *noted_calls = (*noted_calls).max(*calls);
        }
    }
    let mut usage = usage.clone();
    let range = usage.range;
    for ((plan, api_key), calls) in noted {
        let fetched_at = usage.oldest_fetch().unwrap_or(inventory.taken_at());
        let new_plan = || PlanUsage::new(plan.clone(), range, BTreeMap::new(), fetched_at);
        let plan_usage = usage.plans.entry(plan.clone()).or_insert_with(new_plan);
        let missing = calls.saturating_sub(plan_usage.key_total(api_key).unwrap_or(0));
        let days = plan_usage.keys.entry(api_key.clone()).or_default();
        if missing > 0 {
            // The note has no days: only the total of the month matters.
            days.push(DayUse { day: range.from(), used: missing, remaining: None });
        }
    }
    usage
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

/// Without the notes of tenants that left a shared API key, which is still counted.
fn own_former_keys(inventory: &Inventory) -> impl Iterator<Item = &FormerKey> {
    inventory.former_keys().iter().filter(|former| former.is_own() || former.tenant.is_none())
}
