//! Tenant keys of a table that is too large to be read unasked: those that are listed, and those that were read again.

use std::sync::Arc;

use super::Inventory;
use super::tenant_key_tables::TenantKeyTables;
use crate::key::tag;
use crate::{ApiKeyId, Extent, Known, PlanId, TenantKey, TenantKeyId};

impl Inventory {
    /// The same account with these tenant keys, in this order, as an index or a page of a scan returned them: they may be
    /// outdated.
    #[must_use]
    pub fn with_listed_tenant_keys(mut self, tenant_keys: Vec<TenantKey>, about: Option<usize>) -> Self {
        let tables = TenantKeyTables::new(tenant_keys);
        self.parts.extents.tenant_keys = Extent::OnDemand { read: tables.all.len(), about };
        self.tenant_keys = Arc::new(tables);
        self.read_again.clear();
        self
    }

    /// The same account with these tenant keys as a consistent read of each has returned them; `None` for one that does
    /// not exist.
    #[must_use]
    pub fn with_tenant_keys_read_again(mut self, read: Vec<(TenantKeyId, Option<TenantKey>)>) -> Self {
        let mut all = self.tenant_keys.all.clone();
        for (id, current) in read {
            let listed = all.iter().position(|tenant_key| tenant_key.id == id);
            match (listed, current) {
                (Some(at), Some(current)) => all[at] = current,
                (Some(at), None) => drop(all.remove(at)),
                (None, current) => all.extend(current),
            }
            self.read_again.insert(id);
        }
        self.tenant_keys = Arc::new(TenantKeyTables::new(all));
        self
    }

    /// Whether a consistent read has returned this tenant key, or that it does not exist.
    pub(crate) fn is_read_again(&self, id: &TenantKeyId) -> bool {
        self.read_again.contains(id)
    }

    /// How many tenant keys the plan has by the counters of its pool or, if it is siloed, by its API keys, without those
    /// that were replaced and are in their grace periods. Other programs count nothing.
    pub fn counted_tenant_keys(&self, plan: &PlanId) -> Known<u64> {
        let is_replaced =
            |id: &ApiKeyId| self.api_key(id).key().is_some_and(|key| key.tags.contains_key(tag::RETIRES_AT));
        match self.pool(plan) {
            Some(pool) => pool.keys.iter().fold(Known::Value(0), |sum, key| {
                sum.and_then(|sum| key.tenants.clone().map(|tenants| sum + u64::from(tenants)))
            }),
            // A plan without a pool may have one while pools are being read.
            None => self.model(plan).and_then(|_| {
                let count =
                    |members: &[ApiKeyId]| members.iter().filter(|id| !is_replaced(id)).count() as u64;
                self.members(plan).map(count)
            }),
        }
    }

    /// The sum of [`Self::counted_tenant_keys`] over all plans.
    pub fn counted_tenant_keys_of_all_plans(&self) -> Known<u64> {
        let plans = self.plans().iter().map(|plan| self.counted_tenant_keys(&plan.id));
        plans.fold(Known::Value(0), |sum, count| sum.and_then(|sum| count.map(|count| sum + count)))
    }

    /// How many tenant keys refer to this pool key by its counter.
    pub fn counted_references(&self, api_key: &ApiKeyId) -> Option<&Known<u32>> {
        let pool = self.pool_of_api_key(api_key)?;
        pool.keys.iter().find(|key| key.api_key == *api_key).map(|key| &key.tenants)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, inventory, members, pool, pool_key, tenant_key};
    use crate::{ApiKey, Change, Edit, InventoryParts, Plan};

    fn listed(ids: &[&str]) -> Inventory {
        let keys = ids.iter().map(|id| tenant_key(id, "p", "acme", None)).collect();
        inventory(Vec::new(), Vec::new()).with_listed_tenant_keys(keys, Some(9))
    }

    fn ids(inventory: &Inventory) -> Vec<&str> {
        inventory.tenant_keys().iter().map(|key| key.id.as_str()).collect()
    }

    #[test]
    fn a_key_that_was_replaced_does_not_count() {
        let mut old = ApiKey::new("old", "web");
        old.tags.insert(tag::RETIRES_AT.to_owned(), "2026-12-01T00:00:00Z".to_owned());
        let parts = InventoryParts {
            plans: vec![Plan::new("silo", "Silo"), Plan::new("shared", "Shared")],
            api_keys: vec![old, ApiKey::new("new", "web"), ApiKey::new("p1", "pool key")].into(),
            members: members(&[("silo", &["old", "new"])]),
            pools: vec![pool("shared", 10, vec![pool_key("p1", 7, 10)])],
            ..testing::parts()
        };
        let inventory = Inventory::new(parts.clone());
        let count = |inventory: &Inventory, plan: &str| inventory.counted_tenant_keys(&plan.into());
        assert_eq!(count(&inventory, "silo"), Known::Value(1));
        assert_eq!(inventory.counted_tenant_keys_of_all_plans(), Known::Value(8));
        let unread = Inventory::new(InventoryParts { members: members(&[]), ..parts });
        assert_eq!(count(&unread, "shared"), Known::Value(7));
        assert!(unread.counted_tenant_keys_of_all_plans().reason().is_some());
    }

    #[test]
    fn listed_tenant_keys_keep_the_order_of_the_table_and_are_read_again_before_a_change() {
        let listed = listed(&["c", "a", "b"]);
        assert_eq!(ids(&listed), ["c", "a", "b"]);
        let edit = Change::Edit { tenant_key: "a".into(), edit: Edit::default() };
        assert_eq!(edit.tenant_keys_to_read_again(&listed), ["a".into()]);
        let renamed = crate::TenantKey { name: "new".into(), ..tenant_key("a", "p", "acme", None) };
        let again = listed.with_tenant_keys_read_again(vec![
            ("a".into(), Some(renamed)),
            ("b".into(), None),
            ("d".into(), Some(tenant_key("d", "p", "acme", None))),
        ]);
        assert_eq!(ids(&again), ["c", "a", "d"]);
        assert!(again.tenant_key(&"a".into()).is_some_and(|key| &key.name[..] == "new"));
        assert!(edit.tenant_keys_to_read_again(&again).is_empty());
        let of_unlisted = Change::Edit { tenant_key: "c".into(), edit: Edit::default() };
        let refusal = of_unlisted.units(&again).expect_err("not read again").to_string();
        assert!(
            refusal.starts_with("whether tenant key c is still as it was listed is not known"),
            "{refusal}"
        );
    }
}
