//! Findings about plans: price-list entries, stages, and account limits.

mod enforce_price_list;

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Fix, MAX_API_KEYS};
use crate::managed::{TenantSource, is_our_api_key, managed_plans};
use crate::{ApiKeyId, Inventory, Known, Period, Plan, PlanId, PriceListEntry};

use super::keys::fix_change;
use super::{Choice, Finding, FixOffer, Kind, Observations, StageMethods, finding};

/// Usage plans per account and region, unless AWS raised it.
pub const MAX_PLANS: usize = 300;
/// Usage plans per API key.
pub const MAX_PLANS_PER_KEY: usize = 10;
/// A limit counts as nearly reached from this percentage.
pub const NEAR_LIMIT_PERCENT: usize = 90;

pub(super) fn findings(inventory: &Inventory, observed: &Observations) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    let managed = managed_plans(inventory, TenantSource::Tables);
    for plan in inventory.plans().iter().filter(|plan| managed.contains(&plan.id)) {
        all.extend(price_list_finding(plan, inventory));
        all.extend(no_stage_finding(plan, inventory));
    }
    let gone = observed.price_list.iter().filter(|(id, _)| inventory.plan(id).is_none());
    all.extend(gone.map(|(id, entry)| {
        let seen = format!("the Plans table has \"{}\" ({id}), which is no usage plan", entry.name);
        let delete = Fix::DeletePriceListEntry { plan: id.clone(), before: Box::new(entry.clone()) };
        finding(Kind::PriceWithoutPlan, id, seen, fix_change(delete))
    }));
    let covered: BTreeSet<_> =
        managed.iter().filter_map(|id| inventory.plan(id)).flat_map(|plan| &plan.stages).collect();
    let stages = observed.stages.iter().filter(|(stage, _)| covered.contains(stage));
    all.extend(stages.flat_map(|(stage, methods)| method_findings(&stage.to_string(), methods)));
    if observed.has_log_role == Some(false) {
        let seen = "the account has no role with which API Gateway writes to CloudWatch".to_owned();
        all.push(finding(Kind::NoLogRole, "account", seen, FixOffer::Manual));
    }
    all.extend(account_limit_findings(inventory));
    all
}

/// Whether the plan's price-list entry matches what API Gateway enforces.
pub fn is_price_list_accurate(plan: &Plan) -> bool {
    plan.price_list_entry.as_ref().is_some_and(|entry| {
        is_same_text(&entry.quota, &quota_text(plan)) && is_same_text(&entry.throttle, &throttle_text(plan))
    })
}

fn price_list_finding(plan: &Plan, inventory: &Inventory) -> Option<Finding> {
    let write = || fix_change(Fix::WritePriceListEntry(plan.id.clone()));
    let Some(entry) = &plan.price_list_entry else {
        let seen = format!("{} has no row in the Plans table", plan.name);
        return Some(finding(Kind::PlanWithoutPrice, &plan.id, seen, write()));
    };
    let said = [(&entry.quota, quota_text(plan)), (&entry.throttle, throttle_text(plan))];
    let wrong: Vec<_> = said.iter().filter(|(said, real)| !is_same_text(said, real)).collect();
    if wrong.is_empty() {
        return None;
    }
    let sold: Vec<_> = wrong.iter().map(|(said, _)| format!("\"{said}\"")).collect();
    let real: Vec<_> =
        wrong.iter().map(|(_, real)| if real.is_empty() { "no limit" } else { real.as_str() }).collect();
    let seen = format!("{} is sold with {} and enforces {}", plan.name, sold.join(", "), real.join(", "));
    let enforce =
        enforce_price_list::change_to_enforce(entry, plan).filter(|change| change.units(inventory).is_ok());
    let choice = Choice { tables: enforce, api_gateway: write() };
    Some(finding(Kind::PriceListDiffers, &plan.id, seen, FixOffer::Choice(Box::new(choice))))
}

/// Compares two texts, ignoring case, spacing and thousands separators.
fn is_same_text(said: &str, real: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(&said.replace(',', "")) == words(real)
}

/// As in the Plans table, e.g. "2000 per DAY".
pub fn quota_text(plan: &Plan) -> String {
    let words = |period: Period| period.as_str();
    plan.quota.map_or_else(String::new, |quota| format!("{} per {}", quota.limit, words(quota.period)))
}

/// As in the Plans table, e.g. "10 TPS".
pub fn throttle_text(plan: &Plan) -> String {
    plan.throttle.map_or_else(String::new, |throttle| format!("{} TPS", throttle.rate))
}

/// The price-list entry with the limits that the plan enforces; other fields stay.
pub fn accurate_price_list_entry(plan: &Plan) -> PriceListEntry {
    let before = plan.price_list_entry.clone();
    PriceListEntry {
        quota: quota_text(plan),
        throttle: throttle_text(plan),
        ..before.unwrap_or_else(|| PriceListEntry {
            name: plan.name.clone(),
            description: plan.description.clone(),
            quota: String::new(),
            throttle: String::new(),
            price: None,
        })
    }
}

fn no_stage_finding(plan: &Plan, inventory: &Inventory) -> Option<Finding> {
    let seen = match inventory.members(&plan.id).map(<[_]>::len) {
        Known::Unknown(_) => format!("{} covers no stage; its API keys open nothing", plan.name),
        Known::Value(0) => format!("{} covers no stage, and has no API keys", plan.name),
        Known::Value(1) => format!("{} covers no stage; the API key in it opens nothing", plan.name),
        Known::Value(keys) => {
            format!("{} covers no stage; the {keys} API keys in it open nothing", plan.name)
        }
    };
    plan.stages.is_empty().then(|| finding(Kind::NoStage, &plan.id, seen, FixOffer::Manual))
}

fn method_findings(stage: &str, methods: &StageMethods) -> Vec<Finding> {
    let mut found = Vec::new();
    let open =
        |methods: &BTreeMap<String, bool>| !methods.is_empty() && !methods.values().any(|needs| *needs);
    if open(&methods.deployed) {
        let seen = format!("no method of the stage {stage} needs an API key");
        found.push(finding(Kind::ProtectsNothing, stage, seen, FixOffer::Manual));
    }
    let edited = methods.edited.iter().filter(|(method, needs)| methods.deployed.get(*method) != Some(needs));
    let edited: Vec<_> = edited.map(|(method, _)| method.as_str()).collect();
    if !edited.is_empty() {
        let were = if edited.len() == 1 { "was" } else { "were" };
        let seen = format!("{} of the stage {stage} {were} edited and not deployed", edited.join(", "));
        found.push(finding(Kind::NotDeployed, stage, seen, FixOffer::Manual));
    }
    found
}

fn account_limit_findings(inventory: &Inventory) -> Vec<Finding> {
    let near = |have: usize, most: usize| have * 100 >= most * NEAR_LIMIT_PERCENT;
    let said = |subject: &str, have: usize, most: usize| {
        let seen = format!("the account has {have} of {most} {subject}");
        near(have, most).then(|| finding(Kind::NearLimit, subject, seen, FixOffer::Manual))
    };
    let keys = said("API keys", inventory.listed_api_keys().len(), MAX_API_KEYS);
    let plans = said("usage plans", inventory.plans().len(), MAX_PLANS);
    keys.into_iter().chain(plans).chain(key_limit_findings(inventory)).collect()
}

fn key_limit_findings(inventory: &Inventory) -> Vec<Finding> {
    let mut plans: BTreeMap<&ApiKeyId, Vec<&PlanId>> = BTreeMap::new();
    for plan in inventory.plans() {
        for key in inventory.listed_members(&plan.id) {
            plans.entry(key).or_default().push(&plan.id);
        }
    }
    let is_ours = |key: &ApiKeyId, ids: &[&PlanId]| {
        is_our_api_key(key, ids, inventory, TenantSource::Tables).is_known_to_be(&true)
    };
    let full = plans.into_iter().filter(|(key, ids)| ids.len() >= MAX_PLANS_PER_KEY && is_ours(key, ids));
    full.map(|(key, ids)| {
        let seen = format!("API key {key} is in {} of {MAX_PLANS_PER_KEY} usage plans", ids.len());
        finding(Kind::NearLimit, key, seen, FixOffer::Manual)
    })
    .collect()
}
