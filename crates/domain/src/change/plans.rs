//! Usage plans themselves: made, edited, linked to stages and deleted.
//!
//! One edit is one PATCH, whatever it holds: API Gateway takes one in 20 seconds.

mod adopt;
mod by_role;
mod edit;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::drift::plans::accurate_price_list_entry;
use crate::managed::{TenantSource, is_managed, require_managed};
use crate::step::{SetupStep, Step, Unit};
use crate::text::group_thousands;
use crate::{Change, Inventory, Known, Plan, PlanId, Price, PriceListEntry, Tenant};

pub use edit::PlanEdit;
pub use rules::{MAX_METHOD_THROTTLES, PlanRefusal};

pub(super) use adopt::{adoption_cautions, adoption_units, not_managed_refusal, plans_adopted_by};
pub(super) use by_role::{PlansByRole, affects_stack};
pub(super) use rules::validate_limit;

use super::refusal::Refusal;
use super::{confirmation, pluralize};

/// What is done to a usage plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanChange {
    /// A plan that there was not; it comes on sale, whatever it says of that.
    Create(Plan),
    /// Other limits, stages or words.
    Edit {
        /// the plan
        plan: PlanId,
        /// what changes
        edit: PlanEdit,
    },
    /// The plan goes, and with it what its keys open.
    Delete(PlanId),
    /// A plan that is not managed becomes so.
    Adopt {
        /// the plan
        plan: PlanId,
        /// its price-list entry; what the plan enforces where none is given
        entry: Option<PriceListEntry>,
    },
    /// The plan is no longer managed; it and its API keys stay as they are.
    Release(PlanId),
}

impl Plan {
    /// The same, on the price list at this price, with this text or its description.
    pub fn with_price_list_entry(self, text: Option<String>, price: Option<Price>) -> Self {
        let shown = accurate_price_list_entry(&self);
        let shown = PriceListEntry { description: text.unwrap_or(shown.description), price, ..shown };
        Self { price_list_entry: Some(shown), ..self }
    }
}

impl PlanChange {
    pub(super) fn unit(&self, inventory: &Inventory) -> Result<Unit, Refusal> {
        match self {
            Self::Create(new) => create_unit(new, inventory),
            Self::Edit { plan, edit } => {
                let before = find_plan(plan, inventory)?;
                // A file of plans may name one of others as it is.
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

    /// The plan that it changes; none where it makes one.
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
                vec!["it covers no stage: its keys open nothing until one is linked".to_owned()]
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
        cautions.push(format!("from now on each API key may call {throttle}: what is above is answered 429"));
    }
    cautions
        .extend(confirmation::methods_with_lower_limits(before, edit).map(|(stage, method, throttle)| {
        format!(
            "from now on each API key may call {method} of {stage} {throttle}: what is above is answered 429"
        )
    }));
    if let Some(Some(quota)) = edit.quota
        && confirmation::lowers_quota(before.quota, Some(quota))
    {
        cautions.push(format!(
            "a key that has made more than {} calls in this period is answered 429 until the reset",
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
    let rows = inventory.tenant_keys_of_plan(plan).len();
    if rows > 0 {
        cautions.push(format!(
            "without a plan from then on: {}; move what is to work on to another plan, before or after",
            pluralize(rows, "tenant key")
        ));
    }
    cautions
}

/// What it means that a plan no longer covers stages.
fn lost_stages_caution(plan: &PlanId, stages: &str, inventory: &Inventory) -> String {
    let keys = match inventory.members(plan) {
        Known::Value(members) => format!("{} of the plan", pluralize(members.len(), "API key")),
        Known::Unknown(_) => "every API key of the plan".to_owned(),
    };
    format!("{stages} will answer 403 to {keys}")
}

pub(super) fn find_plan<'a>(plan: &PlanId, inventory: &'a Inventory) -> Result<&'a Plan, Refusal> {
    inventory.plan(plan).ok_or_else(|| Refusal::NoPlan(plan.clone()))
}

/// The plans whose tags were not read and decide whether a change may be made, or what is to be known of it.
pub(super) fn plans_with_unread_tags(change: &Change, inventory: &Inventory) -> BTreeSet<PlanId> {
    let plans = PlansByRole::new(change);
    let is_unread = |plan: &&PlanId| inventory.plan(plan).is_some_and(|plan| plan.tags.reason().is_some());
    let is_open = |plan: &&PlanId| is_managed(plan, inventory, TenantSource::Tables).reason().is_some();
    let decides = plans.entered.into_iter().chain(plans.required).filter(is_open);
    // A plan that is written may be a stack's even where keypool manages it.
    plans.written.into_iter().filter(is_unread).chain(decides).cloned().collect()
}

/// A plan that is keypool's to change, or the refusal that names the command which adopts it.
pub fn require_managed_plan<'a>(plan: &PlanId, inventory: &'a Inventory) -> Result<&'a Plan, Refusal> {
    let found = find_plan(plan, inventory)?;
    if require_managed(plan, inventory, TenantSource::Tables)? {
        Ok(found)
    } else {
        Err(adopt::not_managed_refusal(found))
    }
}

fn create_unit(new: &Plan, inventory: &Inventory) -> Result<Unit, Refusal> {
    // It is no plan that there is, whatever id it has.
    rules::validate_new_plan(&Plan { id: PlanId::new(""), ..new.clone() }, inventory)?;
    let create = SetupStep::CreatePlan(Box::new(new.clone()));
    // CreateUsagePlan takes no product code.
    let sold = new.product_code.is_some().then(|| {
        let edit = PlanEdit { product_code: Some(new.product_code.clone()), ..PlanEdit::default() };
        SetupStep::UpdatePlan { plan: None, edit: Box::new(edit) }
    });
    let show = SetupStep::SetPriceListEntry { plan: None, entry: accurate_price_list_entry(new) };
    let steps = [create].into_iter().chain(sold).chain([show]).map(Step::Setup).collect();
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
        Some(window) if before.price_list_entry.as_ref() != Some(window) => {
            let (plan, window) = (Some(before.id.clone()), window.clone());
            steps.push(Step::Setup(SetupStep::SetPriceListEntry { plan, entry: window }));
        }
        _ => {}
    }
    if steps.is_empty() {
        return Err(Refusal::NoDifference);
    }
    Ok(Unit { subject: format!("usage plan {}", before.name), steps })
}

/// The stages leave in one PATCH, for API Gateway deletes no plan that has some.
fn delete_unit(plan: &Plan, inventory: &Inventory) -> Result<Unit, Refusal> {
    if inventory.pool(&plan.id).is_some() {
        return Err(PlanRefusal::HasPool(plan.name.clone()).into());
    }
    let unlink = PlanEdit { unlink: plan.stages.clone(), ..PlanEdit::default() };
    let unlinked = (!plan.stages.is_empty())
        .then(|| SetupStep::UpdatePlan { plan: Some(plan.id.clone()), edit: Box::new(unlink) });
    let row = plan.price_list_entry.is_some().then(|| Step::DeletePriceListEntry(plan.id.clone()));
    let gone = unlinked.into_iter().chain([SetupStep::DeletePlan(plan.id.clone())]);
    let steps = gone.map(Step::Setup).chain(row).collect();
    Ok(Unit { subject: format!("usage plan {}", plan.name), steps })
}
