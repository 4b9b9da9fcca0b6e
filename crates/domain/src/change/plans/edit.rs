//! Changes limits, stages, name or price-list entry of a usage plan.
//!
//! An edit is always a single PATCH: API Gateway allows one UpdateUsagePlan in 20 seconds.

use crate::change::kinds::{Change, Fix, PlanChange};
use crate::change::operation::{Effects, Operation, Record, ResourceState, Reversal, Scope, Subject};
use crate::change::table_steps::{check_price_list, table_step};
use crate::managed::require_managed_plan;
use crate::step::{InfrastructureStep, Step, Unit};
use crate::text::group_thousands;
use crate::{Inventory, Plan, PlanEdit, PlanId, Refusal};

use super::lost_stages::lost_stages_caution;
use super::lowered_limits::{lowers_limits, lowers_quota, lowers_throttle, methods_with_lower_throttles};
use super::rules::validate_edit;

pub(crate) struct EditPlan<'a> {
    pub(crate) plan: &'a PlanId,
    pub(crate) edit: &'a PlanEdit,
}

impl Operation for EditPlan<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let before = inventory.plan(self.plan).ok_or_else(|| Refusal::NoPlan(self.plan.clone()))?;
        let edit = self.edit.difference(before);
        // A plan file may list an unmanaged plan without changes.
        if edit != PlanEdit::default() {
            require_managed_plan(self.plan, inventory)?;
        }
        let is_price = edit.price.is_some() || edit.price_list_text.is_some();
        check_price_list(is_price, inventory.plan_name(self.plan), inventory)?;
        let after = edit.apply_to(before);
        validate_edit(before, &after, &edit, inventory)?;
        let mut steps = Vec::new();
        if edit.changes_api_gateway() {
            steps.push(Step::Infrastructure(InfrastructureStep::UpdatePlan {
                plan: Some(before.id.clone()),
                edit: Box::new(edit),
            }));
        }
        match &after.price_list_entry {
            Some(entry) if before.price_list_entry.as_ref() != Some(entry) => {
                let (plan, entry) = (Some(before.id.clone()), entry.clone());
                let set = InfrastructureStep::SetPriceListEntry { plan, entry };
                steps.extend(table_step(inventory, || Step::Infrastructure(set)));
            }
            _ => {}
        }
        if steps.is_empty() {
            return Err(Refusal::NoDifference);
        }
        Ok(vec![Unit { subject: format!("usage plan {}", before.name), steps }])
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("usage plan {}: {}", inventory.plan_name(self.plan), self.edit.describe())
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let Self { plan, edit } = self;
        let scope =
            Scope::new(inventory).with_stages(edit.link.iter().chain(&edit.unlink)).with_tags_of_plan(plan);
        let scope = if edit.changes_api_gateway() { scope.with_written_plan(plan) } else { scope };
        let lowers = inventory.plan(plan).is_some_and(|before| lowers_limits(before, edit));
        Effects {
            scope: if edit.affects_tenants() {
                scope.with_plans([*plan]).with_tenants_of_plan(plan)
            } else {
                scope.with_plans_without_affected_calls([*plan])
            },
            cautions: cautions(plan, edit, inventory),
            needs_confirmation: !edit.unlink.is_empty() || lowers,
        }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        let before = inventory.plan(self.plan);
        Record::new(Subject::NamedInDescription)
            .with_before(ResourceState::plan(self.plan, Plan::clone, inventory))
            .with_after(ResourceState::plan(self.plan, |before| self.edit.apply_to(before), inventory))
            .with_reversal(Reversal::Units(vec![before.map(|before| reversal(before, self.edit))]))
    }
}

fn cautions(plan: &PlanId, edit: &PlanEdit, inventory: &Inventory) -> Vec<String> {
    let Some(before) = inventory.plan(plan) else { return Vec::new() };
    let mut cautions = Vec::new();
    if let Some(Some(throttle)) = edit.throttle
        && lowers_throttle(before.throttle, Some(throttle))
    {
        cautions.push(format!("each API key is limited to {throttle}; calls above get 429"));
    }
    cautions.extend(methods_with_lower_throttles(before, edit).map(|(stage, method, throttle)| {
        format!("{method} of {stage}: each API key is limited to {throttle}; calls above get 429")
    }));
    if let Some(Some(quota)) = edit.quota
        && lowers_quota(before.quota, Some(quota))
    {
        cautions.push(format!(
            "keys with more than {} calls in this period get 429 until the reset",
            group_thousands(quota.limit)
        ));
    }
    if !edit.unlink.is_empty() {
        let stages: Vec<_> = edit.unlink.iter().map(ToString::to_string).collect();
        cautions.push(lost_stages_caution(plan, &stages.join(", "), inventory));
    }
    cautions
}

/// Restores the plan's fields, and its price-list entry if editing the fields back does not restore that.
fn reversal(before: &Plan, edit: &PlanEdit) -> Change {
    let (plan, inverse) = (before.id.clone(), edit.inverse(before));
    match &before.price_list_entry {
        Some(entry) if inverse.apply_to(&edit.apply_to(before)).price_list_entry.as_ref() != Some(entry) => {
            let (edit, entry) = (Box::new(inverse), Box::new(entry.clone()));
            Change::Fix(Fix::RestorePlan { plan, edit, entry })
        }
        _ => PlanChange::Edit { plan, edit: inverse }.into(),
    }
}
