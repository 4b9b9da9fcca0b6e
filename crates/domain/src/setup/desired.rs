//! Desired usage plans, compared with the existing ones.
//!
//! Unset fields, and plans that are not listed, stay as they are.

mod address;
mod announcement;
mod export;
mod pool;

use std::collections::BTreeSet;

pub use export::export_plans;
pub use pool::{DEFAULT_CAPACITY, DesiredPool, pool_changes};

use crate::{
    Inventory, MethodRef, MethodThrottles, NoSuchPlan, Plan, PlanChange, PlanEdit, PlanId, Price,
    PriceListEntry, Quota, StageRef, Throttle,
};

/// A usage plan as it should be; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DesiredPlan {
    /// The name of its table in the file. Identifies the plan if nothing else does.
    pub table: String,
    /// An existing plan.
    pub id: Option<PlanId>,
    /// The name of the plan; with an id, the name that the plan should have.
    pub name: Option<String>,
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
    /// The name of the plan; for an existing one as [`Inventory::plan_name`] returns it.
    pub name: String,
    /// `None` if the plan does not exist yet.
    pub plan: Option<PlanId>,
    /// The change of the plan itself, if it differs.
    pub change: Option<PlanChange>,
    /// The desired pool, if it differs; `Some(None)` dissolves it.
    pub pool: Option<Option<DesiredPool>>,
    /// One line per difference.
    pub differences: Vec<String>,
}

impl DesiredPlan {
    /// Compares with the existing plan, if there is one.
    pub fn diff(&self, inventory: &Inventory) -> Result<PlanDiff, NoSuchPlan> {
        let before = self.find(inventory)?;
        let (change, mut differences) = match before {
            Some(plan) => {
                let edit = self.edit(plan).difference(plan);
                let is_same = edit == PlanEdit::default();
                let differences = if is_same { Vec::new() } else { differences(plan, &edit.apply_to(plan)) };
                (PlanChange::Edit { plan: plan.id.clone(), edit }, differences)
            }
            None => {
                let new = self.new_plan();
                let differences = differences(&Plan::new("", new.name.as_str()), &new);
                (PlanChange::Create(new), differences)
            }
        };
        let change = (!differences.is_empty()).then_some(change);
        let current_pool = before.and_then(|plan| inventory.pool(&plan.id));
        let pool_differences =
            self.pool.map(|desired| pool::differences(desired.as_ref(), current_pool)).unwrap_or_default();
        let pool = self.pool.filter(|_| !pool_differences.is_empty());
        differences.extend(pool_differences);
        let name = before.map_or(self.new_name(), |plan| inventory.plan_name(&plan.id)).to_owned();
        Ok(PlanDiff { name, plan: before.map(|plan| plan.id.clone()), change, pool, differences })
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
            ..Plan::new("", self.new_name())
        };
        plan.with_price_list_entry(self.price_list_text.clone(), self.price)
    }

    fn edit(&self, plan: &Plan) -> PlanEdit {
        let stages = self.stages.as_ref().unwrap_or(&plan.stages);
        let removed = plan.stages.iter().filter(|stage| !stages.contains(stage)).cloned();
        PlanEdit {
            name: self.name.clone(),
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
