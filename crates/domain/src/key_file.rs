//! API keys as CSV: the format of ImportApiKeys, with the names of usage plans and the tenant as additional
//! columns.
//!
//! The parser does no I/O, reads each character once and never panics.

mod compare;
mod expiry;
mod plan_list;
mod read;
#[cfg(test)]
mod round_trip_tests;
mod scan;
#[cfg(test)]
mod tests;
mod write;

use jiff::Timestamp;

use crate::file_error::FileError;
use crate::text::to_one_line;
use crate::words::words;
use crate::{ApiKeyId, Inventory, NewTenantKey, PlanId, Secret, Tenant, TenantKey, TenantKeyId};

pub use crate::file_error::MIN_VALUE_LEN;
pub use compare::compare;
pub use expiry::set_expiry;
pub use plan_list::PlanList;
pub use read::read;
pub use write::{export, import_body, is_owner_unknown};

/// The maximum that API Gateway accepts, in characters.
pub const MAX_VALUE_LEN: usize = 128;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// Counted from 1.
    pub line: usize,
    /// Empty if the API key has no name.
    pub name: String,
    /// `None` makes keypool generate a random value.
    pub value: Option<Secret>,
    pub description: String,
    pub enabled: bool,
    pub plans: PlanList,
    /// `None` writes no tenant key.
    pub tenant: Option<Tenant>,
    /// Why the line may not be written. An API key that already is as the line says needs no write.
    pub refusals: Vec<FileError>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFile {
    pub keys: Vec<KeyLine>,
    /// Warnings about ignored columns.
    pub warnings: Vec<String>,
}

/// An API key as it will be after the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedKey {
    pub name: String,
    pub value: Secret,
    pub description: String,
    pub enabled: bool,
    pub plans: Vec<PlanId>,
    pub tenant: Option<Tenant>,
    /// The API key that already has this value.
    pub existing: Option<ApiKeyId>,
    /// When its tenant key expires; `None` gives a new one no end, and keeps that of an existing one.
    pub expires_at: Option<Timestamp>,
}

words! {
    pub enum ImportAction {
        Create => "create",
        /// An existing API key with this value gets another name, description, state or plan.
        Overwrite => "overwrite",
        /// The API key already matches; only its tenant key is missing, or gets an end.
        WriteTenantKey => "write-tenant-key",
        Unchanged => "unchanged",
    }
}

/// A line of the file and what the import does with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedKey {
    /// Counted from 1.
    pub line: usize,
    pub action: ImportAction,
    pub key: ImportedKey,
}

impl ImportedKey {
    /// The tenant key of this API key, if it belongs to a tenant.
    pub fn tenant_key(&self) -> Option<NewTenantKey> {
        Some(NewTenantKey {
            plan: self.plans.first()?.clone(),
            tenant: self.tenant.clone()?,
            name: self.name.clone(),
            description: self.description.clone(),
            enabled: self.enabled,
            expires_at: self.expires_at,
        })
    }

    /// The tenant key of an API key that exists already.
    pub fn existing_tenant_key<'a>(&self, inventory: &'a Inventory) -> Option<&'a TenantKey> {
        let id = self.existing.as_ref()?;
        inventory.tenant_key(&TenantKeyId::new(id.as_str())).filter(|key| key.api_key().is_known_to_be(id))
    }
}

fn error_at(line: usize, column: usize, message: impl Into<String>) -> FileError {
    FileError { line, column, message: to_one_line(&message.into()) }
}
