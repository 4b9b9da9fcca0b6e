//! The record of an alert.

use keypool_domain::Inventory;
use keypool_domain::alert::{Alert, LoudTenant};
use keypool_domain::drift::FindingKind;
use serde_json::Value;

use super::format::RecordFormat;
use super::record::records;

records! {
    pub(crate) struct AlertRecord {
        kind: &'static str => "alert",
        /// The same in every run while the same thing is wrong.
        id: String,
        /// The kind of the doctor's problem.
        problem: Option<&'static str>,
        object: String => "object",
        plan_id: Option<String>,
        plan: Option<String> => "plan",
        tenants: Vec<String> => "tenants",
        /// When it happens, or ends by itself.
        at: Option<String> => "when",
        summary: String => "what",
        remedy: String => "what to do",
        /// Null unless the alert is about a loud tenant.
        loud: Option<LoudTenantRecord>,
    }

    /// The tenant that makes most of the calls with a shared API key.
    struct LoudTenantRecord {
        tenant: String,
        calls: u64,
        /// Of all tenants.
        key_calls: u64,
        /// In percent, with one decimal.
        share: Value,
        /// Calls that were refused because of a quota or throttle.
        refused: u64,
    }
}

impl AlertRecord {
    pub(crate) fn new(alert: &Alert, inventory: &Inventory, format: RecordFormat) -> Self {
        let plan = alert.plan.as_ref();
        Self {
            kind: alert.kind.as_str(),
            id: alert.id(),
            problem: alert.problem.map(FindingKind::as_str),
            object: alert.object.clone(),
            plan_id: plan.map(ToString::to_string),
            plan: plan.map(|plan| inventory.plan_name(plan).to_owned()),
            tenants: alert.tenants.iter().map(ToString::to_string).collect(),
            at: alert.at.map(|at| format!("{at:.0}")),
            summary: alert.summary.clone(),
            remedy: alert.remedy.clone(),
            loud: alert.loud.as_ref().map(|loud| LoudTenantRecord::new(loud, format)),
        }
    }
}

impl LoudTenantRecord {
    fn new(LoudTenant { tenant, count }: &LoudTenant, format: RecordFormat) -> Self {
        Self {
            tenant: tenant.to_string(),
            calls: count.calls,
            key_calls: count.key_calls,
            share: format.number(&format!("{:.1}", count.share().unwrap_or(0.0))),
            refused: count.key_limited,
        }
    }
}
