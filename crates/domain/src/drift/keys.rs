//! API keys and the rows that stand for them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use crate::change::Mend;
use crate::key::tag;
use crate::managed::{TenantSource, is_our_api_key, managed_plans};
use crate::{ApiKey, ApiKeyId, Change, Inventory, Known, PlanId, Presence, TenantKey};

use super::{Finding, Fix, Kind, Observed, finding, moved};

pub(super) fn findings(inventory: &Inventory, observed: &Observed) -> Vec<Finding> {
    let plans = plans_of(inventory);
    let mut all: Vec<Finding> = Vec::new();
    all.extend(inventory.rows().iter().flat_map(|row| of_row(row, inventory, observed, &plans)));
    let managed = managed_plans(inventory, TenantSource::Tables);
    let keys = inventory.listed_api_keys();
    all.extend(keys.iter().filter_map(|key| of_key(key, inventory, observed, &plans, &managed)));
    all.extend(two_plans(inventory, &plans));
    all
}

type PlansOf<'a> = BTreeMap<&'a ApiKeyId, Vec<&'a PlanId>>;

/// The plans that each API key is in.
fn plans_of(inventory: &Inventory) -> PlansOf<'_> {
    let mut plans: PlansOf<'_> = BTreeMap::new();
    for plan in inventory.plans() {
        for key in inventory.listed_members(&plan.id) {
            plans.entry(key).or_default().push(&plan.id);
        }
    }
    plans
}

fn of_row(row: &TenantKey, inventory: &Inventory, observed: &Observed, plans: &PlansOf<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let Known::Value(id) = row.api_key() else { return found };
    let name = || format!("key \"{}\" of {} (row {})", row.name, row.tenant, row.id);
    if inventory.shares(row).is_known_to_be(&false) {
        found.extend(of_siloed(row, &id, inventory, plans, &name));
    }
    let differs = match (row.stored_value(), observed.values.get(&id)) {
        (Some(said), Some(real)) => said != real,
        _ => false,
    };
    if differs {
        let seen = format!("{} holds another value than API key {id}", name());
        found.push(finding(Kind::ValueDiffers, &row.id, seen, mend(Mend::CorrectValue(row.id.clone()))));
    }
    found
}

fn of_siloed(
    row: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    plans: &PlansOf<'_>,
    name: &dyn Fn() -> String,
) -> Option<Finding> {
    let key = match inventory.api_key(id) {
        Presence::Here(key) => key,
        Presence::Unknown(_) => return None,
        Presence::Missing => {
            let seen = format!("{} has no API key in API Gateway", name());
            return Some(finding(Kind::DanglingRow, &row.id, seen, new_key_or_none(row, inventory)));
        }
    };
    // What the item says wrongly is no "disabled": nothing follows from it.
    if let Known::Value(enabled) = row.enabled
        && enabled != key.enabled
    {
        let word = |on| if on { "enabled" } else { "disabled" };
        let seen = format!("{} says {}, API Gateway {}", name(), word(enabled), word(key.enabled));
        return Some(finding(Kind::EnabledDiffers, &row.id, seen, mend(Mend::FollowRow(row.id.clone()))));
    }
    let attached = plans.get(id).is_some_and(|plans| plans.contains(&&row.plan));
    if attached || inventory.members(&row.plan).reason().is_some() {
        return None;
    }
    let in_plans = plans.get(id).map(Vec::as_slice).unwrap_or_default();
    if let Some(moved) = moved::finding(row, in_plans, inventory, name) {
        return Some(moved);
    }
    let seen = format!("{} is not in {}", name(), inventory.plan_name(&row.plan));
    let attach =
        inventory.plan(&row.plan).map(|plan| Mend::Attach { api_key: id.clone(), plan: plan.id.clone() });
    Some(finding(Kind::KeyOutsidePlan, &row.id, seen, attach.map(Change::Mend)))
}

/// Whoever deleted the API key of a tenant key did not say whether the tenant is to go: it gets a new one, or is deleted.
fn new_key_or_none(row: &TenantKey, inventory: &Inventory) -> Fix {
    let new = Change::Rotate { rows: vec![row.id.clone()], grace: 0 };
    let new = inventory.plan(&row.plan).map(|_| new).filter(|new| new.units(inventory).is_ok());
    Fix::Asked(new.into_iter().chain([Change::Delete(vec![row.id.clone()])]).collect())
}

/// An API key without a row and without a pool.
fn of_key(
    key: &ApiKey,
    inventory: &Inventory,
    observed: &Observed,
    plans: &PlansOf<'_>,
    managed: &BTreeSet<&PlanId>,
) -> Option<Finding> {
    // A row with its id may refer to a pool key since: then this one is nobody's.
    // While a tenant key may send it nothing says that it is nobody's.
    if inventory.pool_of(&key.id).is_some() || !inventory.sending(&key.id).is_known_to_be(&0) {
        return None;
    }
    let remove = Some(Change::Retire(key.id.clone()));
    let name = format!("API key {} \"{}\"", key.id, key.name);
    if let Some(successor) = inventory.successor(&key.id) {
        let due = key.tags.get(tag::RETIRES_AT).and_then(|at| at.parse::<Timestamp>().ok());
        if due.is_some_and(|due| due > observed.now) {
            return None;
        }
        let seen = format!("{name} still works, although API key {} took its place", successor.id);
        return Some(finding(Kind::SupersededKey, &key.id, seen, remove));
    }
    if key.tags.contains_key(tag::REQUEST) {
        let whose = key.tags.get(tag::OWNER).map(|tenant| format!(" for {tenant}")).unwrap_or_default();
        let seen = format!("{name} was made{whose}, and nothing refers to it");
        return Some(finding(Kind::InterruptedCreate, &key.id, seen, remove));
    }
    let plan = plans.get(&key.id)?.iter().find(|plan| managed.contains(**plan))?;
    let plan = inventory.plan_name(plan);
    let state = if key.enabled { "" } else { ", is disabled" };
    let seen = format!("{name} is in {plan}{state} and has no row");
    // Nothing says that it is keypool's: somebody may call with it.
    Some(finding(Kind::OrphanKey, &key.id, seen, Fix::Asked(remove.into_iter().collect())))
}

fn two_plans(inventory: &Inventory, plans: &PlansOf<'_>) -> Vec<Finding> {
    let stages = |id: &&PlanId| inventory.plan(id).map(|plan| plan.stages.as_slice()).unwrap_or_default();
    let clash = |ids: &[&PlanId]| {
        let mut seen = HashSet::new();
        ids.iter().flat_map(stages).find(|stage| !seen.insert(*stage))
    };
    let is_ours = |key: &ApiKeyId, ids: &[&PlanId]| is_our_api_key(key, ids, inventory, TenantSource::Tables);
    let several = plans.iter().filter(|(key, ids)| ids.len() > 1 && is_ours(key, ids));
    let found = several.filter_map(|(key, ids)| {
        let stage = clash(ids)?;
        let names: Vec<_> = ids.iter().map(|id| inventory.plan_name(id)).collect();
        let seen = format!("API key {key} is in {} for the stage {stage}", names.join(" and "));
        Some(finding(Kind::TwoPlans, key, seen, Fix::Manual))
    });
    found.collect()
}

pub(super) fn mend(mend: Mend) -> Option<Change> {
    Some(Change::Mend(mend))
}
