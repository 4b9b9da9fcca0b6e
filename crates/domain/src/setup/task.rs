//! Setup steps, their states, and the actions that complete them.

use crate::Change;
use crate::words::words;

words! {
    /// In the order in which they are done.
    pub enum SetupTask,
    /// As on screen.
    title {
        /// A REST API with a deployed stage exists.
        Stage => "stage", "API and stage";
        /// The Plans, Keys and Pools tables exist.
        Tables => "tables", "tables";
        /// It is known where a key's tenant is.
        Tenants => "tenants", "tenant of each key";
        /// A usage plan exists.
        Plan => "plan", "usage plan";
        /// A usage plan covers the stage.
        Link => "link", "stage in a plan";
        /// Calls without an API key are refused.
        Methods => "methods", "methods require a key";
        /// The last edits of the methods are deployed.
        Deployment => "deployment", "changes deployed";
        /// The price list matches the plan's limits.
        PriceList => "price-list", "price list";
        /// API Gateway may write logs.
        LogRole => "log-role", "logging role";
        /// The execution log says why a call was refused.
        ExecutionLog => "execution-log", "execution log";
        /// The access log says which API key called.
        AccessLog => "access-log", "access log";
        /// Tenants share API keys; optional.
        Pool => "pool", "pool";
        /// A tenant has a key.
        TenantKey => "tenant-key", "tenant key";
        /// A tenant has called the API.
        FirstCall => "first-call", "first call";
    }
}

words! {
    pub enum TaskState {
        Done => "done",
        Missing => "missing",
        Optional => "optional",
        /// The facts are unreadable.
        Unknown => "unknown",
    }
}

/// The input that a step needs first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Name and limits of a usage plan.
    Plan,
    /// The plan that is to cover the stage.
    Link,
    /// The methods that are to require a key.
    Methods,
    /// The role's ARN.
    LogRole,
    /// The log destination.
    AccessLog,
    /// The API keys that tenants share.
    Pool,
    /// Tenant and name of a key.
    Key,
    /// A call with a tenant's key.
    Call,
}

/// What completes a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskAction {
    /// This change, without further input.
    Apply(Box<Change>),
    Prompt(Form),
}

/// A step with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistItem {
    pub task: SetupTask,
    pub state: TaskState,
    /// What was found, as a sentence.
    pub summary: String,
    /// `None` if keypool cannot complete the step.
    pub action: Option<TaskAction>,
}
