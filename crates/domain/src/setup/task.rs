//! The words of a set-up: its steps, how each stands, and what does it.

use crate::Change;

macro_rules! tasks {
    ($($(#[$doc:meta])* $task:ident => $word:literal, $title:literal;)+) => {
        /// The steps.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Task {
            $($(#[$doc])* $task,)+
        }

        impl Task {
            /// All of them, in the order in which they are done.
            pub const ALL: &'static [Self] = &[$(Self::$task),+];

            /// The word for it in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$task => $word),+ }
            }

            /// What it is about.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$task => $title),+ }
            }
        }
    };
}

tasks! {
    /// There is something to sell.
    Stage => "stage", "API and stage";
    /// There is somewhere to keep what API Gateway does not.
    Tables => "tables", "tables";
    /// There is something to buy.
    Plan => "plan", "usage plan";
    /// The plan's keys open the stage.
    Link => "link", "stage in a plan";
    /// Who has no key is refused.
    Methods => "methods", "methods need a key";
    /// What was edited is what callers meet.
    Deployment => "deployment", "deployed since";
    /// What buyers are told is what they get.
    PriceList => "price-list", "Plans table";
    /// API Gateway may write logs.
    LogRole => "log-role", "role for logs";
    /// Why a call was refused can be read.
    ExecutionLog => "execution-log", "execution log";
    /// Who called can be counted.
    AccessLog => "access-log", "access log";
    /// Tenants share keys, where that is wanted.
    Pool => "pool", "pool";
    /// Somebody can call.
    TenantKey => "tenant-key", "a tenant's key";
    /// Somebody has called.
    FirstCall => "first-call", "first answer";
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// It is as it should be.
    Done,
    /// It has to be done.
    Missing,
    /// It is left to taste.
    Optional,
    /// It could not be looked at.
    Unknown,
}

/// What a person is asked before a step can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The name and limits of a usage plan.
    Plan,
    /// Which plan covers the stage.
    Link,
    /// Which methods need a key.
    Methods,
    /// The role's ARN.
    LogRole,
    /// Where lines go.
    AccessLog,
    /// Which keys of a plan tenants share.
    Pool,
    /// The tenant and the name of a key.
    Key,
    /// A call, with the key of a tenant.
    Call,
}

/// What does a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskAction {
    /// This change, with nothing to be asked.
    Apply(Box<Change>),
    /// Something is asked first.
    Prompt(Form),
}

/// A step, how it stands, and what does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistItem {
    /// Which one.
    pub task: Task,
    /// How it stands.
    pub state: TaskState,
    /// What was seen, in a sentence.
    pub summary: String,
    /// What does it, where keypool can.
    pub action: Option<TaskAction>,
}

impl TaskState {
    /// The word for it on the screen and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Missing => "missing",
            Self::Optional => "optional",
            Self::Unknown => "unknown",
        }
    }
}
