//! The value of one tenant key.

use keypool_domain::{Inventory, Refusal, RowId, Secret};

use crate::aws::{Aws, Failure};

/// The value from the row or, where the row holds none, from API Gateway.
pub async fn secret(aws: &Aws, inventory: &Inventory, row: &RowId) -> Result<Secret, Failure> {
    let row = inventory.row(row).ok_or_else(|| Refusal::NoRow(row.clone()))?;
    match row.stored_value() {
        Some(value) => Ok(value.clone()),
        None => aws.api_key_value(&row.require_api_key()?).await,
    }
}
