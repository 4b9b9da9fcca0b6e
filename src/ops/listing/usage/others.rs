//! Usage by plan, by tenant and by day.

use jiff::Timestamp;
use keypool_domain::Inventory;
use keypool_domain::usage::{PlanUsage, SharedUse, TenantUse, Usage};
use serde::Serialize;
use serde_json::Value;

use super::{StandingRecord, with_standing};
use crate::ops::listing::{Form, Record};

/// A plan, all its keys together: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanRecord {
    plan_id: String,
    plan: String,
    /// Keys of which something is known.
    keys: usize,
    calls: u64,
    #[serde(flatten)]
    standing: StandingRecord,
}

/// A tenant: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantRecord {
    tenant: String,
    /// Calls with API keys of its own.
    calls: u64,
    /// Its equal share of the keys it shares; null where it shares none.
    estimate: Value,
    shared: Vec<SharedRecord>,
}

/// A key that a tenant shares.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SharedRecord {
    plan_id: String,
    api_key_id: String,
    /// Of all who share it.
    calls: u64,
    shared_by: usize,
}

/// A day of a plan: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DayRecord {
    day: String,
    plan_id: String,
    plan: String,
    calls: u64,
}

impl Record for PlanRecord {
    const FIELDS: &'static [&'static str] = with_standing!["planId", "plan", "keys", "calls"];
    const TABLE: &'static [(&'static str, &'static str)] = &[
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

impl Record for TenantRecord {
    const FIELDS: &'static [&'static str] = &[
        "tenant",
        "calls",
        "estimate",
        "shared.planId",
        "shared.apiKeyId",
        "shared.calls",
        "shared.sharedBy",
    ];
    const TABLE: &'static [(&'static str, &'static str)] = &[
        ("tenant", "tenant"),
        ("own calls", "calls"),
        ("estimate", "estimate"),
        ("shared key", "shared.apiKeyId"),
        ("its calls", "shared.calls"),
        ("shared by", "shared.sharedBy"),
    ];
}

impl Record for DayRecord {
    const FIELDS: &'static [&'static str] = &["day", "planId", "plan", "calls"];
    const TABLE: &'static [(&'static str, &'static str)] =
        &[("day", "day"), ("plan", "plan"), ("calls", "calls")];
}

/// The plans, in API Gateway's order.
pub(crate) fn plans(usage: &Usage, inventory: &Inventory, now: Timestamp) -> Vec<PlanRecord> {
    let of_plan = |(plan, of_plan): (&keypool_domain::Plan, &PlanUsage)| PlanRecord {
        plan_id: plan.id.to_string(),
        plan: plan.name.clone(),
        keys: of_plan.keys.len(),
        calls: of_plan.total(),
        standing: StandingRecord::of(of_plan.overall(plan.quota.as_ref(), now)),
    };
    told(usage, inventory).map(of_plan).collect()
}

/// The tenants by calls, most first.
pub(crate) fn tenants(usage: &Usage, inventory: &Inventory, form: Form) -> Vec<TenantRecord> {
    let record = |tenant: TenantUse| TenantRecord {
        estimate: if tenant.shared.is_empty() { Value::Null } else { form.estimate(tenant.estimate()) },
        calls: tenant.own,
        tenant: tenant.tenant.to_string(),
        shared: tenant.shared.iter().map(shared).collect(),
    };
    usage.top_tenants(inventory).into_iter().map(record).collect()
}

fn shared(shared: &SharedUse) -> SharedRecord {
    SharedRecord {
        plan_id: shared.key.plan.to_string(),
        api_key_id: shared.key.api_key.to_string(),
        calls: shared.key.used,
        shared_by: shared.tenants,
    }
}

/// Every day of every plan, in order.
pub(crate) fn days(usage: &Usage, inventory: &Inventory) -> Vec<DayRecord> {
    let mut days: Vec<_> = told(usage, inventory)
        .flat_map(|(plan, of_plan)| of_plan.by_day().into_iter().map(move |(day, calls)| (day, plan, calls)))
        .collect();
    days.sort_by_key(|(day, ..)| *day);
    let record = |(day, plan, calls): (jiff::civil::Date, &keypool_domain::Plan, u64)| DayRecord {
        day: day.to_string(),
        plan_id: plan.id.to_string(),
        plan: plan.name.clone(),
        calls,
    };
    days.into_iter().map(record).collect()
}

fn told<'a>(
    usage: &'a Usage,
    inventory: &'a Inventory,
) -> impl Iterator<Item = (&'a keypool_domain::Plan, &'a PlanUsage)> {
    inventory.plans().iter().filter_map(|plan| Some((plan, usage.plan(&plan.id)?)))
}
