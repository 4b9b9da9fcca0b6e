//! Existing plans as desired plans: applying them changes nothing.

use std::collections::{HashMap, HashSet};

use super::{DesiredPlan, DesiredPool};
use crate::{Inventory, Plan, Pool};

/// All plans. Those that share their name are identified by their id.
pub fn export_plans(inventory: &Inventory) -> Vec<DesiredPlan> {
    let mut name_counts: HashMap<&str, usize> = HashMap::new();
    for plan in inventory.plans() {
        *name_counts.entry(&plan.name).or_default() += 1;
    }
    let mut tables: HashSet<String> = name_counts.keys().map(|name| (*name).to_owned()).collect();
    let export = |plan: &Plan| {
        let exported = DesiredPlan::from_plan(plan, inventory.pool(&plan.id));
        if name_counts.get(plan.name.as_str()) == Some(&1) {
            return exported;
        }
        let mut table = plan.name.clone();
        while !tables.insert(table.clone()) {
            table = format!("{table} ({})", plan.id).trim_start().to_owned();
        }
        DesiredPlan { table, id: Some(plan.id.clone()), name: Some(plan.name.clone()), ..exported }
    };
    inventory.plans().iter().map(export).collect()
}

impl DesiredPlan {
    /// The desired plan that describes an existing one.
    fn from_plan(plan: &Plan, pool: Option<&Pool>) -> Self {
        let throttles = plan.method_throttles.iter();
        let methods: Vec<_> = throttles
            .map(|((stage, method), throttle)| (Some(stage.clone()), method.clone(), *throttle))
            .collect();
        let entry = plan.price_list_entry.as_ref();
        Self {
            table: plan.name.clone(),
            id: None,
            name: None,
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
}
