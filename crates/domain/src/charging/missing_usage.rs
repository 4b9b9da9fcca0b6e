//! Tenant keys whose usage for the month is incomplete, because their API key is gone from their plan.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::LoggedCalls;
use super::former_usage::add_former_usage;
use super::stays::{Stays, existed_in};
use crate::usage::Usage;
use crate::{ApiKeyId, Inventory, Known, PlanId, Presence, TenantKey, TenantKeyId};

/// Clock difference tolerated between API Gateway and the writer of the tenant key.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Why nothing tells the calls of a tenant key in its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageGap {
    ApiKeyGone,
    /// API Gateway forgets the calls of an API key in a plan that it leaves.
    NotInPlan,
    PlanGone,
}

/// Tenant keys of the month that lost their API key or plan elsewhere, and whose calls in the plan neither GetUsage nor
/// a note nor the log has.
pub fn keys_with_unknown_usage<'a>(
    inventory: &'a Inventory,
    usage: &Usage,
    log: Option<&LoggedCalls>,
) -> Vec<(&'a TenantKey, UsageGap)> {
    let usage = add_former_usage(usage, inventory);
    let logged = log.map(LoggedCalls::calls_by_key).unwrap_or_default();
    let is_listed_in =
        |plan: &PlanId, id: &ApiKeyId| usage.plan(plan).is_some_and(|plan| plan.keys.contains_key(id));
    // The log is asked only for API keys that GetUsage does not list at all.
    let is_charged_from_log =
        |id: &ApiKeyId| logged.contains_key(id) && !usage.plans.keys().any(|plan| is_listed_in(plan, id));
    let is_missing = |tenant_key: &TenantKey| {
        let Known::Value(id) = tenant_key.api_key() else { return false };
        !is_listed_in(&tenant_key.plan, &id) && !is_charged_from_log(&id)
    };
    let stays = Stays::new(inventory, usage.range).all.into_iter();
    let present = stays.filter(|stay| stay.days_in(usage.range).is_some()).filter_map(|stay| stay.present);
    let gaps = present.filter_map(|tenant_key| Some((tenant_key, usage_gap(tenant_key, inventory)?)));
    gaps.filter(|(tenant_key, _)| is_missing(tenant_key)).collect()
}

/// Why API Gateway no longer counts the calls of a tenant key in its plan, as far as that is known.
fn usage_gap(tenant_key: &TenantKey, inventory: &Inventory) -> Option<UsageGap> {
    let Known::Value(id) = tenant_key.api_key() else { return None };
    let is_left = || inventory.is_member(&tenant_key.plan, &id).is_known_to_be(&false);
    if inventory.is_plan_gone(&tenant_key.plan) {
        return Some(UsageGap::PlanGone);
    }
    match inventory.api_key(&id) {
        Presence::Missing => Some(UsageGap::ApiKeyGone),
        Presence::Present(_) | Presence::Unknown(_) => {
            (!tenant_key.plan.is_none() && is_left()).then_some(UsageGap::NotInPlan)
        }
    }
}

/// Tenant keys that got their API key during or after the month and whose former key has no usage data.
pub fn keys_with_missing_usage<'a>(inventory: &'a Inventory, usage: &Usage) -> Vec<&'a TenantKey> {
    let usage = add_former_usage(usage, inventory);
    let keys_with_usage = usage.plans.values().flat_map(|plan| plan.keys.keys());
    let successors: BTreeSet<&ApiKeyId> = keys_with_usage
        .map(|key| (key, inventory.api_key_after_rotations(key)))
        .filter(|(key, current)| key != current)
        .map(|(_, current)| current)
        .collect();
    // Their notes have the calls before, or those are still counted for a shared key.
    let noted: BTreeSet<&TenantKeyId> =
        inventory.former_keys().iter().filter_map(|former| former.continued_as.as_ref()).collect();
    let is_replaced = |tenant_key: &&TenantKey| {
        let Known::Value(id) = tenant_key.api_key() else { return false };
        let creation_times =
            inventory.api_key(&id).key().and_then(|key| key.created_at).zip(tenant_key.created_at());
        creation_times.is_some_and(|(key_created, tenant_key_created)| {
            let day = key_created.to_zoned(TimeZone::UTC).date();
            key_created.duration_since(tenant_key_created) > MAX_CLOCK_SKEW && usage.range.from() <= day
        }) && !successors.contains(&id)
    };
    let tenant_keys = inventory
        .tenant_keys()
        .iter()
        .filter(|tenant_key| inventory.is_shared(tenant_key).is_known_to_be(&false));
    tenant_keys
        .filter(|tenant_key| existed_in(tenant_key, inventory, usage.range))
        .filter(|tenant_key| !noted.contains(&tenant_key.id))
        .filter(is_replaced)
        .collect()
}
