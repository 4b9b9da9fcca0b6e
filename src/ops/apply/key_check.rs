//! Checks that an API key still exists after a tenant key or pool was pointed at it: another writer may
//! have deleted or disabled it meanwhile.

use keypool_domain::{ApiKeyId, NewTenantKey, TenantKeyId};

use super::unit::UnitExecutor;
use crate::aws::Failure;

impl UnitExecutor<'_> {
    /// Fails if the API key is gone, or disabled although it must be enabled. `used_by` describes what uses
    /// the key, for the error.
    pub(super) async fn check_key_exists(
        &self,
        api_key: &ApiKeyId,
        must_be_enabled: bool,
        used_by: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self.aws.api_key(api_key).await {
            Ok(Some(key)) if key.enabled || !must_be_enabled || self.is_disabled_copy(api_key) => Ok(()),
            // If the role may not read the key, only the fence of the work mark protects it.
            Err(Failure::Denied { .. } | Failure::Unsupported(_)) => Ok(()),
            Ok(_) => Err(Failure::ApiKeyLost { tenant_key: used_by(), api_key: api_key.clone() }),
            Err(failure) => Err(failure),
        }
    }

    /// Like [`Self::check_key_exists`], once per change for a shared API key.
    pub(super) async fn check_key_once(
        &mut self,
        api_key: &ApiKeyId,
        used_by: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if !self.checked_keys.contains(api_key) {
            self.check_key_exists(api_key, true, used_by).await?;
            self.checked_keys.insert(api_key.clone());
        }
        Ok(())
    }

    /// Like [`Self::check_key_once`], for tenant keys that now share the API key.
    pub(super) async fn check_shared_key(
        &mut self,
        api_key: &ApiKeyId,
        tenant_keys: &[TenantKeyId],
    ) -> Result<(), Failure> {
        let names: Vec<_> =
            tenant_keys.iter().take(3).map(|tenant_key| self.describe_tenant_key(tenant_key)).collect();
        let more = if tenant_keys.len() > 3 {
            format!(" and {} more", tenant_keys.len() - 3)
        } else {
            String::new()
        };
        self.check_key_once(api_key, || format!("{}{more}", names.join(", "))).await
    }

    /// Like [`Self::check_key_exists`], for a tenant key with its own API key.
    pub(super) async fn check_own_key(
        &self,
        api_key: &ApiKeyId,
        tenant_key: &TenantKeyId,
    ) -> Result<(), Failure> {
        self.check_key_exists(api_key, true, || self.describe_tenant_key(tenant_key)).await
    }

    /// Whether the API key is disabled on purpose: this change or an earlier attempt of a rotation created it
    /// disabled.
    fn is_disabled_copy(&self, api_key: &ApiKeyId) -> bool {
        self.created_disabled.contains(api_key)
            || self.inventory.api_key(api_key).key().is_some_and(|key| !key.enabled)
    }

    fn describe_tenant_key(&self, tenant_key: &TenantKeyId) -> String {
        self.inventory.tenant_key(tenant_key).map_or_else(
            || format!("tenant key {tenant_key}"),
            |tenant_key| format!("key \"{}\" of {}", self.inventory.key_name(tenant_key), tenant_key.tenant),
        )
    }
}

pub(super) fn describe_new_key(key: &NewTenantKey) -> String {
    format!("key \"{}\" of {}", key.name, key.tenant)
}
