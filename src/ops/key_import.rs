//! Compares a file of keys with the account.

use keypool_domain::key_file::{KeyLine, PlannedKey, compare};
use keypool_domain::pool_file::FileError;
use keypool_domain::{Inventory, Secret};

use super::apply::KEY_VALUE_LEN;
use crate::aws::{Aws, Failure};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyImportError {
    Failure(Failure),
    /// The lines that are invalid or conflict with the account, each with the reason.
    Invalid(Vec<FileError>),
}

/// Plans what to do for each line. Generates values for lines without one. Reads the values of the
/// account's API keys once.
pub async fn plan_key_import(
    aws: &Aws,
    inventory: &Inventory,
    lines: &[KeyLine],
    overwrite: bool,
) -> Result<Vec<PlannedKey>, KeyImportError> {
    let values = aws.api_key_values().await.map_err(KeyImportError::Failure)?;
    let mut generate = || Secret::new(aws.random_text(KEY_VALUE_LEN));
    compare(lines, inventory, &values, overwrite, &mut generate).map_err(KeyImportError::Invalid)
}

/// Reads the values of all API keys, for an export with values.
pub async fn read_api_key_values(
    aws: &Aws,
) -> Result<std::collections::HashMap<keypool_domain::ApiKeyId, Secret>, Failure> {
    Ok(aws.api_key_values().await?.into_iter().collect())
}
