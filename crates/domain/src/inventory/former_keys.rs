//! Notes about keys that have ended, and since when the present ones exist.

use jiff::Timestamp;

use super::Inventory;
use crate::key::FormerKey;
use crate::{ApiKeyId, Tenant, TenantKey};

impl Inventory {
    pub fn with_former_keys(self, former_keys: Vec<FormerKey>) -> Self {
        Self { former_keys, ..self }
    }

    /// In no particular order.
    pub fn former_keys(&self) -> &[FormerKey] {
        &self.former_keys
    }

    /// The tenant to whom alone an API key that has ended belonged, as the notes say.
    pub fn former_owner(&self, api_key: &ApiKeyId) -> Option<&Tenant> {
        let mut owners = self
            .former_keys
            .iter()
            .filter(|former| former.api_key == *api_key && former.is_own())
            .filter_map(|former| former.tenant.as_ref());
        let first = owners.next()?;
        owners.all(|owner| owner == first).then_some(first)
    }

    /// When the tenant key was made; `None` if unknown. A tenant key without a date of its own is as old as
    /// its own API key and those that this one replaced. The date of a shared API key says nothing.
    pub fn tenant_key_start(&self, tenant_key: &TenantKey) -> Option<Timestamp> {
        if let Some(created_at) = tenant_key.created_at() {
            return Some(created_at);
        }
        let own = self.is_shared(tenant_key).is_known_to_be(&false).then(|| tenant_key.api_key());
        let api_key = own?.into_result().ok()?;
        let created_at = self.api_key(&api_key).key()?.created_at?;
        let earlier = self.predecessors(&api_key).into_iter().filter_map(|key| key.created_at);
        Some(earlier.fold(created_at, Timestamp::min))
    }
}
