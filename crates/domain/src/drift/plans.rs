//! Plans, their shop windows, the stages they cover, and the limits of the account.

mod sold;

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{MAX_API_KEYS, Mend};
use crate::managed::{TenantSource, is_our_api_key, managed_plans};
use crate::{ApiKeyId, Inventory, Known, Period, Plan, PlanId, ShopWindow};

use super::keys::mend;
use super::{Choice, Finding, Fix, Kind, Observed, StageMethods, finding};

/// Usage plans that API Gateway allows in an account and region unless more are asked for.
pub const MAX_PLANS: usize = 300;
/// Usage plans that an API key can be in.
pub const MAX_PLANS_OF_KEY: usize = 10;
/// A limit is near from so many hundredths of it on.
pub const NEAR: usize = 90;

pub(super) fn findings(inventory: &Inventory, observed: &Observed) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    let managed = managed_plans(inventory, TenantSource::Tables);
    for plan in inventory.plans().iter().filter(|plan| managed.contains(&plan.id)) {
        all.extend(of_window(plan, inventory));
        all.extend(of_stages(plan, inventory));
    }
    let gone = observed.windows.iter().filter(|(id, _)| inventory.plan(id).is_none());
    all.extend(gone.map(|(id, entry)| {
        let seen = format!("the Plans table has \"{}\" ({id}), which is no usage plan", entry.name);
        let delete = Mend::DeleteWindow { plan: id.clone(), before: Box::new(entry.clone()) };
        finding(Kind::PriceWithoutPlan, id, seen, mend(delete))
    }));
    let covered: BTreeSet<_> =
        managed.iter().filter_map(|id| inventory.plan(id)).flat_map(|plan| &plan.stages).collect();
    let stages = observed.stages.iter().filter(|(stage, _)| covered.contains(stage));
    all.extend(stages.flat_map(|(stage, methods)| of_methods(&stage.to_string(), methods)));
    if observed.has_log_role == Some(false) {
        let seen = "the account has no role with which API Gateway writes to CloudWatch".to_owned();
        all.push(finding(Kind::NoLogRole, "account", seen, Fix::Manual));
    }
    all.extend(limits(inventory));
    all
}

/// Whether the plan's row of the Plans table promises what it enforces.
pub fn is_told_truly(plan: &Plan) -> bool {
    plan.shop_window
        .as_ref()
        .is_some_and(|entry| same(&entry.quota, &quota(plan)) && same(&entry.throttle, &throttle(plan)))
}

fn of_window(plan: &Plan, inventory: &Inventory) -> Option<Finding> {
    let write = || mend(Mend::WriteWindow(plan.id.clone()));
    let Some(entry) = &plan.shop_window else {
        let seen = format!("{} has no row in the Plans table", plan.name);
        return Some(finding(Kind::PlanWithoutPrice, &plan.id, seen, write()));
    };
    let said = [(&entry.quota, quota(plan)), (&entry.throttle, throttle(plan))];
    let wrong: Vec<_> = said.iter().filter(|(said, real)| !same(said, real)).collect();
    if wrong.is_empty() {
        return None;
    }
    let sold: Vec<_> = wrong.iter().map(|(said, _)| format!("\"{said}\"")).collect();
    let real: Vec<_> =
        wrong.iter().map(|(_, real)| if real.is_empty() { "no limit" } else { real.as_str() }).collect();
    let seen = format!("{} is sold with {} and enforces {}", plan.name, sold.join(", "), real.join(", "));
    let enforce = sold::limits(entry, plan).filter(|change| change.units(inventory).is_ok());
    let choice = Choice { tables: enforce, api_gateway: write() };
    Some(finding(Kind::PriceListDiffers, &plan.id, seen, Fix::Choice(Box::new(choice))))
}

/// Whether two texts promise the same, however they are spaced and cased.
fn same(said: &str, real: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(&said.replace(',', "")) == words(real)
}

/// The quota as the Plans table words it: "2000 per DAY".
pub fn quota(plan: &Plan) -> String {
    let words = |period: Period| period.as_str();
    plan.quota.map_or_else(String::new, |quota| format!("{} per {}", quota.limit, words(quota.period)))
}

/// The throttle as the Plans table words it: "10 TPS".
pub fn throttle(plan: &Plan) -> String {
    plan.throttle.map_or_else(String::new, |throttle| format!("{} TPS", throttle.rate))
}

/// The row of the Plans table that tells what the plan enforces; what else it says stays.
pub fn window(plan: &Plan) -> ShopWindow {
    let before = plan.shop_window.clone();
    ShopWindow {
        quota: quota(plan),
        throttle: throttle(plan),
        ..before.unwrap_or_else(|| ShopWindow {
            name: plan.name.clone(),
            description: plan.description.clone(),
            quota: String::new(),
            throttle: String::new(),
            price: None,
        })
    }
}

fn of_stages(plan: &Plan, inventory: &Inventory) -> Option<Finding> {
    let seen = match inventory.members(&plan.id).map(<[_]>::len) {
        Known::Unknown(_) => format!("{} covers no stage; its API keys open nothing", plan.name),
        Known::Value(0) => format!("{} covers no stage, and has no API keys", plan.name),
        Known::Value(1) => format!("{} covers no stage; the API key in it opens nothing", plan.name),
        Known::Value(keys) => {
            format!("{} covers no stage; the {keys} API keys in it open nothing", plan.name)
        }
    };
    plan.stages.is_empty().then(|| finding(Kind::NoStage, &plan.id, seen, Fix::Manual))
}

fn of_methods(stage: &str, methods: &StageMethods) -> Vec<Finding> {
    let mut found = Vec::new();
    let open =
        |methods: &BTreeMap<String, bool>| !methods.is_empty() && !methods.values().any(|needs| *needs);
    if open(&methods.deployed) {
        let seen = format!("no method of the stage {stage} needs an API key");
        found.push(finding(Kind::ProtectsNothing, stage, seen, Fix::Manual));
    }
    let edited = methods.edited.iter().filter(|(method, needs)| methods.deployed.get(*method) != Some(needs));
    let edited: Vec<_> = edited.map(|(method, _)| method.as_str()).collect();
    if !edited.is_empty() {
        let were = if edited.len() == 1 { "was" } else { "were" };
        let seen = format!("{} of the stage {stage} {were} edited and not deployed", edited.join(", "));
        found.push(finding(Kind::NotDeployed, stage, seen, Fix::Manual));
    }
    found
}

fn limits(inventory: &Inventory) -> Vec<Finding> {
    let near = |have: usize, most: usize| have * 100 >= most * NEAR;
    let said = |subject: &str, have: usize, most: usize| {
        let seen = format!("the account has {have} of {most} {subject}");
        near(have, most).then(|| finding(Kind::NearLimit, subject, seen, Fix::Manual))
    };
    let keys = said("API keys", inventory.listed_api_keys().len(), MAX_API_KEYS);
    let plans = said("usage plans", inventory.plans().len(), MAX_PLANS);
    keys.into_iter().chain(plans).chain(plans_of_keys(inventory)).collect()
}

fn plans_of_keys(inventory: &Inventory) -> Vec<Finding> {
    let mut plans: BTreeMap<&ApiKeyId, Vec<&PlanId>> = BTreeMap::new();
    for plan in inventory.plans() {
        for key in inventory.listed_members(&plan.id) {
            plans.entry(key).or_default().push(&plan.id);
        }
    }
    let is_ours = |key: &ApiKeyId, ids: &[&PlanId]| {
        is_our_api_key(key, ids, inventory, TenantSource::Tables).is_known_to_be(&true)
    };
    let full = plans.into_iter().filter(|(key, ids)| ids.len() >= MAX_PLANS_OF_KEY && is_ours(key, ids));
    full.map(|(key, ids)| {
        let seen = format!("API key {key} is in {} of {MAX_PLANS_OF_KEY} usage plans", ids.len());
        finding(Kind::NearLimit, key, seen, Fix::Manual)
    })
    .collect()
}
