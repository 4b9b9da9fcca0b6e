//! The existing API keys of a change, and the usage plans whose tags the change depends on.

use std::collections::BTreeSet;

use crate::{ApiKeyId, Inventory, PlanId};

use super::{Change, plans};

impl Change {
    /// The usage plans with unread tags that decide whether the change is allowed or which cautions it has.
    pub fn plans_with_unread_tags(&self, inventory: &Inventory) -> BTreeSet<PlanId> {
        plans::plans_with_unread_tags(self, inventory)
    }

    /// The existing API keys that the change enables, disables, replaces, moves or deletes, without duplicates.
    pub fn api_keys(&self, inventory: &Inventory) -> Vec<ApiKeyId> {
        let of_change = match self {
            Self::RotatePoolKey { api_key, .. } | Self::Retire(api_key) | Self::Drain(api_key) => {
                vec![api_key.clone()]
            }
            Self::DissolvePool(plan) | Self::Rebalance(plan) => {
                let keys = inventory.pool(plan).map(|pool| pool.keys.iter().map(|key| key.api_key.clone()));
                keys.into_iter().flatten().collect()
            }
            Self::Create(_)
            | Self::Import(_)
            | Self::Edit { .. }
            | Self::SetCustomer { .. }
            | Self::SetEnabled { .. }
            | Self::Delete(_)
            | Self::Restore(_)
            | Self::Rotate { .. }
            | Self::Isolate(_)
            | Self::Consolidate { .. }
            | Self::ChangePlan { .. }
            | Self::CreatePool(_)
            | Self::SetPool { .. }
            | Self::Grow { .. }
            | Self::Extend(_)
            | Self::Fix(_)
            | Self::Plan(_)
            | Self::Api(_) => Vec::new(),
        };
        let mut seen = BTreeSet::new();
        let of_tenant_keys = self
            .tenant_keys(inventory)
            .into_iter()
            .filter_map(|tenant_key| tenant_key.api_key().into_result().ok());
        let all = of_change.into_iter().chain(of_tenant_keys);
        all.filter(|api_key| seen.insert(api_key.clone())).collect()
    }
}
