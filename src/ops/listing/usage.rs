//! Usage as it is written for scripts: by API key, and by plan, tenant and day.

mod groups;
mod quota_status;

use jiff::Timestamp;
use keypool_domain::usage::{QuotaStatus, Usage};
use keypool_domain::{ApiKeyId, Inventory, PlanId};
use serde::Serialize;

use super::Record;
pub(crate) use groups::{day_records, plan_records, tenant_records};
pub(crate) use quota_status::{QuotaStatusRecord, with_standing};

/// An API key in a plan: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyUsageRecord {
    plan_id: String,
    plan: String,
    api_key_id: String,
    tenants: Vec<String>,
    /// How many tenants share it; null where it is one tenant's own.
    shared_by: Option<usize>,
    /// Calls in the days that were asked for.
    calls: u64,
    #[serde(flatten)]
    standing: QuotaStatusRecord,
}

impl Record for KeyUsageRecord {
    const FIELDS: &'static [&'static str] =
        with_standing!["planId", "plan", "apiKeyId", "tenants", "sharedBy", "calls"];
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("plan", "plan"),
        ("api key", "apiKeyId"),
        ("shared by", "sharedBy"),
        ("calls", "calls"),
        ("used", "used"),
        ("left", "left"),
        ("limit", "limit"),
        ("%", "percent"),
        ("a day", "callsPerDay"),
        ("runs out", "runsOut"),
        ("resets (expected)", "resetsAt"),
    ];
}

/// How many tenants share an API key; `None` where it is one tenant's own, or nobody's.
pub(crate) fn shared_by(inventory: &Inventory, api_key: &ApiKeyId) -> Option<usize> {
    let is_pooled = inventory.tenant_keys_of_api_key(api_key).any(|row| row.known_pool_key().is_some());
    is_pooled.then(|| inventory.tenants_of_api_key(api_key).len())
}

pub(crate) fn tenant_names(inventory: &Inventory, api_key: &ApiKeyId) -> Vec<String> {
    inventory.tenants_of_api_key(api_key).iter().map(ToString::to_string).collect()
}

/// The standing of a key in a plan.
fn quota_status(
    usage: &Usage,
    inventory: &Inventory,
    plan: &PlanId,
    api_key: &ApiKeyId,
    now: Timestamp,
) -> Option<QuotaStatus> {
    let quota = inventory.plan(plan).and_then(|plan| plan.quota);
    usage.plan(plan)?.quota_status(api_key, quota.as_ref(), now)
}

/// The keys by calls, most first.
pub(crate) fn key_records(usage: &Usage, inventory: &Inventory, now: Timestamp) -> Vec<KeyUsageRecord> {
    let record = |key: keypool_domain::usage::KeyUse| KeyUsageRecord {
        plan: inventory.plan_name(&key.plan).to_owned(),
        tenants: tenant_names(inventory, &key.api_key),
        shared_by: shared_by(inventory, &key.api_key),
        calls: key.used,
        standing: QuotaStatusRecord::new(quota_status(usage, inventory, &key.plan, &key.api_key, now)),
        plan_id: key.plan.to_string(),
        api_key_id: key.api_key.to_string(),
    };
    usage.top_keys().into_iter().map(record).collect()
}
