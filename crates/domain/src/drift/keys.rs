//! API keys and the rows that stand for them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use crate::change::Mend;
use crate::key::tag;
use crate::key_file::{LONGEST_VALUE, SHORTEST_VALUE};
use crate::managed::{TenantSource, is_our_api_key, managed_plans};
use crate::{ApiKey, ApiKeyId, Change, Edit, Inventory, Known, PlanId, PoolKeyState, Presence, TenantKey};

use super::{Choice, Finding, Fix, Kind, Observed, finding, moved};

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
    found.extend(of_value(row, &id, inventory, observed, &name));
    found
}

fn of_value(
    row: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    observed: &Observed,
    name: &dyn Fn() -> String,
) -> Option<Finding> {
    let (said, real) = (row.stored_value()?, observed.values.get(id)?);
    if said == real {
        return None;
    }
    let seen = format!("{} holds another value than API key {id}", name());
    // The value of an API key never changes, and one that others share is not one tenant's to choose.
    let length = said.expose().chars().count();
    let is_alone = inventory.shares(row).is_known_to_be(&false);
    let can_be_issued = is_alone && (SHORTEST_VALUE..=LONGEST_VALUE).contains(&length);
    let issue = can_be_issued.then(|| Change::Mend(Mend::IssueRowValue(row.id.clone())));
    let choice = Choice {
        tables: issue.filter(|change| change.units(inventory).is_ok()),
        api_gateway: mend(Mend::CorrectValue(row.id.clone())),
    };
    Some(finding(Kind::ValueDiffers, &row.id, seen, Fix::Choice(Box::new(choice))))
}

fn of_siloed(
    row: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    plans: &PlansOf<'_>,
    name: &dyn Fn() -> String,
) -> Vec<Finding> {
    let key = match inventory.api_key(id) {
        Presence::Here(key) => key,
        Presence::Unknown(_) => return Vec::new(),
        Presence::Missing => {
            let seen = format!("{} has no API key in API Gateway", name());
            return vec![finding(
                Kind::TenantKeyWithoutApiKey,
                &row.id,
                seen,
                new_key_or_none(row, inventory),
            )];
        }
    };
    if key.tags.contains_key(tag::DELETING) {
        let seen = format!("{} was being deleted, and is still there", name());
        return vec![finding(Kind::InterruptedDelete, &row.id, seen, Change::Delete(vec![row.id.clone()]))];
    }
    let differences = [of_enabled(row, key, name), of_name(row, key, name)];
    differences.into_iter().flatten().chain(of_membership(row, id, inventory, plans, name)).collect()
}

fn of_enabled(row: &TenantKey, key: &ApiKey, name: &dyn Fn() -> String) -> Option<Finding> {
    // What the item says wrongly is no "disabled": nothing follows from it.
    let enabled = match row.enabled {
        Known::Value(enabled) if enabled != key.enabled => enabled,
        Known::Value(_) | Known::Unknown(_) => return None,
    };
    let word = |on| if on { "enabled" } else { "disabled" };
    let seen = format!("{} says {}, API Gateway {}", name(), word(enabled), word(key.enabled));
    let edit = Edit { enabled: Some(key.enabled), ..Edit::default() };
    let choice = Choice {
        tables: mend(Mend::FollowRow(row.id.clone())),
        api_gateway: mend(Mend::EditRow { row: row.id.clone(), edit }),
    };
    Some(finding(Kind::EnabledDiffers, &row.id, seen, Fix::Choice(Box::new(choice))))
}

fn of_name(row: &TenantKey, key: &ApiKey, name: &dyn Fn() -> String) -> Option<Finding> {
    if row.name == key.name {
        return None;
    }
    let seen = format!("{} is named \"{}\" in API Gateway", name(), key.name);
    // A name that is empty is none that could be right.
    let named = |name: &String| {
        let edit = Edit { name: Some(name.clone()), ..Edit::default() };
        (!name.is_empty()).then_some(edit)
    };
    let row_id = || row.id.clone();
    let choice = Choice {
        tables: named(&row.name).map(|edit| Change::Mend(Mend::EditApiKey { row: row_id(), edit })),
        api_gateway: named(&key.name).map(|edit| Change::Mend(Mend::EditRow { row: row_id(), edit })),
    };
    Some(finding(Kind::NameDiffers, &row.id, seen, Fix::Choice(Box::new(choice))))
}

fn of_membership(
    row: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    plans: &PlansOf<'_>,
    name: &dyn Fn() -> String,
) -> Option<Finding> {
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

/// API keys whose tags decide, and must be asked for one by one: a tag that is absent from GetApiKeys proves nothing.
///
/// These are the keys that no tenant key has and that may be ours, and pool keys on their way out.
pub fn api_keys_to_ask_for(inventory: &Inventory) -> Vec<ApiKeyId> {
    let plans = plans_of(inventory);
    let managed = managed_plans(inventory, TenantSource::Tables);
    let may_be_ours = |key: &ApiKey| {
        let in_managed = plans.get(&key.id).is_some_and(|of| of.iter().any(|plan| managed.contains(*plan)));
        in_managed
            || key.tags.keys().any(|name| name.starts_with(tag::OURS))
            || inventory.successor(&key.id).is_some()
    };
    let unused = |key: &&ApiKey| is_unused(&key.id, inventory) && may_be_ours(key);
    let unused = inventory.listed_api_keys().iter().filter(unused).map(|key| key.id.clone());
    let leaving = inventory.pools().iter().flat_map(|pool| &pool.keys);
    let leaving = leaving.filter(|key| key.state != PoolKeyState::Active).map(|key| key.api_key.clone());
    unused.chain(leaving).collect()
}

/// Whether no tenant key and no pool has it.
fn is_unused(id: &ApiKeyId, inventory: &Inventory) -> bool {
    // A row with its id may refer to a pool key since: then this one is nobody's.
    // While a tenant key may send it nothing says that it is nobody's.
    inventory.pool_of(id).is_none() && inventory.sending(id).is_known_to_be(&0)
}

/// An API key without a row and without a pool.
fn of_key(
    key: &ApiKey,
    inventory: &Inventory,
    observed: &Observed,
    plans: &PlansOf<'_>,
    managed: &BTreeSet<&PlanId>,
) -> Option<Finding> {
    if !is_unused(&key.id, inventory) {
        return None;
    }
    let name = format!("API key {} \"{}\"", key.id, key.name);
    let remove = Change::Retire(key.id.clone());
    let found = |kind, seen: String, fix| Some(finding(kind, &key.id, seen, fix));
    let with_all = || Fix::WithAll(remove.clone());
    if key.tags.contains_key(tag::DELETING) {
        return found(
            Kind::InterruptedDelete,
            format!("{name} was being deleted, and is still there"),
            with_all(),
        );
    }
    // Without all its tags nothing is known of its grace, and whose it is.
    let is_unread = observed.unread_api_keys.contains(&key.id);
    let unless_unread = |fix: Fix| if is_unread { Fix::Manual } else { fix };
    match retirement(key) {
        Retirement::At(due) if due > observed.now => return None,
        Retirement::At(_) => {
            let seen = format!("{name} still works, although its grace is over");
            return found(Kind::SupersededKey, seen, with_all());
        }
        Retirement::Unreadable(text) => {
            let seen = format!("{name} is to go at \"{text}\", which is no time");
            return found(Kind::SupersededKey, seen, Fix::Asked(vec![remove]));
        }
        Retirement::Never => {}
    }
    if let Some(successor) = inventory.successor(&key.id) {
        let seen = format!("{name} still works, although API key {} took its place", successor.id);
        return found(Kind::SupersededKey, seen, unless_unread(with_all()));
    }
    if key.tags.contains_key(tag::REQUEST) {
        let whose = key.tags.get(tag::OWNER).map(|tenant| format!(" for {tenant}")).unwrap_or_default();
        let seen = format!("{name} was made{whose}, and nothing refers to it");
        return found(Kind::InterruptedCreate, seen, unless_unread(with_all()));
    }
    let plan = plans.get(&key.id)?.iter().find(|plan| managed.contains(**plan))?;
    let plan = inventory.plan_name(plan);
    let state = if key.enabled { "" } else { ", is disabled" };
    if let Some(import) = inventory.interrupted_import(key, observed.now) {
        let seen = format!(
            "{name} is in {plan}{state} and has no row: as it seems made by an import that was interrupted ({}), which \
             the same import finishes",
            import.operation
        );
        return found(Kind::InterruptedImport, seen, unless_unread(Fix::Asked(vec![remove])));
    }
    let seen = format!("{name} is in {plan}{state} and has no row");
    // Nothing says that it is keypool's: somebody may call with it.
    found(Kind::OrphanKey, seen, unless_unread(Fix::Asked(vec![remove])))
}

/// When an API key that was replaced may go.
enum Retirement<'a> {
    /// Nothing was said of it.
    Never,
    At(Timestamp),
    Unreadable(&'a str),
}

fn retirement(key: &ApiKey) -> Retirement<'_> {
    let Some(text) = key.tags.get(tag::RETIRES_AT) else { return Retirement::Never };
    text.parse().map_or(Retirement::Unreadable(text), Retirement::At)
}

fn two_plans(inventory: &Inventory, plans: &PlansOf<'_>) -> Vec<Finding> {
    let stages = |id: &&PlanId| inventory.plan(id).map(|plan| plan.stages.as_slice()).unwrap_or_default();
    let clash = |ids: &[&PlanId]| {
        let mut seen = HashSet::new();
        ids.iter().flat_map(stages).find(|stage| !seen.insert(*stage))
    };
    let is_ours = |key: &ApiKeyId, ids: &[&PlanId]| {
        is_our_api_key(key, ids, inventory, TenantSource::Tables).is_known_to_be(&true)
    };
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
