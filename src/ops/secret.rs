//! The value of one tenant key.

use keypool_domain::{Inventory, Refusal, Secret, TenantKeyId};

use crate::aws::{Aws, Failure};

/// The value from the row or, where the row holds none, from API Gateway.
pub async fn read_key_value(aws: &Aws, inventory: &Inventory, row: &TenantKeyId) -> Result<Secret, Failure> {
    let row = inventory.tenant_key(row).ok_or_else(|| Refusal::NoTenantKey(row.clone()))?;
    match row.stored_value() {
        Some(value) => Ok(value.clone()),
        None => aws.api_key_value(&row.require_api_key()?).await,
    }
}
