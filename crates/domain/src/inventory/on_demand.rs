//! Tenant keys of a table that is too large to be read unasked: those that are listed, and those that were read again.

use std::sync::Arc;

use super::Inventory;
use super::tenant_key_tables::TenantKeyTables;
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

    /// How many tenant keys the plan has by the counters of its pool or, if it is siloed, by its API keys. Other programs
    /// count nothing.
    pub fn counted_tenant_keys(&self, plan: &PlanId) -> Known<u64> {
        match self.pool(plan) {
            Some(pool) => pool.keys.iter().fold(Known::Value(0), |sum, key| {
                sum.and_then(|sum| key.tenants.clone().map(|tenants| sum + u64::from(tenants)))
            }),
            // A plan without a pool may have one while pools are being read.
            None => self.model(plan).and_then(|_| self.members(plan).map(|members| members.len() as u64)),
        }
    }

    /// How many tenant keys refer to this pool key by its counter.
    pub fn counted_references(&self, api_key: &ApiKeyId) -> Option<&Known<u32>> {
        let pool = self.pool_of_api_key(api_key)?;
        pool.keys.iter().find(|key| key.api_key == *api_key).map(|key| &key.tenants)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{inventory, tenant_key};
    use crate::{Change, Edit, Inventory};

    fn listed(ids: &[&str]) -> Inventory {
        let keys = ids.iter().map(|id| tenant_key(id, "p", "acme", None)).collect();
        inventory(Vec::new(), Vec::new()).with_listed_tenant_keys(keys, Some(9))
    }

    fn ids(inventory: &Inventory) -> Vec<&str> {
        inventory.tenant_keys().iter().map(|key| key.id.as_str()).collect()
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
