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
    /// Creates DynamoDB tables.
    CreateTables(Vec<String>),
}
