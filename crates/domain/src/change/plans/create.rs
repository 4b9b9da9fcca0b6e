//! Creates a usage plan and its price-list entry.

use crate::change::operation::{Effects, Operation, Record, Scope, Subject};
use crate::change::table_steps::{check_price_list, table_step};
use crate::price_list::accurate_price_list_entry;
use crate::step::{InfrastructureStep, Step, Unit};
use crate::{Inventory, Known, Plan, PlanEdit, PlanId, PriceListEntry, Refusal};

use super::rules::validate_new_plan;

pub(crate) struct CreatePlan<'a>(pub(crate) &'a Plan);

impl Operation for CreatePlan<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let new = self.0;
        // With an empty id, the plan is compared with every existing one.
        validate_new_plan(&Plan { id: PlanId::new(""), ..new.clone() }, inventory)?;
        check_price_list(has_price_or_text(new), &new.name, inventory)?;
        let create = InfrastructureStep::CreatePlan(Box::new(new.clone()));
        // CreateUsagePlan takes no product code.
        let set_product = new.product_code.is_some().then(|| {
            let edit = PlanEdit { product_code: Some(new.product_code.clone()), ..PlanEdit::default() };
            InfrastructureStep::UpdatePlan { plan: None, edit: Box::new(edit) }
        });
        let set_entry =
            InfrastructureStep::SetPriceListEntry { plan: None, entry: accurate_price_list_entry(new) };
        let set_entry = table_step(inventory, || Step::Infrastructure(set_entry));
        let plan_steps = [create].into_iter().chain(set_product).map(Step::Infrastructure);
        let steps = plan_steps.chain(set_entry).collect();
        Ok(vec![Unit { subject: format!("usage plan {}", new.name), steps }])
    }

    fn describe(&self, _: &Inventory) -> String {
        format!("create usage plan {}", self.0.name)
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let caution = "the plan covers no stage: its keys work nowhere until one is linked";
        let caution = self.0.stages.is_empty().then(|| caution.to_owned());
        let scope = Scope::new(inventory).with_stages(&self.0.stages);
        Effects { scope, cautions: caution.into_iter().collect(), needs_confirmation: false }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}

/// Whether its price-list entry says more than API Gateway does.
fn has_price_or_text(plan: &Plan) -> bool {
    let says_more =
        |entry: &PriceListEntry| entry.price != Known::Value(None) || entry.description != plan.description;
    plan.price_list_entry.as_ref().is_some_and(says_more)
}
