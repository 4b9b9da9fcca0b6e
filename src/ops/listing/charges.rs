//! Records of charges: one per tenant, with its plans. The table adds a total line per tenant.

use keypool_domain::Price;
use keypool_domain::charging::{Line, Report, TenantTotal};
use serde_json::Value;

use super::format::RecordFormat;
use super::record::records;

records! {
    pub(crate) struct ChargeRecord<'a> {
        month: String,
        tenant: &'a str => "tenant",
        currency: &'a str,
        plans: Vec<PlanChargeRecord>,
        /// Total of all plans; the name keeps it from being added to the plan totals.
        tenant_total: Option<Value>,
    }

    struct PlanChargeRecord {
        plan_id: String,
        plan: String => "plan",
        /// The flat price.
        price: Option<Value> => "price",
        /// Days with a key in the plan; none unless flat prices are charged by days.
        days: Option<u8>,
        /// Calls known to be this tenant's; none if some of them are unknown.
        calls: Option<u64> => "calls",
        /// The tenant's equal share of the calls with shared keys.
        estimate: Value => "shared, estimate",
        /// Calls of all tenants that share those keys.
        shared_calls: Option<u64> => "shared calls",
        /// The largest number of tenants that share one of those keys.
        shared_by: Option<usize> => "shared by",
        /// Calls included in the flat price.
        included: Option<u64> => "included",
        /// Calls beyond the included ones.
        overage: Option<u64>,
        /// Price of the overage.
        metered: Option<Value> => "metered",
        total: Option<Value> => "total",
    }
}

pub(crate) fn charge_records<'a>(report: &'a Report, format: RecordFormat) -> Vec<ChargeRecord<'a>> {
    report.tenants().map(|total| charge_record(&total, report, format)).collect()
}

fn charge_record<'a>(total: &TenantTotal<'a>, report: &'a Report, format: RecordFormat) -> ChargeRecord<'a> {
    let mut plans: Vec<_> = total.lines.iter().map(|line| plan_record(line, format)).collect();
    if format == RecordFormat::Table && plans.len() > 1 {
        plans.push(total_record(total, format));
    }
    ChargeRecord {
        month: report.month.from().strftime("%Y-%m").to_string(),
        tenant: total.tenant.as_str(),
        currency: report.currency.as_str(),
        plans,
        tenant_total: Some(amount_value(total.total(), format)),
    }
}

fn plan_record(line: &Line, format: RecordFormat) -> PlanChargeRecord {
    let shared = line.shared_keys.iter();
    PlanChargeRecord {
        plan_id: line.plan.to_string(),
        plan: line.plan_name.clone(),
        days: line.days,
        price: line.flat_price.map(|price| amount_value(price, format)),
        calls: line.exact_calls(),
        estimate: estimate_value(line.estimated_calls(), format),
        shared_calls: shared.clone().map(|shared| shared.key.used).reduce(u64::saturating_add),
        shared_by: shared.map(|shared| shared.tenants).max(),
        included: line.rate.map(|rate| rate.included),
        overage: line.extra_calls(),
        metered: line.metered_price().map(|price| amount_value(price, format)),
        total: line.price_gap.is_none().then(|| amount_value(line.total(), format)),
    }
}

/// Returns the total line below a tenant's plans in the table.
fn total_record(total: &TenantTotal<'_>, format: RecordFormat) -> PlanChargeRecord {
    PlanChargeRecord {
        plan_id: String::new(),
        plan: format!("all {} plans", total.lines.len()),
        days: None,
        price: total.flat_price().map(|price| amount_value(price, format)),
        calls: total.exact_calls(),
        estimate: estimate_value(total.estimated_calls(), format),
        shared_calls: None,
        shared_by: None,
        included: None,
        overage: None,
        metered: total.metered_price().map(|price| amount_value(price, format)),
        total: Some(amount_value(total.total(), format)),
    }
}

fn estimate_value(calls: Option<u64>, format: RecordFormat) -> Value {
    calls.map_or(Value::Null, |calls| format.estimate(calls))
}

/// Returns a JSON number, which has no trailing zeros; in other formats the price as text.
fn amount_value(price: Price, format: RecordFormat) -> Value {
    format.number(&price.to_string())
}
