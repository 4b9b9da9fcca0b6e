//! Proof, after a tenant key or a pool was pointed at an API key, that this key is still there: somebody may have
//! deleted or disabled it meanwhile.

use keypool_domain::{ApiKeyId, NewTenantKey, TenantKeyId};

use super::unit::UnitExecutor;
use crate::aws::Failure;

impl UnitExecutor<'_> {
    /// Fails where an API key is gone, or disabled although it should not be; `user` is what uses it, in words.
    pub(super) async fn check_key_exists(
        &self,
        api_key: &ApiKeyId,
        is_enabled: bool,
        user: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self.aws.api_key(api_key).await {
            Ok(Some(key)) if key.enabled || !is_enabled || self.is_disabled_copy(api_key) => Ok(()),
            // A role that may not ask has the fence of the mark alone.
            Err(Failure::Denied { .. } | Failure::Unsupported(_)) => Ok(()),
            Ok(_) => Err(Failure::ApiKeyLost { tenant_key: user(), api_key: api_key.clone() }),
            Err(failure) => Err(failure),
        }
    }

    /// The same for an API key that many share, once in a change.
    pub(super) async fn check_key_once(
        &mut self,
        api_key: &ApiKeyId,
        user: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if !self.checked_keys.contains(api_key) {
            self.check_key_exists(api_key, true, user).await?;
            self.checked_keys.insert(api_key.clone());
        }
        Ok(())
    }

    /// The same for tenant keys that share an API key from now on.
    pub(super) async fn check_shared_key(
        &mut self,
        api_key: &ApiKeyId,
        rows: &[TenantKeyId],
    ) -> Result<(), Failure> {
        let names: Vec<_> = rows.iter().take(3).map(|row| self.describe_tenant_key(row)).collect();
        let more = if rows.len() > 3 { format!(" and {} more", rows.len() - 3) } else { String::new() };
        self.check_key_once(api_key, || format!("{}{more}", names.join(", "))).await
    }

    /// The same for a tenant key with an API key of its own.
    pub(super) async fn check_own_key(&self, api_key: &ApiKeyId, row: &TenantKeyId) -> Result<(), Failure> {
        self.check_key_exists(api_key, true, || self.describe_tenant_key(row)).await
    }

    /// Whether an API key is disabled on purpose: made so now, or by a rotation that goes on.
    fn is_disabled_copy(&self, api_key: &ApiKeyId) -> bool {
        self.created_disabled.contains(api_key)
            || self.inventory.api_key(api_key).key().is_some_and(|key| !key.enabled)
    }

    fn describe_tenant_key(&self, row: &TenantKeyId) -> String {
        self.inventory.tenant_key(row).map_or_else(
            || format!("tenant key {row}"),
            |row| format!("key \"{}\" of {}", row.name, row.tenant),
        )
    }
}

/// A new tenant key, in words.
pub(super) fn describe_new_key(key: &NewTenantKey) -> String {
    format!("key \"{}\" of {}", key.name, key.tenant)
}
