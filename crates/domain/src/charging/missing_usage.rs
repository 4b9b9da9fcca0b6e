//! Tenant keys whose usage for the month is incomplete because their former API key is gone.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::lines::existed_in;
use crate::usage::Usage;
use crate::{ApiKeyId, Inventory, Known, TenantKey};

/// Clock difference tolerated between API Gateway and the writer of the tenant key.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Tenant keys that got their API key during or after the month and whose former key has no usage data.
pub fn keys_with_missing_usage<'a>(inventory: &'a Inventory, usage: &Usage) -> Vec<&'a TenantKey> {
    let told = usage.plans.values().flat_map(|plan| plan.keys.keys());
    let followed: BTreeSet<&ApiKeyId> = told
        .map(|key| (key, inventory.current_api_key(key)))
        .filter(|(key, now)| key != now)
        .map(|(_, now)| now)
        .collect();
    let is_renewed = |row: &&TenantKey| {
        let Known::Value(id) = row.api_key() else { return false };
        let made = inventory.api_key(&id).key().and_then(|key| key.created_at).zip(row.created_at);
        made.is_some_and(|(key, row)| {
            let day = key.to_zoned(TimeZone::UTC).date();
            key.duration_since(row) > MAX_CLOCK_SKEW && usage.range.from() <= day
        }) && !followed.contains(&id)
    };
    let rows = inventory.tenant_keys().iter().filter(|row| inventory.is_shared(row).is_known_to_be(&false));
    rows.filter(|row| existed_in(row, usage.range)).filter(is_renewed).collect()
}
