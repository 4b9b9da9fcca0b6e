//! Desired usage plans, compared with the existing ones.
//!
//! Unset fields, and plans that are not listed, stay as they are.

mod announcement;
mod pool;

use std::collections::BTreeSet;

pub use pool::{DEFAULT_CAPACITY, DesiredPool, pool_changes};

use crate::{
    Inventory, MethodRef, MethodThrottles, NoSuchPlan, Plan, PlanChange, PlanEdit, Pool, Price,
    PriceListEntry, Quota, StageRef, Throttle,
};

/// A usage plan as it should be; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DesiredPlan {
    /// Identifies the plan.
    pub name: String,
    pub description: Option<String>,
    /// `Some(None)` removes the throttle.
    pub throttle: Option<Option<Throttle>>,
    /// `Some(None)` removes the quota.
    pub quota: Option<Option<Quota>>,
    /// All stages that the plan covers.
    pub stages: Option<Vec<StageRef>>,
    /// AWS Marketplace product; `Some(None)` removes it.
    pub product_code: Option<Option<String>>,
    /// `Some(None)` dissolves the pool.
    pub pool: Option<Option<DesiredPool>>,
    /// Throttles of methods, on one stage or, if `None`, on every stage of the plan. Methods that are not
    /// listed lose their throttles.
    pub methods: Option<Vec<(Option<StageRef>, MethodRef, Throttle)>>,
    pub price_list_text: Option<String>,
    pub price: Option<Price>,
}

/// What turns the existing plan into the desired one.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanDiff {
    pub name: String,
    /// The change of the plan itself, if it differs.
    pub change: Option<PlanChange>,
    /// The desired pool, if it differs; `Some(None)` dissolves it.
    pub pool: Option<Option<DesiredPool>>,
    /// One line per difference.
    pub differences: Vec<String>,
}

impl DesiredPlan {
    /// Compares with the existing plan of this name, if there is one.
    pub fn diff(&self, inventory: &Inventory) -> Result<PlanDiff, NoSuchPlan> {
        let before = match inventory.find_plan(&self.name) {
            Ok(plan) if plan.name == self.name => Some(plan),
            Ok(_) | Err(NoSuchPlan::Unknown(_)) => None,
            Err(ambiguous) => return Err(ambiguous),
        };
        let (change, mut differences) = match before {
            Some(plan) => {
                let edit = self.edit(plan).difference(plan);
                let differences = differences(plan, &edit.apply_to(plan));
                (PlanChange::Edit { plan: plan.id.clone(), edit }, differences)
            }
            None => {
                let new = self.new_plan();
                let differences = differences(&Plan::new("", self.name.as_str()), &new);
                (PlanChange::Create(new), differences)
            }
        };
        let change = (!differences.is_empty()).then_some(change);
        let current_pool = before.and_then(|plan| inventory.pool(&plan.id));
        let pool_differences =
            self.pool.map(|desired| pool::differences(desired.as_ref(), current_pool)).unwrap_or_default();
        let pool = self.pool.filter(|_| !pool_differences.is_empty());
        differences.extend(pool_differences);
        Ok(PlanDiff { name: self.name.clone(), change, pool, differences })
    }

    /// The desired plan that describes an existing one.
    pub fn from_plan(plan: &Plan, pool: Option<&Pool>) -> Self {
        let throttles = plan.method_throttles.iter();
        let methods: Vec<_> = throttles
            .map(|((stage, method), throttle)| (Some(stage.clone()), method.clone(), *throttle))
            .collect();
        let entry = plan.price_list_entry.as_ref();
        Self {
            name: plan.name.clone(),
            description: Some(plan.description.clone()),
            throttle: Some(plan.throttle),
            quota: Some(plan.quota),
            stages: Some(plan.stages.clone()),
            product_code: plan.product_code.clone().map(Some),
            pool: pool.map(|pool| Some(DesiredPool::from_pool(pool))),
            methods: (!methods.is_empty()).then_some(methods),
            price_list_text: entry.map(|entry| entry.description.clone()),
            price: entry.and_then(crate::PriceListEntry::price),
        }
    }

    fn new_plan(&self) -> Plan {
        let stages = self.stages.clone().unwrap_or_default();
        let plan = Plan {
            description: self.description.clone().unwrap_or_default(),
            throttle: self.throttle.flatten(),
            quota: self.quota.flatten(),
            method_throttles: self.method_throttles(&stages).unwrap_or_default(),
            product_code: self.product_code.clone().flatten(),
            stages,
            ..Plan::new("", self.name.as_str())
        };
        plan.with_price_list_entry(self.price_list_text.clone(), self.price)
    }

    fn edit(&self, plan: &Plan) -> PlanEdit {
        let stages = self.stages.as_ref().unwrap_or(&plan.stages);
        let removed = plan.stages.iter().filter(|stage| !stages.contains(stage)).cloned();
        PlanEdit {
            description: self.description.clone(),
            throttle: self.throttle,
            quota: self.quota,
            product_code: self.product_code.clone(),
            link: stages.clone(),
            unlink: removed.collect(),
            methods: self
                .method_throttles(stages)
                .map(|desired| method_edits(plan, stages, &desired))
                .unwrap_or_default(),
            price_list_text: self.price_list_text.clone(),
            price: self.price,
            ..PlanEdit::default()
        }
    }

    /// The throttles of methods, on each stage to which they apply.
    fn method_throttles(&self, stages: &[StageRef]) -> Option<MethodThrottles> {
        let expand = |stage: &Option<StageRef>| stage.as_ref().map_or(stages, std::slice::from_ref).to_vec();
        let throttles = self.methods.as_ref()?.iter().flat_map(|(stage, method, throttle)| {
            expand(stage).into_iter().map(|stage| ((stage, method.clone()), *throttle))
        });
        Some(throttles.collect())
    }
}

/// Sets the desired throttles and removes all others on the stages that the plan keeps.
fn method_edits(
    plan: &Plan,
    stages: &[StageRef],
    desired: &MethodThrottles,
) -> Vec<(StageRef, MethodRef, Option<Throttle>)> {
    let existing = plan.method_throttles.keys().filter(|(stage, _)| stages.contains(stage));
    let all: BTreeSet<_> = existing.chain(desired.keys()).collect();
    let edit = |key: &(StageRef, MethodRef)| (key.0.clone(), key.1.clone(), desired.get(key).copied());
    all.into_iter().map(edit).collect()
}

/// The differences between two versions of a plan, one line each.
pub fn differences(before: &Plan, after: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    let mut compare = |what: &str, before: Option<String>, after: Option<String>| {
        if before != after {
            let display = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
            lines.push(format!("{what}: {} → {}", display(before), display(after)));
        }
    };
    let text = |text: &str| (!text.is_empty()).then(|| format!("\"{text}\""));
    compare("name", text(&before.name), text(&after.name));
    compare("description", text(&before.description), text(&after.description));
    compare("throttle", to_text(before.throttle), to_text(after.throttle));
    compare("quota", to_text(before.quota), to_text(after.quota));
    compare("product code", before.product_code.clone(), after.product_code.clone());
    let (old, new) = (before.price_list_entry.as_ref(), after.price_list_entry.as_ref());
    let entry_text = |entry: Option<&PriceListEntry>, field: fn(&PriceListEntry) -> &String| {
        entry.and_then(|entry| text(field(entry)))
    };
    compare("price-list name", entry_text(old, |entry| &entry.name), entry_text(new, |entry| &entry.name));
    compare(
        "price-list text",
        entry_text(old, |entry| &entry.description),
        entry_text(new, |entry| &entry.description),
    );
    compare("price-list quota", entry_text(old, |entry| &entry.quota), entry_text(new, |entry| &entry.quota));
    compare(
        "price-list throttle",
        entry_text(old, |entry| &entry.throttle),
        entry_text(new, |entry| &entry.throttle),
    );
    compare("price", to_text(before.price()), to_text(after.price()));
    let stages: BTreeSet<_> = before.stages.iter().chain(&after.stages).collect();
    for stage in stages {
        let covered = |plan: &Plan| plan.stages.contains(stage).then(|| "linked".to_owned());
        compare(&format!("stage {stage}"), covered(before), covered(after));
    }
    let throttled: BTreeSet<_> =
        before.method_throttles.keys().chain(after.method_throttles.keys()).collect();
    for key in throttled {
        let throttle = |plan: &Plan| to_text(plan.method_throttles.get(key));
        compare(&format!("throttle of {} on {}", key.1, key.0), throttle(before), throttle(after));
    }
    lines
}

fn to_text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}
