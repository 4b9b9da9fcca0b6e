//! `keypool setup deploy`, `keypool setup logging` and `keypool setup role`.

use clap::Args;
use keypool_domain::setup::{AccessLog, LogLevel, StageLogging};
use keypool_domain::{ApiChange, StageRef};

use super::change_args::SetupChangeArgs;
use crate::cli::CommandError;
use crate::cli::session::Session;
use crate::ops::SetupReport;

/// Deploy the API as it was last edited, so that callers meet it
#[derive(Debug, Args)]
pub(super) struct DeployStage {
    #[command(flatten)]
    changed: SetupChangeArgs,
}

/// Set what a stage writes into logs: why calls are refused, and a line for each call with the API key's id
#[derive(Debug, Args)]
pub(super) struct SetLogging {
    /// off, error or info, which also tells why a key was let in or refused
    #[arg(long, value_name = "LEVEL", required_unless_present = "access_log")]
    level: Option<LogLevel>,
    /// Write a line for each call to this log group or Firehose stream
    #[arg(long, value_name = "ARN")]
    access_log: Option<String>,
    #[command(flatten)]
    changed: SetupChangeArgs,
}

/// Set the role with which API Gateway writes logs, for the whole account and region
#[derive(Debug, Args)]
pub(super) struct SetLogRole {
    /// The role's ARN, as in arn:aws:iam::123456789012:role/NAME
    #[arg(value_name = "ARN")]
    role: String,
    #[command(flatten)]
    changed: SetupChangeArgs,
}

impl DeployStage {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let read = self.changed.stage.read_setup(session).await?;
        let change = ApiChange::Deploy(require_stage(&read)?);
        self.changed.apply_and_print(session, &read, change).await
    }
}

impl SetLogging {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let read = self.changed.stage.read_setup(session).await?;
        let access = self.access_log.as_deref().map(AccessLog::to_destination);
        let logging = StageLogging { level: self.level, access };
        let now = read.reading.stage_logging.as_ref().ok().and_then(Option::as_ref);
        let replaces = now.and_then(|now| now.access.clone());
        let change = ApiChange::SetStageLogging { stage: require_stage(&read)?, logging, replaces };
        self.changed.apply_and_print(session, &read, change).await
    }
}

impl SetLogRole {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let read = self.changed.stage.read_setup(session).await?;
        let replaces = read.reading.log_role.clone();
        let change = ApiChange::SetLogRole { role: self.role.clone(), replaces };
        self.changed.apply_and_print(session, &read, change).await
    }
}

/// The stage that is set up.
pub(super) fn require_stage(read: &SetupReport) -> Result<StageRef, CommandError> {
    read.reading.stage.clone().ok_or_else(|| CommandError::Usage {
        what: "the account has no REST API".to_owned(),
        hint: "make one with a method first, for example in the AWS console".to_owned(),
    })
}
