//! Sharing of API keys: the mode of a tenant key, and the number of tenant keys per API key.

use super::{Inventory, POOL_KEY};
use crate::known::NotKnown;
use crate::{AccountPart, ApiKeyId, Extent, Known, Mode, PlanId, Pool, PoolKey, TenantKey, Unknown};

impl Inventory {
    /// How many tenant keys are known to refer to this pool key; with unresolved tenant keys there may
    /// be more.
    pub fn known_reference_count(&self, pool_key: &ApiKeyId) -> u32 {
        let referring =
            self.tenant_keys_of_api_key(pool_key).filter(|tenant_key| tenant_key.refers_to(pool_key)).count();
        u32::try_from(referring).unwrap_or(u32::MAX)
    }

    /// References to a pool key that its counter misses, from tenant keys that other programs wrote.
    pub fn uncounted_references(&self, key: &PoolKey) -> Known<u32> {
        key.tenants.clone().map(|tenants| self.known_reference_count(&key.api_key).saturating_sub(tenants))
    }

    /// The pool as assignment and capacity checks see it: each key has the larger of its counter and its
    /// actual references.
    pub fn with_actual_counts(&self, pool: &Pool) -> Pool {
        Pool {
            keys: pool.keys.iter().map(|key| self.pool_key_with_actual_count(key)).collect(),
            ..pool.clone()
        }
    }

    /// The pool key with the larger of its counter and its actual references.
    pub fn pool_key_with_actual_count(&self, key: &PoolKey) -> PoolKey {
        let referring = self.known_reference_count(&key.api_key);
        PoolKey { tenants: key.tenants.clone().map(|tenants| tenants.max(referring)), ..key.clone() }
    }

    /// Whether other tenants may use the API key of this tenant key: it refers to a pool key, or its
    /// own API key is in a pool.
    pub fn is_shared(&self, tenant_key: &TenantKey) -> Known<bool> {
        tenant_key.pool_key.clone().and_then(|pool_key| {
            let is_pool_key = || self.pool_of_api_key(&ApiKeyId::new(tenant_key.id.as_str())).is_some();
            match (pool_key.is_some() || is_pool_key(), self.extent(AccountPart::Pools)) {
                (false, Extent::Partial { .. } | Extent::OnDemand { .. }) => {
                    Known::Unknown(Unknown::NotReadYet)
                }
                (is_shared, _) => Known::Value(is_shared),
            }
        })
    }

    /// As [`Self::is_shared`], or an error if it is unknown, which names what is missing.
    pub fn determine_whether_shared(&self, tenant_key: &TenantKey) -> Result<bool, NotKnown> {
        self.is_shared(tenant_key)
            .require(format!("whether tenant key {} shares its API key", tenant_key.id))
            .copied()
    }

    /// One of [`super::MODES`].
    pub fn mode_name(&self, tenant_key: &TenantKey) -> Known<&'static str> {
        self.is_shared(tenant_key).and_then(|is_shared| {
            tenant_key.mode().map(|mode| match mode {
                Mode::Siloed if is_shared => POOL_KEY,
                mode => mode.as_str(),
            })
        })
    }

    /// How many tenant keys refer to this pool key, which its counter should equal. Unknown if an
    /// unresolved tenant key may refer to it.
    pub fn reference_count(&self, pool_key: &ApiKeyId) -> Known<u32> {
        match self.unresolved_tenant_keys(pool_key) {
            Some(why) => Known::Unknown(why.clone()),
            None => Known::Value(self.known_reference_count(pool_key)),
        }
    }

    /// Whether all tenant keys of this plan are listed, and which API key each of them uses is known. Cheaper than
    /// [`Self::tenant_key_count`], for lists.
    pub fn are_users_known(&self, plan: &PlanId) -> bool {
        self.extent(AccountPart::TenantKeys).is_whole() && !self.tenant_keys.has_unresolved(plan)
    }

    /// How many tenant keys use this API key, including the one with the same id. Unknown if an unresolved
    /// tenant key may use it.
    pub fn tenant_key_count(&self, api_key: &ApiKeyId) -> Known<usize> {
        match self.unresolved_tenant_keys(api_key) {
            Some(why) => Known::Unknown(why.clone()),
            None => Known::Value(self.tenant_keys_of_api_key(api_key).len()),
        }
    }
}
