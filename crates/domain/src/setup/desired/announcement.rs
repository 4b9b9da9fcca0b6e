//! Announces the changes of a file of plans.

use std::borrow::Cow;

use crate::{Announcement, Change, Inventory, Plan, PlanChange, PlanId, Refusal};

use super::{PlanDiff, pool_changes};

impl PlanDiff {
    /// The announcement or refusal of each change, in order, without changes that have no effect.
    pub fn announcements(&self, inventory: &Inventory) -> Vec<Result<Announcement, Refusal>> {
        let own = self.change.clone().map(Change::from).map(|change| Announcement::new(&change, inventory));
        let (seen, new) = self.with_plan(inventory);
        let of_pool = self.pool_changes(&seen).into_iter().map(|change| {
            let mut announced = Announcement::new(&change, &seen)?;
            // The plan has no id yet.
            announced.plans.retain(|plan| Some(&plan.id) != new.as_ref());
            Ok(announced)
        });
        let all = own.into_iter().chain(of_pool);
        all.filter(|one| !matches!(one, Err(Refusal::NoDifference))).collect()
    }

    /// The changes to the plan's pool, once the plan exists.
    pub fn pool_changes(&self, inventory: &Inventory) -> Vec<Change> {
        let plan = inventory.find_plan(&self.name).ok().filter(|plan| plan.name == self.name);
        let wanted = self.pool.as_ref().zip(plan);
        wanted.map_or_else(Vec::new, |(wanted, plan)| pool_changes(wanted.as_ref(), &plan.id, inventory))
    }

    /// The account after the plan is created, with a placeholder for its unknown id.
    fn with_plan<'a>(&self, inventory: &'a Inventory) -> (Cow<'a, Inventory>, Option<PlanId>) {
        match &self.change {
            Some(PlanChange::Create(new)) if self.pool.is_some() => {
                let id = PlanId::new(format!("the new plan {}", new.name));
                let plan = Plan { id: id.clone(), ..new.clone() };
                (Cow::Owned(inventory.clone().with_new_plan(plan)), Some(id))
            }
            Some(
                PlanChange::Create(_)
                | PlanChange::Edit { .. }
                | PlanChange::Delete(_)
                | PlanChange::Adopt { .. }
                | PlanChange::Release(_),
            )
            | None => (Cow::Borrowed(inventory), None),
        }
    }
}
