//! A file of keys held against the account.

use keypool_domain::key_file::{KeyLine, PlannedKey, compare};
use keypool_domain::pool_file::FileError;
use keypool_domain::{Inventory, Secret};

use super::apply::KEY_VALUE_LEN;
use crate::aws::{Aws, Failure};

/// Why a file of keys cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyImportError {
    /// The account could not be asked.
    Failure(Failure),
    /// What does not fit, line by line.
    Invalid(Vec<FileError>),
}

/// What is done about each line; values are made for lines without one. The values of the account are asked for once.
pub async fn plan_key_import(
    aws: &Aws,
    inventory: &Inventory,
    lines: &[KeyLine],
    overwrite: bool,
) -> Result<Vec<PlannedKey>, KeyImportError> {
    let values = aws.api_key_values().await.map_err(KeyImportError::Failure)?;
    let mut fresh = || Secret::new(aws.random_text(KEY_VALUE_LEN));
    compare(lines, inventory, &values, overwrite, &mut fresh).map_err(KeyImportError::Invalid)
}

/// The values of all API keys by id, for an export that was asked to hold them.
pub async fn read_api_key_values(
    aws: &Aws,
) -> Result<std::collections::HashMap<keypool_domain::ApiKeyId, Secret>, Failure> {
    Ok(aws.api_key_values().await?.into_iter().collect())
}
