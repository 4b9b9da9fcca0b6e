//! Creates, edits, links, deletes, adopts and releases usage plans.
//!
//! An edit is always a single PATCH: API Gateway allows one UpdateUsagePlan in 20 seconds.

mod adopt;
mod by_role;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::managed::{TenantSource, is_managed, require_managed_plan};
use crate::price_list::accurate_price_list_entry;
use crate::step::{SetupStep, Step, Unit};
use crate::text::{group_thousands, pluralize};
use crate::{Change, Inventory, Known, Plan, PlanEdit, PlanId, PriceListEntry, Tenant};

pub(super) use adopt::{adoption_cautions, adoption_units, plans_adopted_by};
pub(super) use by_role::{PlansByRole, affects_stack};
pub(super) use rules::validate_limit;

use super::confirmation;
use crate::refusal::{PlanRefusal, Refusal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanChange {
    /// Also writes a price-list entry.
    Create(Plan),
    /// Changes limits, stages, name or price-list entry.
    Edit { plan: PlanId, edit: PlanEdit },
    /// Deletes the plan; its keys stop working.
    Delete(PlanId),
    /// Lets keypool manage the plan.
    Adopt {
        plan: PlanId,
        /// `None` uses the limits that the plan enforces.
        entry: Option<PriceListEntry>,
    },
    /// Stops managing the plan. It and its API keys stay unchanged.
    Release(PlanId),
}

impl PlanChange {
    pub(super) fn unit(&self, inventory: &Inventory) -> Result<Unit, Refusal> {
        match self {
            Self::Create(new) => create_unit(new, inventory),
            Self::Edit { plan, edit } => {
                let before = find_plan(plan, inventory)?;
                // A plan file may list an unmanaged plan without changes.
                if edit.difference(before) != PlanEdit::default() {
                    require_managed_plan(plan, inventory)?;
                }
                edit_unit(before, edit, inventory)
            }
            Self::Delete(plan) => delete_unit(require_managed_plan(plan, inventory)?, inventory),
            Self::Adopt { plan, entry } => adopt::adopt_unit(find_plan(plan, inventory)?, entry.as_ref()),
            Self::Release(plan) => adopt::release_unit(find_plan(plan, inventory)?, inventory),
        }
    }

    /// `None` for a new plan.
    pub const fn plan(&self) -> Option<&PlanId> {
        match self {
            Self::Create(_) => None,
            Self::Edit { plan, .. } | Self::Delete(plan) | Self::Adopt { plan, .. } | Self::Release(plan) => {
                Some(plan)
            }
        }
    }

    pub(super) fn describe(&self, inventory: &Inventory) -> String {
        match self {
            Self::Create(new) => format!("create usage plan {}", new.name),
            Self::Edit { plan, edit } => {
                format!("usage plan {}: {}", inventory.plan_name(plan), edit.describe())
            }
            Self::Delete(plan) => format!("delete usage plan {}", inventory.plan_name(plan)),
            Self::Adopt { plan, .. } => format!("adopt usage plan {}", inventory.plan_name(plan)),
            Self::Release(plan) => format!("release usage plan {}", inventory.plan_name(plan)),
        }
    }

    pub(super) const fn verb(&self) -> &'static str {
        match self {
            Self::Create(_) => "Create",
            Self::Edit { .. } => "Save",
            Self::Delete(_) => "Delete",
            Self::Adopt { .. } => "Adopt",
            Self::Release(_) => "Release",
        }
    }

    pub(super) fn affected_tenants(&self, inventory: &Inventory) -> Vec<Tenant> {
        let plan = match self {
            Self::Create(_) | Self::Adopt { .. } | Self::Release(_) => return Vec::new(),
            Self::Edit { edit, .. } if !edit.affects_tenants() => return Vec::new(),
            Self::Edit { plan, .. } | Self::Delete(plan) => plan,
        };
        inventory.tenants_of_plan(plan).into_iter().cloned().collect()
    }

    pub(super) fn cautions(&self, inventory: &Inventory) -> Vec<String> {
        match self {
            Self::Create(new) if new.stages.is_empty() => {
                vec!["the plan covers no stage: its keys work nowhere until one is linked".to_owned()]
            }
            Self::Create(_) => Vec::new(),
            Self::Edit { plan, edit } => edit_cautions(plan, edit, inventory),
            Self::Delete(plan) => delete_cautions(plan, inventory),
            Self::Adopt { plan, .. } => adopt::cautions(plan, inventory),
            Self::Release(plan) => adopt::release_cautions(plan, inventory),
        }
    }
}

fn edit_cautions(plan: &PlanId, edit: &PlanEdit, inventory: &Inventory) -> Vec<String> {
    let Some(before) = inventory.plan(plan) else { return Vec::new() };
    let mut cautions = Vec::new();
    if let Some(Some(throttle)) = edit.throttle
        && confirmation::lowers_throttle(before.throttle, Some(throttle))
    {
        cautions.push(format!("each API key is limited to {throttle}; calls above get 429"));
    }
    cautions.extend(confirmation::methods_with_lower_throttles(before, edit).map(
        |(stage, method, throttle)| {
            format!("{method} of {stage}: each API key is limited to {throttle}; calls above get 429")
        },
    ));
    if let Some(Some(quota)) = edit.quota
        && confirmation::lowers_quota(before.quota, Some(quota))
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

fn delete_cautions(plan: &PlanId, inventory: &Inventory) -> Vec<String> {
    let stages = inventory.plan(plan).map(|plan| &plan.stages[..]).unwrap_or_default();
    let stages: Vec<_> = stages.iter().map(ToString::to_string).collect();
    let mut cautions = Vec::new();
    if !stages.is_empty() {
        cautions.push(lost_stages_caution(plan, &stages.join(", "), inventory));
    }
    let tenant_keys = inventory.tenant_keys_of_plan(plan).len();
    if tenant_keys > 0 {
        cautions.push(format!(
            "{} left without a plan: move those that must keep working to another plan",
            pluralize(tenant_keys, "tenant key")
        ));
    }
    cautions
}

/// The caution for stages that the plan no longer covers.
fn lost_stages_caution(plan: &PlanId, stages: &str, inventory: &Inventory) -> String {
    let keys = match inventory.members(plan) {
        Known::Value(members) => format!("{} of the plan", pluralize(members.len(), "API key")),
        Known::Unknown(_) => "every API key of the plan".to_owned(),
    };
    format!("{keys} will get 403 on {stages}")
}

pub(super) fn find_plan<'a>(plan: &PlanId, inventory: &'a Inventory) -> Result<&'a Plan, Refusal> {
    inventory.plan(plan).ok_or_else(|| Refusal::NoPlan(plan.clone()))
}

/// The plans with unread tags that decide whether a change is allowed or which cautions it has.
pub(super) fn plans_with_unread_tags(change: &Change, inventory: &Inventory) -> BTreeSet<PlanId> {
    let plans = PlansByRole::new(change);
    let is_unread = |plan: &&PlanId| inventory.plan(plan).is_some_and(|plan| plan.tags.reason().is_some());
    let is_undecided = |plan: &&PlanId| is_managed(plan, inventory, TenantSource::Tables).reason().is_some();
    let deciding = plans.entered.into_iter().chain(plans.required).filter(is_undecided);
    // A managed plan can belong to a CloudFormation stack, too.
    plans.written.into_iter().filter(is_unread).chain(deciding).cloned().collect()
}

fn create_unit(new: &Plan, inventory: &Inventory) -> Result<Unit, Refusal> {
    // With an empty id, the plan is compared with every existing one.
    rules::validate_new_plan(&Plan { id: PlanId::new(""), ..new.clone() }, inventory)?;
    let create = SetupStep::CreatePlan(Box::new(new.clone()));
    // CreateUsagePlan takes no product code.
    let set_product = new.product_code.is_some().then(|| {
        let edit = PlanEdit { product_code: Some(new.product_code.clone()), ..PlanEdit::default() };
        SetupStep::UpdatePlan { plan: None, edit: Box::new(edit) }
    });
    let set_entry = SetupStep::SetPriceListEntry { plan: None, entry: accurate_price_list_entry(new) };
    let steps = [create].into_iter().chain(set_product).chain([set_entry]).map(Step::Setup).collect();
    Ok(Unit { subject: format!("usage plan {}", new.name), steps })
}

fn edit_unit(before: &Plan, edit: &PlanEdit, inventory: &Inventory) -> Result<Unit, Refusal> {
    let edit = edit.difference(before);
    let after = edit.apply_to(before);
    rules::validate_edit(before, &after, &edit, inventory)?;
    let mut steps = Vec::new();
    if edit.changes_api_gateway() {
        steps
            .push(Step::Setup(SetupStep::UpdatePlan { plan: Some(before.id.clone()), edit: Box::new(edit) }));
    }
    match &after.price_list_entry {
        Some(entry) if before.price_list_entry.as_ref() != Some(entry) => {
            let (plan, entry) = (Some(before.id.clone()), entry.clone());
            steps.push(Step::Setup(SetupStep::SetPriceListEntry { plan, entry }));
        }
        _ => {}
    }
    if steps.is_empty() {
        return Err(Refusal::NoDifference);
    }
    Ok(Unit { subject: format!("usage plan {}", before.name), steps })
}

/// Unlinks all stages in one PATCH first: API Gateway refuses to delete a plan with stages.
fn delete_unit(plan: &Plan, inventory: &Inventory) -> Result<Unit, Refusal> {
    if inventory.pool(&plan.id).is_some() {
        return Err(PlanRefusal::HasPool(plan.name.clone()).into());
    }
    let unlink = PlanEdit { unlink: plan.stages.clone(), ..PlanEdit::default() };
    let unlink = (!plan.stages.is_empty())
        .then(|| SetupStep::UpdatePlan { plan: Some(plan.id.clone()), edit: Box::new(unlink) });
    let delete_entry = plan.price_list_entry.is_some().then(|| Step::DeletePriceListEntry(plan.id.clone()));
    let setup_steps = unlink.into_iter().chain([SetupStep::DeletePlan(plan.id.clone())]);
    let steps = setup_steps.map(Step::Setup).chain(delete_entry).collect();
    Ok(Unit { subject: format!("usage plan {}", plan.name), steps })
}
