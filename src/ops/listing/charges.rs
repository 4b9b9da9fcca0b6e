//! What tenants owe, as it is written: a tenant with its plans, in a table with the tenant's total.

use keypool_domain::charging::{Line, Report, TenantTotal};
use keypool_domain::{Inventory, Price};
use serde::Serialize;
use serde_json::Value;

use super::{Record, RecordFormat};

/// What a tenant owes: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChargeRecord<'a> {
    month: String,
    tenant: &'a str,
    currency: &'a str,
    plans: Vec<PlanChargeRecord>,
    /// Of all its plans; named so that nobody adds it to theirs.
    tenant_total: Option<Value>,
}

/// What a tenant owes for a plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanChargeRecord {
    plan_id: String,
    plan: String,
    /// The flat price.
    price: Option<Value>,
    /// Calls that are known to be the tenant's.
    calls: u64,
    /// Its equal share of shared keys.
    estimate: Value,
    /// Calls of all who share those keys.
    shared_calls: Option<u64>,
    /// The most tenants that share a key with it.
    shared_by: Option<usize>,
    included: Option<u64>,
    overage: Option<u64>,
    metered: Option<Value>,
    total: Option<Value>,
}

impl Record for ChargeRecord<'_> {
    const FIELDS: &'static [&'static str] = &[
        "month",
        "tenant",
        "currency",
        "plans.planId",
        "plans.plan",
        "plans.price",
        "plans.calls",
        "plans.estimate",
        "plans.sharedCalls",
        "plans.sharedBy",
        "plans.included",
        "plans.overage",
        "plans.metered",
        "plans.total",
        "tenantTotal",
    ];
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("tenant", "tenant"),
        ("plan", "plans.plan"),
        ("price", "plans.price"),
        ("calls", "plans.calls"),
        ("shared, estimate", "plans.estimate"),
        ("of", "plans.sharedCalls"),
        ("shared by", "plans.sharedBy"),
        ("included", "plans.included"),
        ("metered", "plans.metered"),
        ("total", "plans.total"),
    ];
}

/// What each tenant owes.
pub(crate) fn charge_records<'a>(
    report: &'a Report,
    inventory: &Inventory,
    form: RecordFormat,
) -> Vec<ChargeRecord<'a>> {
    report.tenants().map(|owed| tenant(&owed, report, inventory, form)).collect()
}

fn tenant<'a>(
    owed: &TenantTotal<'a>,
    report: &'a Report,
    inventory: &Inventory,
    form: RecordFormat,
) -> ChargeRecord<'a> {
    let mut plans: Vec<_> = owed.lines.iter().map(|line| plan(line, inventory, form)).collect();
    if form == RecordFormat::Table && plans.len() > 1 {
        plans.push(total_record(owed, form));
    }
    ChargeRecord {
        month: report.month.from().strftime("%Y-%m").to_string(),
        tenant: owed.tenant.as_str(),
        currency: report.currency.as_str(),
        plans,
        tenant_total: Some(amount_value(owed.total(), form)),
    }
}

fn plan(line: &Line, inventory: &Inventory, form: RecordFormat) -> PlanChargeRecord {
    let shared = line.shared_keys.iter();
    PlanChargeRecord {
        plan_id: line.plan.to_string(),
        plan: inventory.plan_name(&line.plan).to_owned(),
        price: line.flat_price.map(|price| amount_value(price, form)),
        calls: line.exact_calls(),
        estimate: estimate(line.estimated_calls(), form),
        shared_calls: shared.clone().map(|shared| shared.key.used).reduce(u64::saturating_add),
        shared_by: shared.map(|shared| shared.tenants).max(),
        included: line.rate.map(|rate| rate.included),
        overage: line.extra_calls(),
        metered: line.metered_price().map(|price| amount_value(price, form)),
        total: Some(amount_value(line.total(), form)),
    }
}

/// The line of the table below a tenant's plans.
fn total_record(owed: &TenantTotal<'_>, form: RecordFormat) -> PlanChargeRecord {
    PlanChargeRecord {
        plan_id: String::new(),
        plan: format!("all {} plans", owed.lines.len()),
        price: owed.flat_price().map(|price| amount_value(price, form)),
        calls: owed.exact_calls(),
        estimate: estimate(owed.estimated_calls(), form),
        shared_calls: None,
        shared_by: None,
        included: None,
        overage: None,
        metered: owed.metered_price().map(|price| amount_value(price, form)),
        total: Some(amount_value(owed.total(), form)),
    }
}

fn estimate(calls: Option<u64>, form: RecordFormat) -> Value {
    calls.map_or(Value::Null, |calls| form.estimate(calls))
}

/// An amount: a number in JSON, which has no trailing zeros, and elsewhere with all its hundredths.
fn amount_value(price: Price, form: RecordFormat) -> Value {
    form.number(&price.to_string())
}
