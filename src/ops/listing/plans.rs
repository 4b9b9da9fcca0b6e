//! The record of a usage plan.

use keypool_domain::{Inventory, Plan, Quota};
use serde_json::{Number, Value};

use super::format::RecordFormat;
use super::record::records;

records! {
    pub(crate) struct PlanRecord<'a> {
        id: &'a str => "id",
        name: &'a str => "name",
        description: &'a str,
        /// Marked as unknown while pools are not read.
        model: Value => "model",
        /// Number of distinct tenants.
        tenants: usize => "tenants",
        tenant_keys: usize => "keys",
        rate: Option<Number> => "rate/s",
        burst: Option<u32> => "burst",
        quota: Option<QuotaRecord>,
        price: Option<Value> => "price",
        /// Number of attached API keys; marked as unknown if they may not be read.
        api_keys: Value => "api keys" [after("tenant_keys")],
        stages: Vec<String> => "stages",
        /// The AWS Marketplace product code.
        product_code: Option<&'a str> [last_in_csv],
        /// Throttles of single methods, for example "GET /pets on abc:prod: 1 req/s, burst 2".
        method_throttles: Vec<String>,
    }

    struct QuotaRecord {
        limit: u64 => "quota",
        period: &'static str => "per",
        offset: u32,
    }
}

impl<'a> PlanRecord<'a> {
    pub(crate) fn new(plan: &'a Plan, inventory: &Inventory, format: RecordFormat) -> Self {
        let methods = plan.method_throttles.iter();
        Self {
            id: plan.id.as_str(),
            name: &plan.name,
            description: &plan.description,
            model: format.value_or_mark(&inventory.model(&plan.id).map(keypool_domain::Model::as_str)),
            tenants: inventory.tenants_of_plan(&plan.id).len(),
            tenant_keys: inventory.tenant_keys_of_plan(&plan.id).len(),
            rate: plan.throttle.and_then(|throttle| parse_number(&throttle.rate.to_string())),
            burst: plan.throttle.map(|throttle| throttle.burst),
            quota: plan.quota.map(quota_record),
            price: plan.price().map(|price| format.number(&price.to_string())),
            api_keys: format.value_or_mark(&inventory.members(&plan.id).map(<[_]>::len)),
            stages: plan.stages.iter().map(ToString::to_string).collect(),
            product_code: plan.product_code.as_deref(),
            method_throttles: methods
                .map(|((stage, method), throttle)| format!("{method} on {stage}: {throttle}"))
                .collect(),
        }
    }
}

fn quota_record(quota: Quota) -> QuotaRecord {
    QuotaRecord { limit: quota.limit, period: quota.period.as_str(), offset: quota.offset }
}

/// Parses a number; whole numbers have no decimal point.
fn parse_number(text: &str) -> Option<Number> {
    text.parse().ok()
}
