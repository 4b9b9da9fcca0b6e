//! `keypool plans`.

use clap::Args;
use keypool_domain::{Inventory, Plan, Quota};
use serde::Serialize;
use serde_json::Number;

use super::Stop;
use super::output::{self, OutputArgs, Record};
use super::session::Session;

/// List the usage plans with what they enforce and how full they are
#[derive(Debug, Args)]
pub struct Plans {
    #[command(flatten)]
    output: OutputArgs,
}

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
    price: Option<Number>,
    /// API keys attached in API Gateway; null where it could not be asked.
    api_keys: Option<usize>,
    stages: Vec<String>,
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

impl Plans {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let inventory = session.inventory().await?;
        let records: Vec<_> = inventory.plans().iter().map(|plan| record(plan, &inventory)).collect();
        output::list(&records, self.output.output)
    }
}

fn record<'a>(plan: &'a Plan, inventory: &Inventory) -> PlanRecord<'a> {
    let price = plan.shop_window.as_ref().and_then(|row| row.price);
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
        price: price.and_then(|price| decimal(&price.to_string())),
        api_keys: inventory.members(&plan.id).map(<[_]>::len),
        stages: plan.stages.iter().map(ToString::to_string).collect(),
    }
}

fn quota(quota: Quota) -> QuotaRecord {
    QuotaRecord { limit: quota.limit, period: quota.period.as_str(), offset: quota.offset }
}

/// The number that is written like this: whole ones without a point.
fn decimal(text: &str) -> Option<Number> {
    text.parse().ok()
}
