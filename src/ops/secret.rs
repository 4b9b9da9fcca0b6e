//! The value of a tenant key.

use keypool_domain::{Inventory, Refusal, Secret, TenantKeyId};

use crate::aws::{Aws, Failure};

/// Reads the value from the tenant key's item, or from API Gateway if the item contains none.
pub async fn read_key_value(
    aws: &Aws,
    inventory: &Inventory,
    tenant_key: &TenantKeyId,
) -> Result<Secret, Failure> {
    let inventory = inventory.require_current().map_err(Refusal::NotReadYet)?;
    let tenant_key = inventory.require_tenant_key(tenant_key)?;
    match tenant_key.stored_value() {
        Some(value) => Ok(value.clone()),
        None => aws.api_key_value(&tenant_key.require_api_key()?).await,
    }
}
