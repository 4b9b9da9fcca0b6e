//! The usage plans of each API key, from the plans' key lists and from queries for single keys.

use std::collections::HashMap;

use super::{Inventory, InventoryParts};
use crate::{ApiKeyId, Known, PlanId, TenantKeyId, Unknown};

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Memberships {
    /// In the order of the plans.
    from_plan_lists: HashMap<ApiKeyId, Vec<PlanId>>,
    /// Why the API keys of an unread plan are unknown.
    unread_reason: Option<Unknown>,
    /// From `GetUsagePlans?keyId=`.
    from_key_queries: HashMap<ApiKeyId, Vec<PlanId>>,
}

impl Memberships {
    pub(super) fn new(parts: &InventoryParts) -> Self {
        let mut listed: HashMap<ApiKeyId, Vec<PlanId>> = HashMap::new();
        let keys_of = |plan: &PlanId| parts.members.get(plan).and_then(Known::value_to_show);
        let lists = parts.plans.iter().filter_map(|plan| Some((&plan.id, keys_of(&plan.id)?)));
        for (plan, keys) in lists {
            for key in keys {
                listed.entry(key.clone()).or_default().push(plan.clone());
            }
        }
        let unread_reason = parts.plans.iter().find_map(|plan| {
            let why = match parts.members.get(&plan.id) {
                Some(Known::Value(_)) => return None,
                Some(Known::Unknown(why)) => why.clone(),
                None => Unknown::NotReadYet,
            };
            Some(why)
        });
        Self { from_plan_lists: listed, unread_reason, from_key_queries: HashMap::new() }
    }

    /// Notes a plan that is not among those listed: any API key may be in it.
    pub(super) fn add_unread_plan(&mut self, reason: &Unknown) {
        self.unread_reason.get_or_insert_with(|| reason.clone());
    }
}

impl Inventory {
    /// Every usage plan of this API key, in API Gateway's order. Unknown if the keys of some plan are
    /// unreadable and the key was not queried individually.
    pub fn plans_of_api_key(&self, api_key: &ApiKeyId) -> Known<&[PlanId]> {
        let memberships = &self.memberships;
        match (memberships.from_key_queries.get(api_key), &memberships.unread_reason) {
            (Some(plans), _) => Known::Value(plans),
            (None, None) => Known::Value(memberships.from_plan_lists.get(api_key).map_or(&[], Vec::as_slice)),
            (None, Some(why)) => Known::Unknown(why.clone()),
        }
    }

    /// The plans of an API key that was queried individually.
    pub(super) fn queried_plans(&self, api_key: &ApiKeyId) -> Option<&[PlanId]> {
        self.memberships.from_key_queries.get(api_key).map(Vec::as_slice)
    }

    /// The usage plans whose API keys were not read yet.
    pub fn plans_with_unread_members(&self) -> impl Iterator<Item = &PlanId> {
        let plans = self.plans().iter().map(|plan| &plan.id);
        plans.filter(|plan| matches!(self.members(plan), Known::Unknown(Unknown::NotReadYet)))
    }

    /// Adds the API keys of usage plans, and the pool keys of tenant keys that were known only by value until then.
    #[must_use]
    pub fn with_members(
        mut self,
        members: impl IntoIterator<Item = (PlanId, Known<Vec<ApiKeyId>>)>,
        pool_keys: &HashMap<TenantKeyId, Known<Option<ApiKeyId>>>,
    ) -> Self {
        self.parts.members.extend(members);
        let from_key_queries = std::mem::take(&mut self.memberships.from_key_queries);
        self.memberships = Memberships { from_key_queries, ..Memberships::new(&self.parts) };
        if let Some(reason) = &self.unreadable_plans {
            self.memberships.add_unread_plan(reason);
        }
        if !pool_keys.is_empty() {
            self.change_tenant_keys(|tenant_key| {
                if let Some(pool_key) = pool_keys.get(&tenant_key.id) {
                    tenant_key.pool_key = pool_key.clone();
                }
            });
        }
        self
    }

    /// Adds the plans of API keys that were queried individually. These plans take precedence over the key
    /// lists of the plans.
    #[must_use]
    pub fn with_plans_of_api_keys(
        mut self,
        plans_by_key: impl IntoIterator<Item = (ApiKeyId, Vec<PlanId>)>,
    ) -> Self {
        self.memberships.from_key_queries.extend(plans_by_key);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plan;
    use crate::testing::{members, parts, tenant_key};

    fn inventory(plan_members: &[(&str, &[&str])]) -> Inventory {
        let plans = ["first", "second", "third"].map(|id| Plan::new(id, id)).to_vec();
        Inventory::new(InventoryParts { plans, members: members(plan_members), ..parts() })
    }

    fn plans(inventory: &Inventory, key: &str) -> Option<Vec<String>> {
        let key = key.into();
        let plans = inventory.plans_of_api_key(&key);
        Some(plans.value_to_show()?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_plans_of_an_api_key_are_in_the_order_of_the_account() {
        let account = inventory(&[("third", &["a"]), ("first", &["a", "b"]), ("second", &[])]);
        assert_eq!(plans(&account, "a"), Some(vec!["first".to_owned(), "third".to_owned()]));
        assert_eq!(plans(&account, "b"), Some(vec!["first".to_owned()]));
        assert_eq!(plans(&account, "elsewhere"), Some(Vec::new()), "in no plan, which is known");
    }

    #[test]
    fn an_unreadable_plan_makes_a_keys_plans_unknown_until_the_key_is_queried() {
        let account = inventory(&[("first", &["a", "b"]), ("second", &[])]);
        assert_eq!((plans(&account, "a"), plans(&account, "c")), (None, None));
        let account = account.with_plans_of_api_keys([("a".into(), vec!["first".into(), "third".into()])]);
        assert_eq!(plans(&account, "a"), Some(vec!["first".to_owned(), "third".to_owned()]));
        assert_eq!(plans(&account, "b"), None, "only key a was queried");
    }

    #[test]
    fn members_that_are_read_later_resolve_references_and_leave_the_rest_as_it_was() {
        let mut reference = tenant_key("r", "second", "acme", None);
        reference.pool_key = Known::Unknown(Unknown::NotReadYet);
        let plans = ["first", "second"].map(|id| Plan::new(id, id)).to_vec();
        let tenant_keys = vec![reference, tenant_key("b", "first", "acme", None)];
        let account = Inventory::new(InventoryParts {
            plans,
            tenant_keys,
            members: members(&[("first", &["b"])]),
            ..parts()
        });
        let unread: Vec<_> = account.plans_with_unread_members().map(PlanId::as_str).collect();
        assert_eq!(unread, ["second"]);
        let queried = account.clone().with_plans_of_api_keys([("q".into(), vec!["second".into()])]);
        let same_keys = queried.clone().with_members(members(&[("second", &["p"])]), &HashMap::new());
        assert!(same_keys.shares_tenant_keys_with(&account), "no tenant key was copied");
        assert_eq!(plans_of(&same_keys, "q"), ["second"], "what was queried stays");
        assert_eq!(same_keys.tenant_keys_of_api_key(&"p".into()).len(), 0);
        let pool_keys = HashMap::from([("r".into(), Known::Value(Some("p".into())))]);
        let resolved = queried.with_members(members(&[("second", &["p"])]), &pool_keys);
        assert_eq!(resolved.tenant_keys_of_api_key(&"p".into()).len(), 1);
        assert_eq!((plans_of(&resolved, "p"), plans_of(&resolved, "b")), (vec!["second"], vec!["first"]));
        assert_eq!(resolved.plans_with_unread_members().count(), 0);
    }

    fn plans_of<'a>(inventory: &'a Inventory, key: &str) -> Vec<&'a str> {
        let plans = inventory.plans_of_api_key(&key.into()).into_result().expect("known");
        plans.iter().map(PlanId::as_str).collect()
    }
}
