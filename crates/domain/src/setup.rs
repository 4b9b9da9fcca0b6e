//! From a REST API to a tenant's first answer: every step there is, how it stands, and what does it.
//!
//! Only what is known counts: where something may not be read the step says so, and is neither done nor missing.

mod checklist;
mod desired;
mod logging;
mod task;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use checklist::Checklist;
pub use desired::{DEFAULT_CAPACITY, DesiredPlan, DesiredPool, PlanDiff, differences, pool_changes};
pub use logging::{ACCESS_LOG_FORMAT, AccessLog, LogLevel, LogRefusal, StageLogging};
pub(crate) use logging::{validate_logging, validate_role};
pub use task::{ChecklistItem, Form, Task, TaskAction, TaskState};

use crate::{MethodRef, StageRef};

/// What was looked at, or why it could not be.
pub type ReadResult<T> = Result<T, String>;

/// A REST API and its stage as they were looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct SetupState {
    /// The REST APIs of the account.
    pub apis: Vec<RestApi>,
    /// The stage that is set up; its API is one of the account's.
    pub stage: Option<StageRef>,
    /// Whether the stage is there, and what it writes into logs.
    pub stage_logging: ReadResult<Option<StageLogging>>,
    /// The methods of the API as they were last edited.
    pub methods: ReadResult<Vec<ApiMethod>>,
    /// Which methods need a key as callers meet them.
    pub deployed_methods: ReadResult<BTreeMap<MethodRef, bool>>,
    /// The role with which API Gateway writes logs.
    pub log_role: ReadResult<Option<String>>,
    /// The tables that are missing.
    pub missing_tables: ReadResult<Vec<String>>,
    /// Whether the API has let a call of a tenant key in today.
    pub has_calls_today: ReadResult<bool>,
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

impl SetupState {
    /// The API that is set up.
    pub fn api(&self) -> Option<&RestApi> {
        let stage = self.stage.as_ref()?;
        self.apis.iter().find(|api| api.id == stage.api)
    }

    /// The methods whose need of a key was edited and not deployed.
    pub fn undeployed_methods(&self) -> Vec<&MethodRef> {
        let (Ok(methods), Ok(deployed)) = (&self.methods, &self.deployed_methods) else { return Vec::new() };
        let edited = methods.iter().filter(|one| deployed.get(&one.method) != Some(&one.needs_key));
        edited.map(|one| &one.method).collect()
    }
}
