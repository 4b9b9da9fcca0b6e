//! An account as it is once a usage plan is made.

use crate::{Inventory, Plan};

impl Inventory {
    /// The same account with one more usage plan, which has no API keys.
    pub fn with_new_plan(mut self, plan: Plan) -> Self {
        self.plan_index.insert(plan.id.clone(), self.parts.plans.len());
        self.parts.plans.push(plan);
        self
    }
}
