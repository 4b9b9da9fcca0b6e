//! Adopts usage plans by writing a price-list entry, and releases them again.

use crate::key::tag;
use crate::managed::{TenantSource, is_managed, require_managed};
use crate::price_list::accurate_price_list_entry;
use crate::refusal::{PlanRefusal, Refusal};
use crate::step::{SetupStep, Step, Unit};
use crate::text::pluralize;
use crate::{ApiKeyId, Change, Inventory, Known, Plan, PlanId, PriceListEntry};

use super::by_role::PlansByRole;

/// A caution names at most this many API keys and counts the rest.
const MAX_NAMED_API_KEYS: usize = 20;

pub(super) fn adopt_unit(plan: &Plan, entry: Option<&PriceListEntry>) -> Result<Unit, Refusal> {
    if plan.price_list_entry.is_some() {
        return Err(PlanRefusal::AlreadyManaged(plan.name.clone()).into());
    }
    Ok(write_entry_unit(plan, entry))
}

fn write_entry_unit(plan: &Plan, entry: Option<&PriceListEntry>) -> Unit {
    let entry = entry.cloned().unwrap_or_else(|| accurate_price_list_entry(plan));
    let step = SetupStep::SetPriceListEntry { plan: Some(plan.id.clone()), entry };
    Unit { subject: format!("usage plan {}", plan.name), steps: vec![Step::Setup(step)] }
}

/// Removes the tag first: while the price-list entry exists, the plan stays managed without it.
pub(super) fn release_unit(plan: &Plan, inventory: &Inventory) -> Result<Unit, Refusal> {
    if inventory.pool(&plan.id).is_some() {
        return Err(PlanRefusal::HasPool(plan.name.clone()).into());
    }
    if !require_managed(&plan.id, inventory, TenantSource::Tables)? {
        return Err(PlanRefusal::NotManaged(plan.name.clone()).into());
    }
    let is_tagged = plan
        .tag(tag::REQUEST)
        .require(format!("whether usage plan {} has keypool's tag", plan.name))?
        .is_some();
    let untag = is_tagged.then(|| Step::Setup(SetupStep::UntagPlan(plan.id.clone())));
    let entry = plan.price_list_entry.is_some().then(|| Step::DeletePriceListEntry(plan.id.clone()));
    Ok(Unit { subject: format!("usage plan {}", plan.name), steps: untag.into_iter().chain(entry).collect() })
}

/// The unmanaged plans that a change adopts first.
pub(in crate::change) fn plans_adopted_by<'a>(change: &Change, inventory: &'a Inventory) -> Vec<&'a Plan> {
    let is_foreign =
        |plan: &&PlanId| is_managed(plan, inventory, TenantSource::Tables).is_known_to_be(&false);
    let entered = PlansByRole::new(change).entered;
    entered.into_iter().filter(is_foreign).filter_map(|plan| inventory.plan(plan)).collect()
}

/// The units that adopt plans before a tenant key or a pool is added to them.
pub(in crate::change) fn adoption_units(
    change: &Change,
    inventory: &Inventory,
) -> Result<Vec<Unit>, Refusal> {
    for plan in PlansByRole::new(change).entered {
        require_managed(plan, inventory, TenantSource::Tables)?;
    }
    Ok(plans_adopted_by(change, inventory).into_iter().map(|plan| write_entry_unit(plan, None)).collect())
}

pub(in crate::change) fn adoption_cautions(change: &Change, inventory: &Inventory) -> Vec<String> {
    plans_adopted_by(change, inventory).into_iter().flat_map(|plan| cautions(&plan.id, inventory)).collect()
}

pub(super) fn cautions(plan: &PlanId, inventory: &Inventory) -> Vec<String> {
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

pub(super) fn release_cautions(plan: &PlanId, inventory: &Inventory) -> Vec<String> {
    let keys = inventory.tenant_keys_of_plan(plan).len();
    let caution = || {
        format!(
            "keypool still lists, fixes and bills {} of the plan, but without a price",
            pluralize(keys, "tenant key")
        )
    };
    (keys > 0).then(caution).into_iter().collect()
}
