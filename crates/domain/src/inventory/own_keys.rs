//! Tenant keys that turn out to have their own API keys, after each was read from API Gateway.

use super::Inventory;
use crate::{Known, TenantKeyId};

impl Inventory {
    /// Marks these tenant keys as siloed if their API key was unknown.
    #[must_use]
    pub fn with_own_api_keys(self, ids: &[TenantKeyId]) -> Self {
        let Self { mut parts, memberships, foreign, work_marks: work, pool_items, .. } = self;
        for row in parts.tenant_keys.iter_mut().filter(|row| ids.contains(&row.id)) {
            if row.pool_key.reason().is_some() {
                row.pool_key = Known::Value(None);
            }
        }
        Self { memberships, foreign, work_marks: work, pool_items, ..Self::new(parts) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use crate::key::POOL_KEY_OWNER;
    use crate::{ForeignItem, Inventory, InventoryParts, Known, TenantKey, Unknown};

    #[test]
    fn resolving_own_api_keys_leaves_the_rest_of_the_inventory_unchanged() {
        let row = |id: &str, tenant: &str| TenantKey {
            name: "web".into(),
            pool_key: Known::not_allowed("apigateway:GET", "/usageplans/silo/keys"),
            ..TenantKey::new(id, "silo", tenant)
        };
        let seen = Inventory::new(InventoryParts {
            plans: Vec::new(),
            api_keys: Known::not_allowed("apigateway:GET", "/apikeys"),
            members: BTreeMap::new(),
            tenant_keys: vec![row("k1", "acme"), row("k2", "acme"), row("p1", POOL_KEY_OWNER)],
            pools: Vec::new(),
            remarks: Vec::new(),
            taken_at: Timestamp::UNIX_EPOCH,
        });
        let seen =
            seen.with_foreign_items([ForeignItem { api_keys: Vec::new(), reason: Unknown::NotReadYet }]);
        let seen = seen.with_own_api_keys(&["k1".into()]);
        assert_eq!(seen.tenant_keys_of_api_key(&"k1".into()).len(), 1);
        assert!(
            seen.tenant_key(&"k2".into()).is_some_and(|row| row.pool_key.reason().is_some()),
            "it was not asked for"
        );
        assert!(seen.pool_item(&"p1".into()).is_some() && seen.tenant_key(&"p1".into()).is_none());
        assert_eq!(seen.foreign_item_count(), 1);
    }
}
