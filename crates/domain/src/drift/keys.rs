//! Findings about API keys and their tenant keys.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use crate::change::Fix;
use crate::ending::{EndingState, expiry_ending};
use crate::key::tag;
use crate::key_file::{MAX_VALUE_LEN, MIN_VALUE_LEN};
use crate::managed::{is_our_api_key, managed_plans};
use crate::{ApiKey, ApiKeyId, Change, Edit, Inventory, Known, PlanId, PoolKeyState, Presence, TenantKey};

use super::{Choice, Finding, FindingKind, FixOffer, Observations, finding, interrupted_move, unfinished};

pub(super) fn findings(inventory: &Inventory, observations: &Observations) -> Vec<Finding> {
    let plans = plans_by_key(inventory);
    let mut all: Vec<Finding> = Vec::new();
    all.extend(
        inventory
            .tenant_keys()
            .iter()
            .flat_map(|tenant_key| tenant_key_findings(tenant_key, inventory, observations, &plans)),
    );
    let managed = managed_plans(inventory);
    let keys = inventory.listed_api_keys();
    all.extend(
        keys.iter().filter_map(|key| unused_key_finding(key, inventory, observations, &plans, &managed)),
    );
    all.extend(two_plans_findings(inventory, &plans));
    all
}

type PlansByKey<'a> = BTreeMap<&'a ApiKeyId, Vec<&'a PlanId>>;

fn plans_by_key(inventory: &Inventory) -> PlansByKey<'_> {
    let mut plans: PlansByKey<'_> = BTreeMap::new();
    for plan in inventory.plans() {
        for key in inventory.listed_members(&plan.id) {
            plans.entry(key).or_default().push(&plan.id);
        }
    }
    plans
}

fn tenant_key_findings(
    tenant_key: &TenantKey,
    inventory: &Inventory,
    observations: &Observations,
    plans: &PlansByKey<'_>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let Known::Value(id) = tenant_key.api_key() else { return found };
    let describe =
        || format!("tenant key {} \"{}\" of {}", tenant_key.id, tenant_key.name, tenant_key.tenant);
    if inventory.is_shared(tenant_key).is_known_to_be(&false) {
        found.extend(siloed_findings(tenant_key, &id, inventory, plans, observations.now, &describe));
    }
    found.extend(value_finding(tenant_key, &id, inventory, observations, &describe));
    found.extend(expiry_finding(tenant_key, inventory, observations.now, &describe));
    found
}

fn expiry_finding(
    tenant_key: &TenantKey,
    inventory: &Inventory,
    now: Timestamp,
    describe: &dyn Fn() -> String,
) -> Option<Finding> {
    let ending =
        expiry_ending(tenant_key, inventory).filter(|ending| ending.state(now) == EndingState::Due)?;
    let Known::Value(at) = ending.ends_at else { return None };
    let (fix, obstacle) = match ending.change() {
        Ok(change) => (FixOffer::WithAll(change), String::new()),
        Err(why) => (FixOffer::Manual, format!("; {why}")),
    };
    let remains = if ending.is_enabled { "still works" } else { "is still shown as enabled" };
    let summary = format!("{} expired at {at:.0} but {remains}{obstacle}", describe());
    Some(finding(FindingKind::ExpiredKey, &tenant_key.id, summary, fix))
}

fn value_finding(
    tenant_key: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    observations: &Observations,
    describe: &dyn Fn() -> String,
) -> Option<Finding> {
    let (stored, actual) = (tenant_key.stored_value()?, observations.values.get(id)?);
    if stored == actual {
        return None;
    }
    let summary = format!("{} stores a value that differs from that of API key {id}", describe());
    // The value of an API key never changes, so this takes a new API key. A shared value is not for a single
    // tenant to choose.
    let length = stored.expose().chars().count();
    let is_unshared = inventory.is_shared(tenant_key).is_known_to_be(&false);
    let can_be_issued = is_unshared && (MIN_VALUE_LEN..=MAX_VALUE_LEN).contains(&length);
    let issue = can_be_issued.then(|| Change::Fix(Fix::ReplaceWithStoredValue(tenant_key.id.clone())));
    let choice = Choice {
        tables: issue.filter(|change| change.units(inventory).is_ok()),
        api_gateway: fix_change(Fix::CorrectValue(tenant_key.id.clone())),
    };
    Some(finding(FindingKind::ValueDiffers, &tenant_key.id, summary, FixOffer::Choice(Box::new(choice))))
}

fn siloed_findings(
    tenant_key: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    plans: &PlansByKey<'_>,
    now: Timestamp,
    describe: &dyn Fn() -> String,
) -> Vec<Finding> {
    let key = match inventory.api_key(id) {
        Presence::Present(key) => key,
        Presence::Unknown(_) => return Vec::new(),
        Presence::Missing => {
            let summary = format!("{} has no API key in API Gateway", describe());
            return vec![finding(
                FindingKind::TenantKeyWithoutApiKey,
                &tenant_key.id,
                summary,
                missing_api_key_fix(tenant_key, inventory),
            )];
        }
    };
    if key.tags.contains_key(tag::DELETING) {
        let summary = format!("{} was being deleted but still exists", describe());
        return vec![finding(
            FindingKind::InterruptedDelete,
            &tenant_key.id,
            summary,
            Change::Delete(vec![tenant_key.id.clone()]),
        )];
    }
    let differences = [enabled_finding(tenant_key, key, describe), name_finding(tenant_key, key, describe)];
    differences
        .into_iter()
        .flatten()
        .chain(membership_finding(tenant_key, id, inventory, plans, now, describe))
        .collect()
}

fn enabled_finding(tenant_key: &TenantKey, key: &ApiKey, describe: &dyn Fn() -> String) -> Option<Finding> {
    // An unreadable flag is not "disabled": nothing follows from it.
    let enabled = match tenant_key.enabled {
        Known::Value(enabled) if enabled != key.enabled => enabled,
        Known::Value(_) | Known::Unknown(_) => return None,
    };
    let word = |on| if on { "enabled" } else { "disabled" };
    let summary = format!(
        "{} is {} in the Keys table but {} in API Gateway",
        describe(),
        word(enabled),
        word(key.enabled)
    );
    let edit = Edit { enabled: Some(key.enabled), ..Edit::default() };
    let choice = Choice {
        tables: fix_change(Fix::ApplyEnabled(tenant_key.id.clone())),
        api_gateway: fix_change(Fix::EditTenantKey { tenant_key: tenant_key.id.clone(), edit }),
    };
    Some(finding(FindingKind::EnabledDiffers, &tenant_key.id, summary, FixOffer::Choice(Box::new(choice))))
}

fn name_finding(tenant_key: &TenantKey, key: &ApiKey, describe: &dyn Fn() -> String) -> Option<Finding> {
    if tenant_key.name == key.name {
        return None;
    }
    let summary = format!("{} is named \"{}\" in API Gateway", describe(), key.name);
    // An empty name cannot be the right one.
    let rename = |name: &str| {
        let edit = Edit { name: Some(name.to_owned()), ..Edit::default() };
        (!name.is_empty()).then_some(edit)
    };
    let id = || tenant_key.id.clone();
    let choice = Choice {
        tables: rename(&tenant_key.name).map(|edit| Change::Fix(Fix::EditApiKey { tenant_key: id(), edit })),
        api_gateway: rename(&key.name).map(|edit| Change::Fix(Fix::EditTenantKey { tenant_key: id(), edit })),
    };
    Some(finding(FindingKind::NameDiffers, &tenant_key.id, summary, FixOffer::Choice(Box::new(choice))))
}

fn membership_finding(
    tenant_key: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    plans: &PlansByKey<'_>,
    now: Timestamp,
    describe: &dyn Fn() -> String,
) -> Option<Finding> {
    let is_attached = plans.get(id).is_some_and(|plans| plans.contains(&&tenant_key.plan));
    // Without tables, no plan is recorded of an API key that is in none.
    if is_attached || tenant_key.plan.is_none() || inventory.members(&tenant_key.plan).reason().is_some() {
        return None;
    }
    if let Some(unfinished) = unfinished::finding(tenant_key, id, inventory, now, describe) {
        return Some(unfinished);
    }
    let plans_of_api_key = plans.get(id).map(Vec::as_slice).unwrap_or_default();
    if let Some(moved) = interrupted_move::finding(tenant_key, plans_of_api_key, inventory, describe) {
        return Some(moved);
    }
    let summary = format!("{} is not in {}", describe(), inventory.plan_name(&tenant_key.plan));
    let attach = inventory
        .plan(&tenant_key.plan)
        .map(|plan| Fix::Attach { api_key: id.clone(), plan: plan.id.clone() });
    Some(finding(FindingKind::KeyOutsidePlan, &tenant_key.id, summary, attach.map(Change::Fix)))
}

/// The fix for an API key that another program deleted. It is unknown whether the tenant should lose its
/// access too, so one option issues a new API key and the other deletes the tenant key.
fn missing_api_key_fix(tenant_key: &TenantKey, inventory: &Inventory) -> FixOffer {
    let reissue = Change::Rotate { tenant_keys: vec![tenant_key.id.clone()], grace: 0 };
    let reissue =
        inventory.plan(&tenant_key.plan).map(|_| reissue).filter(|change| change.units(inventory).is_ok());
    FixOffer::Separate(reissue.into_iter().chain([Change::Delete(vec![tenant_key.id.clone()])]).collect())
}

/// API keys whose tags decide whether there is a finding. They must be fetched individually, because the
/// absence of a tag from GetApiKeys proves nothing.
///
/// These are unused keys that may be ours, and pool keys that no longer take tenants.
pub fn api_keys_to_fetch(inventory: &Inventory) -> Vec<ApiKeyId> {
    let plans = plans_by_key(inventory);
    let managed = managed_plans(inventory);
    let may_be_ours = |key: &ApiKey| {
        let is_in_managed_plan =
            plans.get(&key.id).is_some_and(|ids| ids.iter().any(|plan| managed.contains(*plan)));
        is_in_managed_plan
            || key.tags.keys().any(|name| name.starts_with(tag::PREFIX))
            || inventory.successor(&key.id).is_some()
    };
    let is_candidate = |key: &&ApiKey| is_unused(&key.id, inventory) && may_be_ours(key);
    let unused = inventory.listed_api_keys().iter().filter(is_candidate).map(|key| key.id.clone());
    let leaving = inventory.pools().iter().flat_map(|pool| &pool.keys);
    let leaving = leaving.filter(|key| key.state != PoolKeyState::Active).map(|key| key.api_key.clone());
    unused.chain(leaving).collect()
}

/// Whether no tenant key and no pool uses this API key.
fn is_unused(id: &ApiKeyId, inventory: &Inventory) -> bool {
    // The tenant key with this id may refer to a pool key by now, which leaves this API key unused. An API key
    // that a tenant key may use does not count as unused.
    inventory.pool_of_api_key(id).is_none() && inventory.tenant_key_count(id).is_known_to_be(&0)
}

fn unused_key_finding(
    key: &ApiKey,
    inventory: &Inventory,
    observations: &Observations,
    plans: &PlansByKey<'_>,
    managed: &BTreeSet<&PlanId>,
) -> Option<Finding> {
    if !is_unused(&key.id, inventory) {
        return None;
    }
    let name = format!("API key {} \"{}\"", key.id, key.name);
    let remove = Change::Retire(key.id.clone());
    // Without tables, a tag counts only as far as other keys bear it out (see `succession`).
    let is_elsewhere = inventory.source().has_tables() && is_in_foreign_plans_only(&key.id, plans, managed);
    let found = |kind, summary: String, fix| {
        let fix = if is_elsewhere { separately(fix) } else { fix };
        Some(finding(kind, &key.id, summary, fix))
    };
    let with_all = || match may_be_older_than_tables(key, inventory) {
        true => FixOffer::Separate(vec![remove.clone()]),
        false => FixOffer::WithAll(remove.clone()),
    };
    if key.tags.contains_key(tag::DELETING) {
        return found(
            FindingKind::InterruptedDelete,
            format!("{name} was being deleted but still exists"),
            FixOffer::WithAll(remove),
        );
    }
    // Unless all tags of the API key were read, its grace period and owner are unknown.
    let is_unread = observations.unread_api_keys.contains(&key.id);
    let unless_unread = |fix: FixOffer| if is_unread { FixOffer::Manual } else { fix };
    let remains = if key.enabled { "still works" } else { "is disabled, but still exists" };
    match retirement(key) {
        Retirement::At(due) if due > observations.now => {
            return unfinished::old_key_finding(key, inventory, observations.now, &name);
        }
        Retirement::At(ended_at) => {
            let summary = format!("{name} {remains} although its grace period is over");
            return match inventory.doubt_end(key, ended_at) {
                None => found(FindingKind::SupersededKey, summary, FixOffer::WithAll(remove)),
                Some(doubt) => {
                    let summary = format!("{summary}; only its tags say so: {doubt}");
                    found(FindingKind::SupersededKey, summary, FixOffer::Separate(vec![remove]))
                }
            };
        }
        Retirement::Unreadable(text) => {
            let summary = format!("{name} has an invalid retirement time, \"{text}\"");
            return found(FindingKind::SupersededKey, summary, FixOffer::Separate(vec![remove]));
        }
        Retirement::Never => {}
    }
    if let Some(successor) = inventory.successor(&key.id) {
        let summary = format!("{name} {remains} although API key {} replaced it", successor.id);
        return found(FindingKind::SupersededKey, summary, unless_unread(with_all()));
    }
    if let Some(old) = inventory.key_to_be_replaced_by(key) {
        let summary = format!(
            "{name} was created to replace API key {}, which its tenant still has: the rotation was interrupted",
            old.id
        );
        return found(FindingKind::InterruptedCreate, summary, unless_unread(FixOffer::WithAll(remove)));
    }
    if key.tags.contains_key(tag::REQUEST) {
        let for_tenant = key.tags.get(tag::OWNER).map(|tenant| format!(" for {tenant}")).unwrap_or_default();
        let summary = format!("{name} was created{for_tenant}, but no tenant key refers to it");
        return found(FindingKind::InterruptedCreate, summary, unless_unread(with_all()));
    }
    let plan = plans.get(&key.id)?.iter().find(|plan| managed.contains(**plan))?;
    let plan = inventory.plan_name(plan);
    let state = if key.enabled { "" } else { ", is disabled" };
    if let Some(import) = inventory.interrupted_import(key, observations.now) {
        let summary = format!(
            "{name} is in {plan}{state} and has no tenant key; an interrupted import probably created it ({}): \
             repeat the import to finish it",
            import.operation
        );
        return found(
            FindingKind::InterruptedImport,
            summary,
            unless_unread(FixOffer::Separate(vec![remove])),
        );
    }
    let summary = format!("{name} is in {plan}{state} and has no tenant key");
    // Nothing proves that keypool created it, so an unknown caller may use it.
    found(FindingKind::OrphanKey, summary, unless_unread(FixOffer::Separate(vec![remove])))
}

/// Whether other people may call with it: it is in usage plans, and keypool manages none of them. Anyone who may tag API
/// keys can write keypool's tags.
fn is_in_foreign_plans_only(id: &ApiKeyId, plans: &PlansByKey<'_>, managed: &BTreeSet<&PlanId>) -> bool {
    plans.get(id).is_some_and(|ids| !ids.iter().any(|plan| managed.contains(*plan)))
}

/// The same fix, but never as a part of "fix all".
fn separately(fix: FixOffer) -> FixOffer {
    match fix {
        FixOffer::WithAll(change) => FixOffer::Separate(vec![change]),
        FixOffer::Manual | FixOffer::Separate(_) | FixOffer::Choice(_) => fix,
    }
}

/// Whether the API key may have been a tenant's before there were tables: it is not known to be younger than the oldest
/// tenant key. Until its tenant key is imported, nothing but its tags proves that no tenant calls with it.
fn may_be_older_than_tables(key: &ApiKey, inventory: &Inventory) -> bool {
    let created = inventory.tenant_keys().iter().map(TenantKey::created_at);
    // Another program, which wrote no dates, had tables before keypool.
    let Some(oldest) = created.min() else { return true };
    oldest.is_some_and(|oldest| key.created_at.is_none_or(|at| at < oldest))
}

/// When a replaced API key may be deleted.
enum Retirement<'a> {
    Never,
    At(Timestamp),
    Unreadable(&'a str),
}

fn retirement(key: &ApiKey) -> Retirement<'_> {
    let Some(text) = key.tags.get(tag::RETIRES_AT) else { return Retirement::Never };
    text.parse().map_or(Retirement::Unreadable(text), Retirement::At)
}

fn two_plans_findings(inventory: &Inventory, plans: &PlansByKey<'_>) -> Vec<Finding> {
    let stages = |id: &&PlanId| inventory.plan(id).map(|plan| plan.stages.as_slice()).unwrap_or_default();
    let shared_stage = |ids: &[&PlanId]| {
        let mut stages_seen = HashSet::new();
        ids.iter().flat_map(stages).find(|stage| !stages_seen.insert(*stage))
    };
    let is_ours = |key: &ApiKeyId, ids: &[&PlanId]| is_our_api_key(key, ids, inventory).is_known_to_be(&true);
    let keys_in_several_plans = plans.iter().filter(|(key, ids)| ids.len() > 1 && is_ours(key, ids));
    let found = keys_in_several_plans.filter_map(|(key, ids)| {
        let stage = shared_stage(ids)?;
        let names: Vec<_> = ids.iter().map(|id| inventory.plan_name(id)).collect();
        let summary =
            format!("API key {key} is in {}, which cover the same stage {stage}", names.join(" and "));
        Some(finding(FindingKind::TwoPlans, key, summary, FixOffer::Manual))
    });
    found.collect()
}

pub(super) fn fix_change(fix: Fix) -> Option<Change> {
    Some(Change::Fix(fix))
}
