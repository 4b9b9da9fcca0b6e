//! Announces the changes of a file of plans.

use std::borrow::Cow;

use crate::{Announcement, Change, Inventory, Plan, PlanChange, PlanId, Refusal};

use super::{PlanDiff, pool_changes};

impl PlanDiff {
    /// The announcement or refusal of each change, in order, without changes that have no effect.
    pub fn announcements(&self, inventory: &Inventory) -> Vec<Result<Announcement, Refusal>> {
        let plan_announcement =
            self.change.clone().map(Change::from).map(|change| Announcement::new(&change, inventory));
        let (future, new_plan) = self.with_plan(inventory);
        let pool_announcements = self.pool_changes(&future).into_iter().map(|change| {
            let mut announcement = Announcement::new(&change, &future)?;
            // The id of a new plan is only a placeholder.
            announcement.plans.retain(|plan| Some(&plan.id) != new_plan.as_ref());
            Ok(announcement)
        });
        let all = plan_announcement.into_iter().chain(pool_announcements);
        all.filter(|result| !matches!(result, Err(Refusal::NoDifference))).collect()
    }

    /// The changes to the plan's pool, once the plan exists.
    pub fn pool_changes(&self, inventory: &Inventory) -> Vec<Change> {
        let plan = match &self.plan {
            Some(id) => inventory.plan(id),
            None => inventory.plans().iter().find(|plan| plan.name == self.name),
        };
        let desired = self.pool.as_ref().zip(plan);
        desired.map_or_else(Vec::new, |(desired, plan)| pool_changes(desired.as_ref(), &plan.id, inventory))
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
