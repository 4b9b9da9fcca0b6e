//! The account after a usage plan is created.

use super::plan_names::PlanLabels;
use crate::{Inventory, Known, Plan};

impl Inventory {
    /// Adds a usage plan without API keys.
    pub fn with_new_plan(mut self, plan: Plan) -> Self {
        self.parts.members.insert(plan.id.clone(), Known::Value(Vec::new()));
        self.plan_index.insert(plan.id.clone(), self.parts.plans.len());
        self.parts.members.insert(plan.id.clone(), Known::Value(Vec::new()));
        self.parts.plans.push(plan);
        self.plan_labels = PlanLabels::new(&self.parts.plans);
        self
    }
}
