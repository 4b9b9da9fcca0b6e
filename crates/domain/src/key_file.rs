//! API keys as a file: the CSV that ImportApiKeys takes, with whose key each is as a column of our own.
//!
//! Reading is pure, looks at each character once, and has no input that makes it panic.

mod compare;
mod read;
mod scan;
#[cfg(test)]
mod tests;
mod write;

use crate::pool_file::FileError;
use crate::{ApiKeyId, NewTenantKey, PlanId, Secret, Tenant};

pub use compare::compare;
pub use read::read;
pub use write::{export, import_body};

/// The fewest characters of a value that API Gateway takes.
pub const MIN_VALUE_LEN: usize = 20;
/// The most characters of a value that API Gateway takes.
pub const MAX_VALUE_LEN: usize = 128;

/// One key as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// Where it stands, counted from 1.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// Its value; a random one is made where the file has none.
    pub value: Option<Secret>,
    /// Free text.
    pub description: String,
    /// Whether the gateway is to accept it.
    pub enabled: bool,
    /// The usage plans it joins, by ids or names; the first is the one that the tenant bought.
    pub plans: Vec<String>,
    /// Whose it is; without one it gets no row.
    pub tenant: Option<Tenant>,
}

/// A file that could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFile {
    /// Its keys, in order.
    pub keys: Vec<KeyLine>,
    /// What was left out, in sentences.
    pub warnings: Vec<String>,
}

/// A key that is to be in the account as a line of the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedKey {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Secret,
    /// Free text.
    pub description: String,
    /// Whether the gateway accepts it.
    pub enabled: bool,
    /// The usage plans it joins.
    pub plans: Vec<PlanId>,
    /// Whose it is.
    pub tenant: Option<Tenant>,
    /// The API key that has this value already.
    pub existing: Option<ApiKeyId>,
}

/// What is done about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportAction {
    /// A new API key.
    Create,
    /// An API key with this value gets another name, description, state or plan.
    Overwrite,
    /// The API key is as the line says; only its row is missing.
    WriteTenantKey,
    /// All is as the line says.
    Unchanged,
}

/// A line, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedKey {
    /// Where it stands.
    pub line: usize,
    /// What is done.
    pub action: ImportAction,
    /// The key as it will be.
    pub key: ImportedKey,
}

impl ImportAction {
    /// The word for it on screen and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Overwrite => "overwrite",
            Self::WriteTenantKey => "write-tenant-key",
            Self::Unchanged => "unchanged",
        }
    }
}

impl ImportedKey {
    /// Its row, where it is somebody's.
    pub fn tenant_key(&self) -> Option<NewTenantKey> {
        Some(NewTenantKey {
            plan: self.plans.first()?.clone(),
            tenant: self.tenant.clone()?,
            name: self.name.clone(),
            description: self.description.clone(),
            enabled: self.enabled,
        })
    }
}

fn error_at(line: usize, column: usize, what: impl Into<String>) -> FileError {
    FileError { line, column, message: what.into() }
}
