//! The existing plan that a desired plan is about.

use super::DesiredPlan;
use crate::{Inventory, NoSuchPlan, Plan};

impl DesiredPlan {
    /// Finds the plan by its id, else by its name, else by an id in place of the name; `None` if it is to be
    /// created.
    pub fn find<'a>(&self, inventory: &'a Inventory) -> Result<Option<&'a Plan>, NoSuchPlan> {
        if let Some(id) = &self.id {
            return inventory.found_plan(inventory.plan(id), id.as_str()).map(Some);
        }
        let name = self.new_name();
        let named: Vec<_> = inventory.plans().iter().filter(|plan| plan.name == name).collect();
        match named[..] {
            [plan] => Ok(Some(plan)),
            [] => {
                // A plan that is to have this name is not the one with this id.
                let plan = inventory.plan(&name.into()).filter(|_| self.name.is_none());
                match plan {
                    None if inventory.unreadable_plans().is_some() => Err(inventory.no_such_plan(name)),
                    plan => Ok(plan),
                }
            }
            _ => Err(NoSuchPlan::Ambiguous {
                name: name.to_owned(),
                ids: named.iter().map(|plan| plan.id.to_string()).collect(),
            }),
        }
    }

    /// The name of the plan if it is to be created.
    pub(super) fn new_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.table)
    }
}
