//! How usage plans are named to people: API Gateway allows several plans of one name.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::labels::{NameCounts, label_with_id, visible_name};
use super::{Inventory, NoSuchPlan};
use crate::{Plan, PlanId};

/// How the plan of a key that is in none is named.
const NO_PLAN_NAME: &str = "no plan";

/// The names of the plans whose own name does not tell them from others, by id.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct PlanLabels(HashMap<PlanId, String>);

impl PlanLabels {
    pub(super) fn new(plans: &[Plan]) -> Self {
        let ids: HashSet<&str> = plans.iter().map(|plan| plan.id.as_str()).collect();
        let counts = NameCounts::new(plans.iter().map(|plan| plan.name.as_str()));
        let label = |plan: &Plan| {
            let is_named_like_none = visible_name(&plan.name) == visible_name(NO_PLAN_NAME);
            let is_ambiguous =
                counts.is_ambiguous(&plan.name) || is_named_like_none || ids.contains(plan.name.trim());
            is_ambiguous.then(|| label_with_id(plan.id.as_str(), &plan.name))
        };
        Self(plans.iter().filter_map(|plan| Some((plan.id.clone(), label(plan)?))).collect())
    }
}

impl PlanLabels {
    /// Adds those of deleted plans, which only notes name, if their names do not tell them from other plans.
    pub(super) fn add_gone_plans(&mut self, gone: &BTreeMap<&PlanId, &str>, plans: &[Plan]) {
        let names = plans.iter().map(|plan| plan.name.as_str()).chain(gone.values().copied());
        let counts = NameCounts::new(names);
        let ambiguous = gone.iter().filter(|(_, name)| counts.is_ambiguous(name));
        self.0.extend(ambiguous.map(|(id, name)| ((*id).clone(), label_with_id(id.as_str(), name))));
    }
}

/// A plan's own name, of a label from [`label_with_id`]: the notes of earlier versions have such labels as names.
pub(super) fn name_without_id<'a>(id: &PlanId, name: &'a str) -> &'a str {
    let rest = name.strip_prefix(id.as_str()).and_then(|rest| rest.strip_prefix(" ("));
    rest.and_then(|rest| rest.strip_suffix(')')).unwrap_or(name)
}

impl Inventory {
    /// Finds a plan by id or, failing that, by unique name, or by the name that [`Self::plan_name`] returns.
    pub fn find_plan(&self, id_or_name: &str) -> Result<&Plan, NoSuchPlan> {
        if let Some(plan) = self.plan(&PlanId::new(id_or_name)) {
            return Ok(plan);
        }
        let named: Vec<_> = self.plans().iter().filter(|plan| plan.name == id_or_name).collect();
        match named[..] {
            [plan] => Ok(plan),
            [] => {
                let mut labels = self.plan_labels.0.iter();
                let labelled =
                    labels.find(|(_, label)| *label == id_or_name).and_then(|(id, _)| self.plan(id));
                self.found_plan(labelled, id_or_name)
            }
            _ => Err(NoSuchPlan::Ambiguous {
                name: id_or_name.to_owned(),
                ids: named.iter().map(|plan| plan.id.to_string()).collect(),
            }),
        }
    }

    /// The plan's name as people see it: after the id if other plans have the same name, because narrow columns
    /// cut the end. A plan that is gone has the name in the latest note about one of its keys. Without a name it
    /// is the id.
    pub fn plan_name<'a>(&'a self, id: &'a PlanId) -> &'a str {
        if let Some(label) = self.plan_labels.0.get(id) {
            return label;
        }
        match self.plan(id) {
            None if id.is_none() => NO_PLAN_NAME,
            Some(_) | None => self.stored_or_noted_plan_name(id),
        }
    }

    /// The plan's own name: as API Gateway stores it, or of a plan that is gone as in the latest note about one of its
    /// keys, or else its id. This is the name that the settings use.
    pub fn stored_or_noted_plan_name<'a>(&'a self, id: &'a PlanId) -> &'a str {
        let notes = || self.former_keys().iter().filter(|former| former.plan == *id);
        match self.plan(id) {
            Some(plan) => &plan.name,
            None => notes().max_by_key(|former| former.until).map_or(id.as_str(), |former| &former.plan_name),
        }
    }

    /// The plan's name as API Gateway stores it, for what is written; its id if the plan is gone.
    pub fn stored_plan_name<'a>(&'a self, id: &'a PlanId) -> &'a str {
        self.plan(id).map_or(id.as_str(), |plan| &plan.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InventoryParts;
    use crate::testing::parts;

    #[test]
    fn plans_that_their_names_do_not_tell_apart_are_shown_with_their_ids() {
        let plan = |(id, name): (&str, &str)| Plan::new(id, name);
        let plans = [("a", "Gold"), ("b", "Gold"), ("c", "Gold "), ("d", ""), ("e", "Silver")].map(plan);
        let inventory = Inventory::new(InventoryParts { plans: plans.to_vec(), ..parts() });
        let ids = ["a", "b", "c", "d", "e", "gone"].map(PlanId::new);
        let names = ids.each_ref().map(|id| inventory.plan_name(id));
        assert_eq!(names, ["a (Gold)", "b (Gold)", "c (Gold)", "d", "Silver", "gone"]);
        let stored = ids.each_ref().map(|id| inventory.stored_plan_name(id));
        assert_eq!(stored, ["Gold", "Gold", "Gold ", "", "Silver", "gone"]);
        for name in &names[..5] {
            assert_eq!(inventory.find_plan(name).map(|plan| inventory.plan_name(&plan.id)), Ok(*name));
        }
        assert!(matches!(inventory.find_plan("Gold"), Err(NoSuchPlan::Ambiguous { .. })));
        assert!(matches!(inventory.find_plan("Bronze"), Err(NoSuchPlan::Unknown(_))));
        let lookalikes =
            ["ad\u{200b}min", "ad\u{2060}min"].map(|name| Plan::new(name.len().to_string(), name));
        let inventory_with =
            |plans: &[Plan]| Inventory::new(InventoryParts { plans: plans.to_vec(), ..parts() });
        assert!(inventory_with(&lookalikes).plan_name(&lookalikes[0].id).contains('('));
        let named_like_an_id = [Plan::new("a", "Gold"), Plan::new("b", "a")];
        assert_eq!(inventory_with(&named_like_an_id).plan_name(&"b".into()), "b (a)");
        let named_like_none = inventory_with(&[Plan::new("a", "no plan")]);
        let names = [PlanId::new("a"), PlanId::none()];
        let names = names.each_ref().map(|id| named_like_none.plan_name(id));
        assert_eq!(names, ["a (no plan)", "no plan"]);
        assert!(named_like_none.find_plan("no plan").is_ok_and(|plan| plan.id.as_str() == "a"));
        let with_namesake = inventory.with_new_plan(Plan::new("f", "Silver"));
        assert_eq!(with_namesake.plan_name(&"e".into()), "e (Silver)");
    }
}
