//! Tenant keys whose calls of a month are not all told, since they were made with an API key that is gone.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::lines::existed_in;
use crate::usage::Usage;
use crate::{ApiKeyId, Inventory, Known, TenantKey};

/// How far the clocks of whoever wrote the row and of API Gateway may differ.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Tenant keys of the month that have their API key only since it began, and had another before of which nothing is told.
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
