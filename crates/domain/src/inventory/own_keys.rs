//! Tenant keys that have their own API keys, as a query of API Gateway has shown.

use std::sync::Arc;

use super::Inventory;
use crate::{Known, TenantKey, TenantKeyId};

impl Inventory {
    /// Marks these tenant keys as siloed if their API key was unknown.
    #[must_use]
    pub fn with_own_api_keys(mut self, ids: &[TenantKeyId]) -> Self {
        self.change_tenant_keys(|tenant_key| {
            if ids.contains(&tenant_key.id) && tenant_key.pool_key.reason().is_some() {
                tenant_key.pool_key = Known::Value(None);
            }
        });
        self
    }

    /// Changes tenant keys in place; their ids and order stay.
    pub(super) fn change_tenant_keys(&mut self, change: impl FnMut(&mut TenantKey)) {
        Arc::make_mut(&mut self.tenant_keys).change_all(change);
    }
}

#[cfg(test)]
mod tests {
    use crate::key::POOL_KEY_OWNER;
    use crate::testing::inventory;
    use crate::{ForeignItem, Known, TenantKey, Unknown};

    #[test]
    fn resolving_own_api_keys_leaves_the_rest_of_the_inventory_unchanged() {
        let tenant_key = |id: &str, tenant: &str| TenantKey {
            name: "web".into(),
            pool_key: Known::not_allowed("apigateway:GET", "/usageplans/silo/keys"),
            ..TenantKey::new(id, "silo", tenant)
        };
        let tenant_keys = [("k1", "acme"), ("k2", "acme"), ("p1", POOL_KEY_OWNER)];
        let tenant_keys = tenant_keys.map(|(id, tenant)| tenant_key(id, tenant)).to_vec();
        let inventory = inventory(Vec::new(), tenant_keys)
            .with_foreign_items([ForeignItem { api_keys: Vec::new(), reason: Unknown::NotReadYet }]);
        let inventory = inventory.with_own_api_keys(&["k1".into()]);
        assert_eq!(inventory.tenant_keys_of_api_key(&"k1".into()).len(), 1);
        assert!(
            inventory
                .tenant_key(&"k2".into())
                .is_some_and(|tenant_key| tenant_key.pool_key.reason().is_some()),
            "k2 was not resolved"
        );
        assert!(inventory.pool_item(&"p1".into()).is_some() && inventory.tenant_key(&"p1".into()).is_none());
        assert_eq!(inventory.foreign_item_count(), 1);
    }
}
