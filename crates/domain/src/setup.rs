//! Setup of an API, step by step, from a REST API to a tenant's first call.
//!
//! Only known facts count: a step whose facts are unreadable is neither done nor missing.

mod checklist;
mod desired;
mod reach;
mod table_steps;
mod task;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use crate::stage_logging::{
    AccessLog, LogDestination, LogLevel, LogRefusal, StageLogging, access_log_format,
};
pub use checklist::Checklist;
pub use desired::{
    DEFAULT_CAPACITY, DesiredPlan, DesiredPool, PlanDiff, differences, export_plans, pool_changes,
};
pub use table_steps::describe_undone;
pub use task::{ChecklistItem, Form, SetupTask, TaskAction, TaskState};

use crate::api_access::{ApiAccess, Authorization};
use crate::change::TableStep;
use crate::charging::AccessLogFields;
use crate::{MethodRef, StageRef};

/// A value, or the reason why it could not be read.
pub type ReadResult<T> = Result<T, String>;

/// What was read of the REST API and the stage that are being set up.
#[derive(Debug, Clone, PartialEq)]
pub struct SetupState {
    pub apis: Vec<RestApi>,
    /// The stage that is being set up; its API is in `apis`.
    pub stage: Option<StageRef>,
    /// `None` if the stage does not exist.
    pub stage_logging: ReadResult<Option<StageLogging>>,
    /// The fields that `report` reads in access logs.
    pub access_log_fields: AccessLogFields,
    /// Why `report` cannot read the lines of the stage's access log, if so.
    pub access_log_problem: Option<String>,
    /// As last edited, which might not be deployed yet.
    pub methods: ReadResult<Vec<ApiMethod>>,
    /// Whether each deployed method requires an API key.
    pub deployed_methods: ReadResult<BTreeMap<MethodRef, bool>>,
    /// What the deployed methods require besides an API key, by verb and path.
    pub authorizations: BTreeMap<String, Authorization>,
    /// As last edited, which might not be deployed yet.
    pub access: ReadResult<ApiAccess>,
    /// Where the stage is called instead of its default endpoint; read only where the default is disabled.
    pub custom_url: ReadResult<Option<String>>,
    /// The role with which API Gateway writes logs.
    pub log_role: ReadResult<Option<String>>,
    /// What is left to do with the tables and their indexes.
    pub table_steps: ReadResult<Vec<TableStep>>,
    /// Whether the API accepted a call with a tenant key today.
    pub has_calls_today: ReadResult<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestApi {
    pub id: String,
    /// Not necessarily unique.
    pub name: String,
}

/// A method as last edited, which might not be deployed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiMethod {
    pub resource: String,
    pub method: MethodRef,
    pub needs_key: bool,
}

impl SetupState {
    pub fn api(&self) -> Option<&RestApi> {
        let stage = self.stage.as_ref()?;
        self.apis.iter().find(|api| api.id == stage.api)
    }

    /// Methods whose API key requirement changed since the last deployment.
    pub fn undeployed_methods(&self) -> Vec<&MethodRef> {
        let (Ok(methods), Ok(deployed)) = (&self.methods, &self.deployed_methods) else { return Vec::new() };
        let edited = methods.iter().filter(|edit| deployed.get(&edit.method) != Some(&edit.needs_key));
        edited.map(|edit| &edit.method).collect()
    }
}
