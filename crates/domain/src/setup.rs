//! From a REST API to a tenant's first answer: every step there is, how it stands, and what does it.
//!
//! Only what is known counts: where something may not be read the step says so, and is neither done nor missing.

mod checklist;
mod logging;
mod task;
#[cfg(test)]
mod tests;
mod wanted;

use std::collections::BTreeMap;

pub use checklist::Checklist;
pub use logging::{ACCESS_LOG_FORMAT, AccessLog, LogLevel, LogRefusal, StageLogging};
pub(crate) use logging::{logging, role};
pub use task::{Form, Item, Remedy, State, Task};
pub use wanted::{DEFAULT_CAPACITY, PlannedPlan, WantedPlan, WantedPool, differences, pool_changes};

use crate::{MethodRef, StageRef};

/// What was looked at, or why it could not be.
pub type Seen<T> = Result<T, String>;

/// A REST API and its stage as they were looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct SetupReading {
    /// The REST APIs of the account.
    pub apis: Vec<RestApi>,
    /// The stage that is set up; its API is one of the account's.
    pub stage: Option<StageRef>,
    /// Whether the stage is there, and what it writes into logs.
    pub stands: Seen<Option<StageLogging>>,
    /// The methods of the API as they were last edited.
    pub methods: Seen<Vec<ApiMethod>>,
    /// Which methods need a key as callers meet them.
    pub deployed: Seen<BTreeMap<MethodRef, bool>>,
    /// The role with which API Gateway writes logs.
    pub log_role: Seen<Option<String>>,
    /// The tables that are missing.
    pub missing_tables: Seen<Vec<String>>,
    /// Whether the API has let a call of a tenant key in today.
    pub called: Seen<bool>,
}

/// A REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestApi {
    /// Its id.
    pub id: String,
    /// Its name, not necessarily unique.
    pub name: String,
}

/// A method as it was last edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiMethod {
    /// The resource's id.
    pub resource: String,
    /// The verb on its path.
    pub method: MethodRef,
    /// Whether it wants an API key.
    pub needs_key: bool,
}

impl SetupReading {
    /// The API that is set up.
    pub fn api(&self) -> Option<&RestApi> {
        let stage = self.stage.as_ref()?;
        self.apis.iter().find(|api| api.id == stage.api)
    }

    /// The methods whose need of a key was edited and not deployed.
    pub fn undeployed(&self) -> Vec<&MethodRef> {
        let (Ok(methods), Ok(deployed)) = (&self.methods, &self.deployed) else { return Vec::new() };
        let edited = methods.iter().filter(|one| deployed.get(&one.method) != Some(&one.needs_key));
        edited.map(|one| &one.method).collect()
    }
}
