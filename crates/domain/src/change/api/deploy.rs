//! Deploys the current state of an API to a stage.

use crate::change::operation::{Effects, Operation, Record, Scope, Subject};
use crate::step::{InfrastructureStep, Step, Unit};
use crate::{Inventory, Refusal, StageRef};

pub(crate) struct Deploy<'a>(pub(crate) &'a StageRef);

impl Operation for Deploy<'_> {
    fn units(&self, _: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let steps = vec![Step::Infrastructure(InfrastructureStep::Deploy(self.0.clone()))];
        Ok(vec![Unit { subject: self.0.to_string(), steps }])
    }

    fn describe(&self, _: &Inventory) -> String {
        format!("deploy API {} to stage {}", self.0.api, self.0.stage)
    }

    /// Affects the tenants of every plan that covers the stage.
    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let plans = inventory.plans().iter().filter(|plan| plan.stages.contains(self.0)).map(|plan| &plan.id);
        let tenants = plans.clone().flat_map(|plan| inventory.tenants_of_plan(plan));
        let scope = Scope::new(inventory)
            .with_tenants(tenants)
            .with_plans_without_affected_calls(plans)
            .with_stages([self.0]);
        let caution = "this deploys every pending edit of the API; methods that require a key answer calls without one with \
             403";
        Effects { scope, cautions: vec![caution.to_owned()], needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}
