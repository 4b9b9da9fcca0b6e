//! Findings about plans: price-list entries, stages, and account limits.

mod enforce_price_list;

use std::collections::{BTreeMap, BTreeSet};

use crate::change::Fix;
use crate::limits::{MAX_API_KEYS, MAX_PLANS, MAX_PLANS_PER_KEY};
use crate::managed::{is_our_api_key, managed_plans};
use crate::price_list::{is_same_text, quota_text, throttle_text};
use crate::{ApiKeyId, Inventory, Known, Plan, PlanId};

use super::keys::fix_change;
use super::{Choice, Finding, FindingKind, FixOffer, Observations, StageMethods, finding};

/// A limit counts as nearly reached from this percentage.
pub const NEAR_LIMIT_PERCENT: usize = 90;

pub(super) fn findings(inventory: &Inventory, observations: &Observations) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    let managed = managed_plans(inventory);
    for plan in inventory.plans().iter().filter(|plan| managed.contains(&plan.id)) {
        all.extend(price_list_finding(plan, inventory));
        all.extend(no_stage_finding(plan, inventory));
    }
    // A plan that cannot be read is not absent.
    let price_list = observations.price_list.iter().filter(|_| inventory.unreadable_plans().is_none());
    let without_plan = price_list.filter(|(id, _)| inventory.plan(id).is_none());
    all.extend(without_plan.map(|(id, entry)| {
        let summary = format!("price-list entry \"{}\" ({id}) has no usage plan", entry.name);
        let delete = Fix::DeletePriceListEntry { plan: id.clone(), before: Box::new(entry.clone()) };
        finding(FindingKind::PriceWithoutPlan, id, summary, fix_change(delete))
    }));
    let covered: BTreeSet<_> =
        managed.iter().filter_map(|id| inventory.plan(id)).flat_map(|plan| &plan.stages).collect();
    let stages = observations.stages.iter().filter(|(stage, _)| covered.contains(stage));
    all.extend(stages.flat_map(|(stage, methods)| method_findings(&stage.to_string(), methods)));
    let ignoring_header =
        covered.iter().filter(|stage| observations.authorizer_key_apis.contains(&stage.api));
    all.extend(ignoring_header.map(|stage| {
        let summary = format!("stage {stage} takes API keys from its authorizer (apiKeySource AUTHORIZER)");
        finding(FindingKind::KeysFromAuthorizer, stage, summary, FixOffer::Manual)
    }));
    if observations.has_log_role == Some(false) {
        let summary = "API Gateway has no role for writing logs to CloudWatch".to_owned();
        all.push(finding(FindingKind::NoLogRole, "account", summary, FixOffer::Manual));
    }
    all.extend(account_limit_findings(inventory));
    all
}

fn price_list_finding(plan: &Plan, inventory: &Inventory) -> Option<Finding> {
    let write = || fix_change(Fix::WritePriceListEntry(plan.id.clone()));
    let Some(entry) = &plan.price_list_entry else {
        if !inventory.source().has_tables() {
            return None;
        }
        let summary = format!("{} has no price-list entry", inventory.plan_name(&plan.id));
        return Some(finding(FindingKind::PlanWithoutPrice, &plan.id, summary, write()));
    };
    let limits = [(&entry.quota, quota_text(plan)), (&entry.throttle, throttle_text(plan))];
    let differing: Vec<_> =
        limits.iter().filter(|(promised, enforced)| !is_same_text(promised, enforced)).collect();
    if differing.is_empty() {
        return None;
    }
    let promised_texts: Vec<_> = differing.iter().map(|(promised, _)| format!("\"{promised}\"")).collect();
    let enforced: Vec<_> = differing
        .iter()
        .map(|(_, enforced)| if enforced.is_empty() { "no limit" } else { enforced.as_str() })
        .collect();
    let summary = format!(
        "{}: the price list says {}, API Gateway enforces {}",
        inventory.plan_name(&plan.id),
        promised_texts.join(", "),
        enforced.join(", ")
    );
    let enforce =
        enforce_price_list::change_to_enforce(entry, plan).filter(|change| change.units(inventory).is_ok());
    let choice = Choice { tables: enforce, api_gateway: write() };
    Some(finding(FindingKind::PriceListDiffers, &plan.id, summary, FixOffer::Choice(Box::new(choice))))
}

fn no_stage_finding(plan: &Plan, inventory: &Inventory) -> Option<Finding> {
    let name = inventory.plan_name(&plan.id);
    let summary = match inventory.members(&plan.id).map(<[_]>::len) {
        Known::Unknown(_) => format!("{name} covers no stage; its API keys work nowhere"),
        Known::Value(0) => format!("{name} covers no stage and has no API keys"),
        Known::Value(1) => format!("{name} covers no stage; its API key works nowhere"),
        Known::Value(keys) => format!("{name} covers no stage; its {keys} API keys work nowhere"),
    };
    plan.stages.is_empty().then(|| finding(FindingKind::NoStage, &plan.id, summary, FixOffer::Manual))
}

fn method_findings(stage: &str, methods: &StageMethods) -> Vec<Finding> {
    let mut found = Vec::new();
    let is_open = |methods: &BTreeMap<String, bool>| {
        !methods.is_empty() && !methods.values().any(|needs_key| *needs_key)
    };
    if is_open(&methods.deployed) {
        let authorized = |method: &String| {
            methods.authorizations.get(method).is_some_and(|other| other.requirement().is_some())
        };
        let instead = match methods.deployed.keys().all(authorized) {
            true => "; all require another authorization, and no plan limits their callers",
            false => "",
        };
        let summary = format!("no method of stage {stage} requires an API key{instead}");
        found.push(finding(FindingKind::ProtectsNothing, stage, summary, FixOffer::Manual));
    }
    let edited =
        methods.edited.iter().filter(|(method, needs_key)| methods.deployed.get(*method) != Some(needs_key));
    let edited: Vec<_> = edited.map(|(method, _)| method.as_str()).collect();
    if !edited.is_empty() {
        let verb = if edited.len() == 1 { "was" } else { "were" };
        let summary = format!("{} of stage {stage} {verb} edited but not deployed", edited.join(", "));
        found.push(finding(FindingKind::NotDeployed, stage, summary, FixOffer::Manual));
    }
    found
}

fn account_limit_findings(inventory: &Inventory) -> Vec<Finding> {
    let is_near = |count: usize, max: usize| count * 100 >= max * NEAR_LIMIT_PERCENT;
    let near_limit_finding = |subject: &str, count: usize, max: usize| {
        let summary = format!("the account has {count} of {max} {subject}");
        is_near(count, max).then(|| finding(FindingKind::NearLimit, subject, summary, FixOffer::Manual))
    };
    let keys = near_limit_finding("API keys", inventory.listed_api_keys().len(), MAX_API_KEYS);
    let plans = near_limit_finding("usage plans", inventory.plans().len(), MAX_PLANS);
    keys.into_iter().chain(plans).chain(key_limit_findings(inventory)).collect()
}

fn key_limit_findings(inventory: &Inventory) -> Vec<Finding> {
    let mut plans: BTreeMap<&ApiKeyId, Vec<&PlanId>> = BTreeMap::new();
    for plan in inventory.plans() {
        for key in inventory.listed_members(&plan.id) {
            plans.entry(key).or_default().push(&plan.id);
        }
    }
    let is_ours = |key: &ApiKeyId, ids: &[&PlanId]| is_our_api_key(key, ids, inventory).is_known_to_be(&true);
    let keys_at_limit =
        plans.into_iter().filter(|(key, ids)| ids.len() >= MAX_PLANS_PER_KEY && is_ours(key, ids));
    keys_at_limit
        .map(|(key, ids)| {
            let summary = format!("API key {key} is in {} of {MAX_PLANS_PER_KEY} usage plans", ids.len());
            finding(FindingKind::NearLimit, key, summary, FixOffer::Manual)
        })
        .collect()
}
