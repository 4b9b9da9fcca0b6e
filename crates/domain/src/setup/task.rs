//! Setup steps, their states, and the actions that complete them.

use crate::Change;

macro_rules! tasks {
    ($($(#[$doc:meta])* $task:ident => $word:literal, $title:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SetupTask {
            $($(#[$doc])* $task,)+
        }

        impl SetupTask {
            /// In the order in which they are done.
            pub const ALL: &'static [Self] = &[$(Self::$task),+];

            /// As in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$task => $word),+ }
            }

            /// As on screen.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$task => $title),+ }
            }
        }
    };
}

tasks! {
    /// A REST API with a deployed stage exists.
    Stage => "stage", "API and stage";
    /// The Plans, Keys and Pools tables exist.
    Tables => "tables", "tables";
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    Done,
    Missing,
    Optional,
    /// The facts are unreadable.
    Unknown,
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

impl TaskState {
    /// As on screen and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Missing => "missing",
            Self::Optional => "optional",
            Self::Unknown => "unknown",
        }
    }
}
