//! A tenant key to create.

use jiff::Timestamp;

use crate::known::NotKnown;
use crate::{PlanId, Tenant, TenantKey};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenantKey {
    pub plan: PlanId,
    pub tenant: Tenant,
    pub name: String,
    pub description: String,
    pub enabled: bool,
    /// When the tenant loses access; `None` for no end.
    pub expires_at: Option<Timestamp>,
}

impl NewTenantKey {
    /// Copies an existing tenant key, unless its enabled state or its end is unknown.
    pub fn from_tenant_key(tenant_key: &TenantKey) -> Result<Self, NotKnown> {
        let enabled = *tenant_key.enabled.require(format!("whether key {} is enabled", tenant_key.id))?;
        let expires_at = *tenant_key.expires_at.require(format!("when key {} expires", tenant_key.id))?;
        Ok(Self {
            plan: tenant_key.plan.clone(),
            tenant: tenant_key.tenant.clone(),
            name: tenant_key.name.to_string(),
            description: tenant_key.description.clone(),
            enabled,
            expires_at,
        })
    }
}
