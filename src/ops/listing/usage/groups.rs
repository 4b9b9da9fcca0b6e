//! Usage by plan, by tenant and by day.

use jiff::Timestamp;
use keypool_domain::Inventory;
use keypool_domain::usage::{PlanUsage, SharedUse, TenantUse, Usage};
use serde::Serialize;
use serde_json::Value;

use super::{QuotaStatusRecord, with_standing};
use crate::ops::listing::{Record, RecordFormat};

/// A plan, all its keys together: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanUsageRecord {
    plan_id: String,
    plan: String,
    /// Keys of which something is known.
    keys: usize,
    calls: u64,
    #[serde(flatten)]
    quota_status: QuotaStatusRecord,
}

/// A tenant: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantUsageRecord {
    tenant: String,
    /// Calls with API keys of its own.
    calls: u64,
    /// Its equal share of the keys it shares; null where it shares none.
    estimate: Value,
    shared: Vec<SharedKeyRecord>,
}

/// A key that a tenant shares.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SharedKeyRecord {
    plan_id: String,
    api_key_id: String,
    /// Of all who share it.
    calls: u64,
    shared_by: usize,
}

/// A day of a plan: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DayUsageRecord {
    day: String,
    plan_id: String,
    plan: String,
    calls: u64,
}

impl Record for PlanUsageRecord {
    const FIELDS: &'static [&'static str] = with_standing!["planId", "plan", "keys", "calls"];
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("plan", "plan"),
        ("keys", "keys"),
        ("calls", "calls"),
        ("used", "used"),
        ("left", "left"),
        ("limit", "limit"),
        ("%", "percent"),
        ("a day", "callsPerDay"),
        ("first runs out", "runsOut"),
        ("resets (expected)", "resetsAt"),
    ];
}

impl Record for TenantUsageRecord {
    const FIELDS: &'static [&'static str] = &[
        "tenant",
        "calls",
        "estimate",
        "shared.planId",
        "shared.apiKeyId",
        "shared.calls",
        "shared.sharedBy",
    ];
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("tenant", "tenant"),
        ("own calls", "calls"),
        ("estimate", "estimate"),
        ("shared key", "shared.apiKeyId"),
        ("its calls", "shared.calls"),
        ("shared by", "shared.sharedBy"),
    ];
}

impl Record for DayUsageRecord {
    const FIELDS: &'static [&'static str] = &["day", "planId", "plan", "calls"];
    const COLUMNS: &'static [(&'static str, &'static str)] =
        &[("day", "day"), ("plan", "plan"), ("calls", "calls")];
}

/// The plans, in API Gateway's order.
pub(crate) fn plan_records(usage: &Usage, inventory: &Inventory, now: Timestamp) -> Vec<PlanUsageRecord> {
    let of_plan = |(plan, of_plan): (&keypool_domain::Plan, &PlanUsage)| PlanUsageRecord {
        plan_id: plan.id.to_string(),
        plan: plan.name.clone(),
        keys: of_plan.keys.len(),
        calls: of_plan.total(),
        quota_status: QuotaStatusRecord::new(of_plan.total_quota_status(plan.quota.as_ref(), now)),
    };
    plans_with_usage(usage, inventory).map(of_plan).collect()
}

/// The tenants by calls, most first.
pub(crate) fn tenant_records(
    usage: &Usage,
    inventory: &Inventory,
    form: RecordFormat,
) -> Vec<TenantUsageRecord> {
    let record = |tenant: TenantUse| TenantUsageRecord {
        estimate: if tenant.shared_keys.is_empty() { Value::Null } else { form.estimate(tenant.estimate()) },
        calls: tenant.own_calls,
        tenant: tenant.tenant.to_string(),
        shared: tenant.shared_keys.iter().map(shared).collect(),
    };
    usage.top_tenants(inventory).into_iter().map(record).collect()
}

fn shared(shared: &SharedUse) -> SharedKeyRecord {
    SharedKeyRecord {
        plan_id: shared.key.plan.to_string(),
        api_key_id: shared.key.api_key.to_string(),
        calls: shared.key.used,
        shared_by: shared.tenants,
    }
}

/// Every day of every plan, in order.
pub(crate) fn day_records(usage: &Usage, inventory: &Inventory) -> Vec<DayUsageRecord> {
    let mut days: Vec<_> = plans_with_usage(usage, inventory)
        .flat_map(|(plan, of_plan)| {
            of_plan.calls_by_day().into_iter().map(move |(day, calls)| (day, plan, calls))
        })
        .collect();
    days.sort_by_key(|(day, ..)| *day);
    let record = |(day, plan, calls): (jiff::civil::Date, &keypool_domain::Plan, u64)| DayUsageRecord {
        day: day.to_string(),
        plan_id: plan.id.to_string(),
        plan: plan.name.clone(),
        calls,
    };
    days.into_iter().map(record).collect()
}

fn plans_with_usage<'a>(
    usage: &'a Usage,
    inventory: &'a Inventory,
) -> impl Iterator<Item = (&'a keypool_domain::Plan, &'a PlanUsage)> {
    inventory.plans().iter().filter_map(|plan| Some((plan, usage.plan(&plan.id)?)))
}
