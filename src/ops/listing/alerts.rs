//! The record of an alert.

use keypool_domain::Inventory;
use keypool_domain::alert::Alert;
use keypool_domain::drift::FindingKind;

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
    }
}

impl AlertRecord {
    pub(crate) fn new(alert: &Alert, inventory: &Inventory) -> Self {
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
        }
    }
}
