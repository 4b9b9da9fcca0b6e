//! The record of a key that ends.

use jiff::Timestamp;
use keypool_domain::Inventory;
use keypool_domain::ending::Ending;
use serde_json::Value;

use super::format::RecordFormat;
use super::record::records;

records! {
    pub(crate) struct EndingRecord {
        api_key_id: String => "api key",
        /// `grace` or `expiry`.
        kind: &'static str => "kind",
        /// When it stops working, or a disabled key is removed. Marked as unknown if it cannot be read.
        ends_at: Value => "ends",
        /// `running`, `disabled`, `due`, `unknown` or `ended`.
        state: &'static str => "state",
        tenants: Vec<String> => "tenants",
        /// The tenant keys that have its place now, or whose API key it is.
        tenant_key_ids: Vec<String>,
        plan_ids: Vec<String>,
        plans: Vec<String> => "plan",
        replaced_by: Option<String> => "replaced by",
        /// Whether tenants share the API key, or did before it was replaced.
        shared: bool,
    }
}

impl EndingRecord {
    pub(crate) fn new(
        ending: &Ending<'_>,
        inventory: &Inventory,
        now: Timestamp,
        format: RecordFormat,
    ) -> Self {
        let ends_at = ending.stops_at().map(|at| format!("{at:.0}"));
        let plans = ending.plans();
        Self {
            api_key_id: ending.api_key.to_string(),
            kind: ending.kind.as_str(),
            ends_at: format.value_or_mark(&ends_at.as_ref().map(String::as_str)),
            state: ending.state(now).as_str(),
            tenants: ending.tenants().into_iter().map(ToString::to_string).collect(),
            tenant_key_ids: ending.tenant_keys.iter().map(|key| key.id.to_string()).collect(),
            plan_ids: plans.iter().map(ToString::to_string).collect(),
            plans: plans.iter().map(|plan| inventory.plan_name(plan).to_owned()).collect(),
            replaced_by: ending.replaced_by.map(ToString::to_string),
            shared: ending.is_pool_key,
        }
    }

    /// The record after the key has ended.
    pub(crate) fn ended(self) -> Self {
        Self { state: "ended", ..self }
    }
}
