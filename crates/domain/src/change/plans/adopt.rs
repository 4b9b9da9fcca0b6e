//! Adopts usage plans by writing a price-list entry.

use crate::change::kinds::PlanChange;
use crate::change::operation::{Effects, Operation, Record, ResourceState, Reversal, Scope, Subject};
use crate::price_list::accurate_price_list_entry;
use crate::step::{InfrastructureStep, Step, Unit};
use crate::text::pluralize;
use crate::{ApiKeyId, Inventory, Known, Plan, PlanId, PlanRefusal, PriceListEntry, Refusal};

/// A caution names at most this many API keys and counts the rest.
const MAX_NAMED_API_KEYS: usize = 20;

pub(crate) struct AdoptPlan<'a> {
    pub(crate) plan: &'a PlanId,
    /// `None` uses the limits that the plan enforces.
    pub(crate) entry: Option<&'a PriceListEntry>,
}

impl Operation for AdoptPlan<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let plan = inventory.plan(self.plan).ok_or_else(|| Refusal::NoPlan(self.plan.clone()))?;
        if plan.price_list_entry.is_some() {
            return Err(PlanRefusal::AlreadyManaged(inventory.plan_name(&plan.id).to_owned()).into());
        }
        Ok(vec![write_entry_unit(plan, self.entry, inventory)])
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("adopt usage plan {}", inventory.plan_name(self.plan))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope =
            Scope::new(inventory).with_plans_without_affected_calls([self.plan]).with_written_plan(self.plan);
        Effects { scope, cautions: cautions(self.plan, inventory), needs_confirmation: true }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        let adopted = |plan: &Plan| {
            let entry = self.entry.cloned().unwrap_or_else(|| accurate_price_list_entry(plan));
            Plan { price_list_entry: Some(entry), ..plan.clone() }
        };
        Record::new(Subject::NamedInDescription)
            .with_before(ResourceState::plan(self.plan, Plan::clone, inventory))
            .with_after(ResourceState::plan(self.plan, adopted, inventory))
            .with_reversal(Reversal::Units(vec![Some(PlanChange::Release(self.plan.clone()).into())]))
    }
}

pub(crate) fn write_entry_unit(plan: &Plan, entry: Option<&PriceListEntry>, inventory: &Inventory) -> Unit {
    let entry = entry.cloned().unwrap_or_else(|| accurate_price_list_entry(plan));
    let step = InfrastructureStep::SetPriceListEntry { plan: Some(plan.id.clone()), entry };
    Unit {
        subject: format!("usage plan {}", inventory.plan_name(&plan.id)),
        steps: vec![Step::Infrastructure(step)],
    }
}

pub(crate) fn cautions(plan: &PlanId, inventory: &Inventory) -> Vec<String> {
    let name = inventory.plan_name(plan);
    let adopts = format!(
        "this adopts usage plan {name}: keypool may then change its limits and stages, and reports its API keys \
         without a tenant key as problems (each fix asks for its own confirmation)"
    );
    let keys = match inventory.members(plan) {
        Known::Unknown(why) => format!("the API keys of {name} are not known: {why}"),
        Known::Value([]) => format!("{name} has no API keys"),
        Known::Value(keys) => {
            format!("{name} has {}: {}", pluralize(keys.len(), "API key"), list_api_keys(keys, inventory))
        }
    };
    vec![adopts, keys]
}

fn list_api_keys(keys: &[ApiKeyId], inventory: &Inventory) -> String {
    let names = keys.iter().take(MAX_NAMED_API_KEYS).map(|id| match inventory.api_key(id).key() {
        Some(key) if !key.name.is_empty() => format!("{id} \"{}\"", key.name),
        _ => id.to_string(),
    });
    let mut names: Vec<_> = names.collect();
    if keys.len() > MAX_NAMED_API_KEYS {
        names.push(format!("and {} more", keys.len() - MAX_NAMED_API_KEYS));
    }
    names.join(", ")
}
