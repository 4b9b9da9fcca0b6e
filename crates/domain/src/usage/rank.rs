//! Top keys and tenants by calls.

use std::collections::BTreeMap;

use super::Usage;
use crate::{ApiKeyId, Inventory, PlanId, Tenant};

/// Calls of an API key in one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    pub plan: PlanId,
    pub api_key: ApiKeyId,
    /// Calls within the range.
    pub used: u64,
}

/// Calls of a tenant: counted for its own keys, estimated for shared ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantUse {
    pub tenant: Tenant,
    /// Calls with API keys of its own.
    pub own_calls: u64,
    pub shared_keys: Vec<SharedUse>,
}

/// A shared API key of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedUse {
    /// With the calls of all its tenants.
    pub key: KeyUse,
    /// Current tenants of the key, including this one.
    pub tenants: usize,
}

impl SharedUse {
    /// An equal share of the calls; an estimate, shown with `~`.
    pub fn estimate(&self) -> u64 {
        let tenants = u64::try_from(self.tenants).unwrap_or(u64::MAX).max(1);
        self.key.used.saturating_add(tenants / 2) / tenants
    }
}

impl TenantUse {
    /// The sum of its shares of shared keys; an estimate, shown with `~`.
    pub fn estimate(&self) -> u64 {
        self.shared_keys.iter().map(SharedUse::estimate).fold(0, u64::saturating_add)
    }

    /// The sort key: counted and estimated calls together.
    pub fn weight(&self) -> u64 {
        self.own_calls.saturating_add(self.estimate())
    }
}

impl Usage {
    /// Every key in every plan, by calls, most first.
    pub fn top_keys(&self) -> Vec<KeyUse> {
        let mut keys: Vec<_> = self.key_uses().collect();
        keys.sort_by(|a, b| {
            b.used.cmp(&a.used).then_with(|| (&a.plan, &a.api_key).cmp(&(&b.plan, &b.api_key)))
        });
        keys
    }

    /// Tenants by calls, most first. Calls with shared keys are kept apart from a tenant's own.
    pub fn top_tenants(&self, inventory: &Inventory) -> Vec<TenantUse> {
        let mut tenants: BTreeMap<&Tenant, TenantUse> = BTreeMap::new();
        for key in self.key_uses() {
            let current = inventory.api_key_after_rotations(&key.api_key);
            let key_tenants = inventory.tenants_of_api_key(current);
            if let (true, Some(former)) = (key_tenants.is_empty(), inventory.former_owner(&key.api_key)) {
                let entry = tenants.entry(former).or_insert_with(|| TenantUse::new(former.clone()));
                entry.own_calls = entry.own_calls.saturating_add(key.used);
            }
            let is_own = inventory
                .tenant_keys_of_api_key(current)
                .all(|tenant_key| inventory.is_shared(tenant_key).is_known_to_be(&false));
            for tenant in &key_tenants {
                let entry = tenants.entry(tenant).or_insert_with(|| TenantUse::new((*tenant).clone()));
                if is_own && key_tenants.len() == 1 {
                    entry.own_calls = entry.own_calls.saturating_add(key.used);
                } else {
                    entry.shared_keys.push(SharedUse { key: key.clone(), tenants: key_tenants.len() });
                }
            }
        }
        let mut tenants: Vec<_> = tenants.into_values().collect();
        tenants.sort_by(|a, b| b.weight().cmp(&a.weight()).then_with(|| a.tenant.cmp(&b.tenant)));
        tenants
    }

    /// Calls with API keys that no tenant uses now, not even after following rotations.
    pub fn unattributed_keys(&self, inventory: &Inventory) -> Vec<KeyUse> {
        let mut keys = self.top_keys();
        keys.retain(|key| {
            inventory.tenant_keys_of_api_key(inventory.api_key_after_rotations(&key.api_key)).len() == 0
        });
        keys
    }

    fn key_uses(&self) -> impl Iterator<Item = KeyUse> {
        self.plans.values().flat_map(|usage| {
            usage.keys.keys().filter_map(|api_key| {
                let used = usage.key_total(api_key)?;
                Some(KeyUse { plan: usage.plan.clone(), api_key: api_key.clone(), used })
            })
        })
    }
}

impl TenantUse {
    const fn new(tenant: Tenant) -> Self {
        Self { tenant, own_calls: 0, shared_keys: Vec::new() }
    }
}
