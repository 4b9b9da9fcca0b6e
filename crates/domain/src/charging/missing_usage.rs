//! Tenant keys whose usage for the month is incomplete because their former API key is gone.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::LoggedCalls;
use super::former_usage::add_former_usage;
use super::stays::existed_in;
use crate::usage::Usage;
use crate::{ApiKeyId, Inventory, Known, Presence, TenantKey};

/// Clock difference tolerated between API Gateway and the writer of the tenant key.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Tenant keys whose API key, own or shared, was deleted elsewhere, and whose calls neither GetUsage nor a note
/// nor the log has.
pub fn keys_without_api_key<'a>(
    inventory: &'a Inventory,
    usage: &Usage,
    log: Option<&LoggedCalls>,
) -> Vec<&'a TenantKey> {
    let usage = add_former_usage(usage, inventory);
    let logged = log.map(LoggedCalls::calls_by_key).unwrap_or_default();
    let is_missing = |tenant_key: &&TenantKey| {
        let Known::Value(id) = tenant_key.api_key() else { return false };
        matches!(inventory.api_key(&id), Presence::Missing)
            && !usage.plans.values().any(|plan| plan.keys.contains_key(&id))
            && !logged.contains_key(&id)
    };
    let tenant_keys = inventory.tenant_keys().iter();
    tenant_keys.filter(|key| existed_in(key, inventory, usage.range)).filter(is_missing).collect()
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
        .filter(is_replaced)
        .collect()
}
