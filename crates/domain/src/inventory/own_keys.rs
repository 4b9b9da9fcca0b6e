//! Tenant keys that turned out to have API keys of their own, after API Gateway was asked for each.

use super::Inventory;
use crate::{Known, RowId};

impl Inventory {
    /// The same account where these tenant keys, of which that was not known, have API keys of their own.
    #[must_use]
    pub fn with_own_api_keys(self, ids: &[RowId]) -> Self {
        let Self { mut parts, memberships, foreign, work, pool_items, .. } = self;
        for row in parts.rows.iter_mut().filter(|row| ids.contains(&row.id)) {
            if row.pool_key.reason().is_some() {
                row.pool_key = Known::Value(None);
            }
        }
        Self { memberships, foreign, work, pool_items, ..Self::new(parts) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use crate::key::POOL_KEY_OWNER;
    use crate::{ForeignItem, Inventory, Known, Parts, TenantKey, Unknown};

    #[test]
    fn a_tenant_key_that_has_its_own_api_key_leaves_everything_else_as_it_was() {
        let row = |id: &str, tenant: &str| TenantKey {
            name: "web".into(),
            pool_key: Known::not_allowed("apigateway:GET", "/usageplans/silo/keys"),
            ..TenantKey::new(id, "silo", tenant)
        };
        let seen = Inventory::new(Parts {
            plans: Vec::new(),
            api_keys: Known::not_allowed("apigateway:GET", "/apikeys"),
            members: BTreeMap::new(),
            rows: vec![row("k1", "acme"), row("k2", "acme"), row("p1", POOL_KEY_OWNER)],
            pools: Vec::new(),
            remarks: Vec::new(),
            taken_at: Timestamp::UNIX_EPOCH,
        });
        let seen = seen.with_foreign_items([ForeignItem { may_send: Vec::new(), why: Unknown::NotReadYet }]);
        let seen = seen.with_own_api_keys(&["k1".into()]);
        assert_eq!(seen.rows_behind(&"k1".into()).len(), 1);
        assert!(
            seen.row(&"k2".into()).is_some_and(|row| row.pool_key.reason().is_some()),
            "it was not asked for"
        );
        assert!(seen.pool_item(&"p1".into()).is_some() && seen.row(&"p1".into()).is_none());
        assert_eq!(seen.foreign_items(), 1);
    }
}
