//! Usage plans that API Gateway lists but that cannot be read: no plan is known to be absent then.

use super::{Inventory, NoSuchPlan};
use crate::{Known, Plan, PlanId, Price, Unknown};

impl Inventory {
    /// Notes why the list of plans is incomplete, if it is.
    #[must_use]
    pub fn with_unreadable_plans(mut self, reason: Option<Unknown>) -> Self {
        if let Some(reason) = &reason {
            self.memberships.add_unread_plan(reason);
        }
        self.unreadable_plans = reason;
        self
    }

    /// Why the list of plans is incomplete: a plan that it lacks may exist.
    pub const fn unreadable_plans(&self) -> Option<&Unknown> {
        self.unreadable_plans.as_ref()
    }

    /// What tenants of a plan owe; no price if the plan is known not to exist.
    pub fn plan_price(&self, id: &PlanId) -> Known<Option<Price>> {
        match (self.plan(id), self.unreadable_plans()) {
            (Some(plan), _) => plan.known_price(),
            (None, None) => Known::Value(None),
            (None, Some(reason)) => Known::Unknown(reason.clone()),
        }
    }

    /// Whether the plan is known to be deleted.
    pub fn is_plan_gone(&self, id: &PlanId) -> bool {
        !id.is_none() && self.plan(id).is_none() && self.unreadable_plans().is_none()
    }

    /// Returns the plan that was looked up, or the error of a look-up without result.
    pub(crate) fn found_plan<'a>(
        &self,
        plan: Option<&'a Plan>,
        id_or_name: &str,
    ) -> Result<&'a Plan, NoSuchPlan> {
        plan.ok_or_else(|| self.no_such_plan(id_or_name))
    }

    /// The error of a look-up without result.
    pub(crate) fn no_such_plan(&self, id_or_name: &str) -> NoSuchPlan {
        let given = id_or_name.to_owned();
        match self.unreadable_plans().cloned() {
            None => NoSuchPlan::Unknown(given),
            Some(reason) => NoSuchPlan::Unreadable { given, reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::InventoryParts;
    use crate::setup::DesiredPlan;
    use crate::testing::{members, parts};

    #[test]
    fn a_plan_that_the_list_lacks_may_exist_if_a_plan_cannot_be_read() {
        let complete = Inventory::new(InventoryParts {
            plans: vec![Plan::new("p", "Gold")],
            members: members(&[("p", &[])]),
            ..parts()
        });
        let reason = Unknown::unreadable("one plan", "the list");
        let partial = complete.clone().with_unreadable_plans(Some(reason.clone()));
        let silver = DesiredPlan { table: "Silver".to_owned(), ..DesiredPlan::default() };
        assert_eq!(complete.plan_price(&"q".into()), Known::Value(None));
        assert_eq!(silver.find(&complete), Ok(None));
        assert_eq!(complete.plans_of_api_key(&"k".into()), Known::Value(&[][..]));

        assert_eq!(partial.plan_price(&"q".into()), Known::Unknown(reason.clone()));
        assert_eq!(partial.plan_price(&"p".into()), Known::Value(None));
        let unknown = NoSuchPlan::Unreadable { given: "Silver".to_owned(), reason: reason.clone() };
        assert_eq!(silver.find(&partial), Err(unknown.clone()), "it is not created a second time");
        assert_eq!(partial.find_plan("Silver").err(), Some(unknown));
        assert!(partial.find_plan("Gold").is_ok());
        assert_eq!(partial.plans_of_api_key(&"k".into()), Known::Unknown(reason.clone()));
        let partial = partial.with_members(members(&[("p", &[])]), &HashMap::new());
        assert_eq!(
            partial.plans_of_api_key(&"k".into()),
            Known::Unknown(reason),
            "also after plans were read"
        );
    }
}
