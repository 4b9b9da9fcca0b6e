//! Stops managing a usage plan. It and its API keys stay unchanged.

use crate::change::kinds::PlanChange;
use crate::change::operation::{Effects, Operation, Record, ResourceState, Reversal, Scope, Subject};
use crate::key::tag;
use crate::managed::determine_whether_managed;
use crate::step::{InfrastructureStep, Step, Unit};
use crate::text::pluralize;
use crate::{Inventory, Plan, PlanId, PlanRefusal, Refusal};

pub(crate) struct ReleasePlan<'a>(pub(crate) &'a PlanId);

impl Operation for ReleasePlan<'_> {
    /// Removes the tag first: while the price-list entry exists, the plan stays managed without it.
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let plan = inventory.plan(self.0).ok_or_else(|| Refusal::NoPlan(self.0.clone()))?;
        if inventory.pool(&plan.id).is_some() {
            return Err(PlanRefusal::HasPool(inventory.plan_name(&plan.id).to_owned()).into());
        }
        if !determine_whether_managed(&plan.id, inventory)? {
            return Err(PlanRefusal::NotManaged(inventory.plan_name(&plan.id).to_owned()).into());
        }
        let is_tagged = plan
            .tag(tag::REQUEST)
            .require(format!("whether usage plan {} has keypool's tag", inventory.plan_name(&plan.id)))?
            .is_some();
        let untag = is_tagged.then(|| Step::Infrastructure(InfrastructureStep::UntagPlan(plan.id.clone())));
        let entry = plan.price_list_entry.is_some().then(|| Step::DeletePriceListEntry(plan.id.clone()));
        Ok(vec![Unit {
            subject: format!("usage plan {}", inventory.plan_name(&plan.id)),
            steps: untag.into_iter().chain(entry).collect(),
        }])
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("release usage plan {}", inventory.plan_name(self.0))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope =
            Scope::new(inventory).with_plans_without_affected_calls([self.0]).with_tags_of_plan(self.0);
        let caution = match inventory.tenant_keys_of_plan(self.0).len() {
            0 => None,
            keys => Some(format!(
                "keypool still lists and fixes {} of the plan; charges reports show calls but no price",
                pluralize(keys, "tenant key")
            )),
        };
        Effects { scope, cautions: caution.into_iter().collect(), needs_confirmation: true }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        let released = |plan: &Plan| Plan { price_list_entry: None, ..plan.clone() };
        let entry = inventory.plan(self.0).and_then(|before| before.price_list_entry.clone());
        Record::new(Subject::NamedInDescription)
            .with_before(ResourceState::plan(self.0, Plan::clone, inventory))
            .with_after(ResourceState::plan(self.0, released, inventory))
            .with_reversal(Reversal::Units(vec![Some(
                PlanChange::Adopt { plan: self.0.clone(), entry }.into(),
            )]))
    }
}
