//! The API keys of an account with their index. The versions of an inventory share them: all API keys an account may
//! have take megabytes, and a version is made for every few plans of which the keys were read.

use std::collections::HashMap;

use super::{Presence, index_by};
use crate::{ApiKey, ApiKeyId, Known};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiKeyTable {
    /// In API Gateway's order.
    pub(super) all: Known<Vec<ApiKey>>,
    positions: HashMap<ApiKeyId, usize>,
}

impl ApiKeyTable {
    pub(super) fn new(all: Known<Vec<ApiKey>>) -> Self {
        let listed = all.value_to_show().map(Vec::as_slice).unwrap_or_default();
        Self { positions: index_by(listed, |key| key.id.clone()), all }
    }

    pub(super) fn find(&self, id: &ApiKeyId) -> Presence<'_> {
        match (&self.all, self.positions.get(id)) {
            (Known::Value(all), Some(&at)) => Presence::Present(&all[at]),
            (Known::Value(_), None) => Presence::Missing,
            (Known::Unknown(why), _) => Presence::Unknown(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use super::*;
    use crate::testing::{members, parts};
    use crate::{Inventory, InventoryParts, Plan};

    #[test]
    fn the_versions_of_an_inventory_share_their_api_keys() {
        let (plans, api_keys) = (vec![Plan::new("p", "Plan")], vec![ApiKey::new("k", "web")].into());
        let read = Inventory::new(InventoryParts { plans, api_keys, ..parts() });
        let with_members = read.clone().with_members(members(&[("p", &["k"])]), &HashMap::new());
        assert!(Arc::ptr_eq(&read.api_keys, &with_members.api_keys));
        let renamed = read.clone().with_api_keys([("k".into(), Some(ApiKey::new("k", "shop")))]);
        let name = |inventory: &Inventory| inventory.api_key(&"k".into()).key().map(|key| key.name.clone());
        assert_eq!((name(&renamed), name(&read)), (Some("shop".to_owned()), Some("web".to_owned())));
    }
}
