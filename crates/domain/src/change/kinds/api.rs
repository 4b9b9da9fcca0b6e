//! Changes that set up an API, a stage or the account.

use crate::stage_logging::{AccessLog, StageLogging};
use crate::{MethodRef, StageRef};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiChange {
    /// Sets whether methods require an API key. Takes effect with the next deployment.
    RequireKeys {
        api: String,
        /// Resource id and method.
        methods: Vec<(String, MethodRef)>,
        required: bool,
    },
    /// Deploys the current state of an API to a stage.
    Deploy(StageRef),
    /// Sets the IAM role with which API Gateway writes logs; one per account and region.
    SetLogRole {
        /// ARN.
        role: String,
        /// The current role, or why it is not known.
        replaces: Result<Option<String>, String>,
    },
    /// Sets execution and access logging of a stage.
    SetStageLogging {
        stage: StageRef,
        logging: StageLogging,
        /// The current access log, if known.
        replaces: Option<AccessLog>,
    },
    /// Creates DynamoDB tables, and brings the indexes of existing ones up to date.
    SetUpTables(Vec<TableStep>),
}

/// One step in setting up the DynamoDB tables. Each is complete in itself, and repeating it changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableStep {
    /// CreateTable, then waits until the table is active.
    Create { table: String },
    /// UpdateTable, unless the index is being built already, then waits until it has all items.
    AddIndex { table: String, index: String },
    /// UpdateTable; the index that replaces this one is in use by then.
    RemoveIndex { table: String, index: String },
}

impl TableStep {
    pub fn table(&self) -> &str {
        match self {
            Self::Create { table } | Self::AddIndex { table, .. } | Self::RemoveIndex { table, .. } => table,
        }
    }

    pub fn describe(&self) -> String {
        match self {
            Self::Create { table } => format!("create the DynamoDB table {table}"),
            Self::AddIndex { table, index } => {
                format!(
                    "add the index {index} to the DynamoDB table {table}, and wait until it has all items"
                )
            }
            Self::RemoveIndex { table, index } => {
                format!("remove the index {index} from the DynamoDB table {table}")
            }
        }
    }
}
