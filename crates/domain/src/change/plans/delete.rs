//! Deletes a usage plan; its keys stop working.

use crate::change::operation::{Effects, Operation, Record, ResourceState, Scope, Subject};
use crate::change::table_steps::table_step;
use crate::managed::require_managed_plan;
use crate::step::{InfrastructureStep, Step, Unit};
use crate::text::pluralize;
use crate::{ApiKeyId, Inventory, Plan, PlanEdit, PlanId, PlanRefusal, Refusal, TenantKey};

use super::lost_stages::lost_stages_caution;

pub(crate) struct DeletePlan<'a>(pub(crate) &'a PlanId);

impl Operation for DeletePlan<'_> {
    /// Unlinks all stages in one PATCH first: API Gateway refuses to delete a plan with stages.
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let plan = require_managed_plan(self.0, inventory)?;
        if inventory.pool(&plan.id).is_some() {
            return Err(PlanRefusal::HasPool(inventory.plan_name(&plan.id).to_owned()).into());
        }
        let unlink = PlanEdit { unlink: plan.stages.clone(), ..PlanEdit::default() };
        let unlink = (!plan.stages.is_empty())
            .then(|| InfrastructureStep::UpdatePlan { plan: Some(plan.id.clone()), edit: Box::new(unlink) });
        let delete_entry = plan
            .price_list_entry
            .as_ref()
            .and_then(|_| table_step(inventory, || Step::DeletePriceListEntry(plan.id.clone())));
        let plan_steps = unlink.into_iter().chain([InfrastructureStep::DeletePlan(plan.id.clone())]);
        let steps = plan_steps.map(Step::Infrastructure).chain(delete_entry).collect();
        Ok(vec![Unit { subject: format!("usage plan {}", inventory.plan_name(&plan.id)), steps }])
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("delete usage plan {}", inventory.plan_name(self.0))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope =
            Scope::new(inventory).with_plans([self.0]).with_tenants_of_plan(self.0).with_written_plan(self.0);
        Effects { scope, cautions: cautions(self.0, inventory), needs_confirmation: true }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription).with_before(ResourceState::plan(
            self.0,
            Plan::clone,
            inventory,
        ))
    }
}

fn cautions(plan: &PlanId, inventory: &Inventory) -> Vec<String> {
    let stages = inventory.plan(plan).map(|plan| &plan.stages[..]).unwrap_or_default();
    let stages: Vec<_> = stages.iter().map(ToString::to_string).collect();
    let mut cautions = Vec::new();
    if !stages.is_empty() {
        cautions.push(lost_stages_caution(plan, &stages.join(", "), inventory));
    }
    // Without tables, a tenant key has a row for each plan of its API key.
    let has_another_plan = |tenant_key: &&TenantKey| {
        let api_key = ApiKeyId::new(tenant_key.id.as_str());
        let plans = inventory.plans_of_api_key(&api_key).into_result().unwrap_or_default();
        !inventory.source().has_tables() && plans.iter().any(|other| other != plan)
    };
    let tenant_keys = inventory.tenant_keys_of_plan(plan).filter(|key| !has_another_plan(key)).count();
    if tenant_keys > 0 {
        cautions.push(format!(
            "{} left without a plan: move those that must keep working to another plan",
            pluralize(tenant_keys, "tenant key")
        ));
    }
    cautions
}
