//! Usage plans as they are listed.

use keypool_domain::{Inventory, Plan, Quota};
use serde::Serialize;
use serde_json::{Number, Value};

use crate::cli::Stop;
use crate::cli::output::{self, Format, Record};
use crate::cli::session::Session;

/// A usage plan as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanRecord<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    model: &'static str,
    /// Tenants, each once.
    tenants: usize,
    /// Rows of the Keys table.
    tenant_keys: usize,
    rate: Option<Number>,
    burst: Option<u32>,
    quota: Option<QuotaRecord>,
    price: Option<Value>,
    /// API keys attached in API Gateway; null where it could not be asked.
    api_keys: Option<usize>,
    stages: Vec<String>,
    /// The product of AWS Marketplace that it is sold as.
    product_code: Option<&'a str>,
    /// For example "GET /pets on abc:prod: 1 a second, burst 2".
    method_throttles: Vec<String>,
}

#[derive(Debug, Serialize)]
struct QuotaRecord {
    limit: u64,
    period: &'static str,
    offset: u32,
}

impl Record for PlanRecord<'_> {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "name",
        "description",
        "model",
        "tenants",
        "tenantKeys",
        "rate",
        "burst",
        "quota.limit",
        "quota.period",
        "quota.offset",
        "price",
        "apiKeys",
        "stages",
        "methodThrottles",
        "productCode",
    ];
    const TABLE: &'static [(&'static str, &'static str)] = &[
        ("id", "id"),
        ("name", "name"),
        ("model", "model"),
        ("tenants", "tenants"),
        ("keys", "tenantKeys"),
        ("api keys", "apiKeys"),
        ("rate/s", "rate"),
        ("burst", "burst"),
        ("quota", "quota.limit"),
        ("per", "quota.period"),
        ("price", "price"),
        ("stages", "stages"),
    ];
}

/// Lists all usage plans.
pub(super) async fn run(session: &Session, format: Format) -> Result<(), Stop> {
    print(&session.inventory().await?, |_| true, format)
}

/// Lists those of the usage plans that are chosen.
pub(super) fn print(
    inventory: &Inventory,
    chosen: impl Fn(&Plan) -> bool,
    format: Format,
) -> Result<(), Stop> {
    let plans = inventory.plans().iter().filter(|plan| chosen(plan));
    let records: Vec<_> = plans.map(|plan| record(plan, inventory, format)).collect();
    output::list(&records, format)
}

fn record<'a>(plan: &'a Plan, inventory: &Inventory, format: Format) -> PlanRecord<'a> {
    let methods = plan.method_throttles.iter();
    PlanRecord {
        id: plan.id.as_str(),
        name: &plan.name,
        description: &plan.description,
        model: inventory.model(&plan.id).as_str(),
        tenants: inventory.tenants_of(&plan.id).len(),
        tenant_keys: inventory.rows_of(&plan.id).len(),
        rate: plan.throttle.and_then(|throttle| decimal(&throttle.rate.to_string())),
        burst: plan.throttle.map(|throttle| throttle.burst),
        quota: plan.quota.map(quota),
        price: plan.price().map(|price| output::number(&price.to_string(), format)),
        api_keys: inventory.members(&plan.id).map(<[_]>::len),
        stages: plan.stages.iter().map(ToString::to_string).collect(),
        product_code: plan.product_code.as_deref(),
        method_throttles: methods
            .map(|((stage, method), limits)| format!("{method} on {stage}: {limits}"))
            .collect(),
    }
}

fn quota(quota: Quota) -> QuotaRecord {
    QuotaRecord { limit: quota.limit, period: quota.period.as_str(), offset: quota.offset }
}

/// The number that is written like this: whole ones without a point.
fn decimal(text: &str) -> Option<Number> {
    text.parse().ok()
}
