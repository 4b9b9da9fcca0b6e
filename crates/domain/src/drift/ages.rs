//! Findings about API keys that are older than the settings allow.

use crate::text::pluralize;
use crate::{ApiKeyId, Inventory, KeyAge, PoolKeyState, TenantKey};

use super::{Finding, FindingKind, FixOffer, Observations, finding};

/// Only keys that work, and whose creation date is known. None is rotated by a fix: its tenants need the new value.
pub(super) fn findings(inventory: &Inventory, observations: &Observations) -> Vec<Finding> {
    let Some(max_days) = observations.max_key_age_days else { return Vec::new() };
    let overdue = |id: &ApiKeyId| overdue_age(id, max_days, inventory);
    let siloed = inventory.distinct_tenant_keys().filter_map(|tenant_key| {
        let is_own = inventory.is_shared(tenant_key).is_known_to_be(&false);
        let age = overdue(tenant_key.api_key().value_to_show().filter(|_| is_own)?)?;
        Some(tenant_key_finding(tenant_key, age, max_days))
    });
    let pooled = inventory.pools().iter().flat_map(|pool| {
        let active = pool.keys.iter().filter(|key| key.state == PoolKeyState::Active);
        active.filter_map(move |key| Some((pool, &key.api_key, overdue(&key.api_key)?)))
    });
    let pooled = pooled.map(|(pool, id, age)| {
        let summary = format!(
            "pool key {id} of {} {}: rotate it with `keypool pools rotate {id} --grace 7d`",
            inventory.plan_name(&pool.plan),
            describe_age(age, max_days)
        );
        finding(FindingKind::RotationOverdue, id, summary, FixOffer::Manual)
    });
    siloed.chain(pooled).collect()
}

fn tenant_key_finding(tenant_key: &TenantKey, age: KeyAge, max_days: u64) -> Finding {
    let id = &tenant_key.id;
    let summary = format!(
        "tenant key {id} \"{}\" of {} {}: rotate it with `keypool keys rotate {id} --grace 7d`",
        tenant_key.name,
        tenant_key.tenant,
        describe_age(age, max_days)
    );
    finding(FindingKind::RotationOverdue, id, summary, FixOffer::Manual)
}

/// The age of an API key that works and is too old.
fn overdue_age(id: &ApiKeyId, max_days: u64, inventory: &Inventory) -> Option<KeyAge> {
    inventory.api_key(id).key().filter(|key| key.enabled)?;
    inventory.api_key_age(id).filter(|age| age.days() > max_days)
}

/// For example "has an API key that is 120 days old (limit 90 days)".
fn describe_age(age: KeyAge, max_days: u64) -> String {
    let [age, limit] = [age.days(), max_days].map(|days| pluralize(days as usize, "day"));
    format!("has an API key that is {age} old (limit {limit})")
}
