//! `keypool setup deploy`, `keypool setup logging` and `keypool setup role`.

use clap::Args;
use keypool_domain::setup::{AccessLog, LogLevel, StageLogging};
use keypool_domain::{ApiChange, StageRef};

use super::change_args::SetupChangeArgs;
use crate::cli::CommandError;
use crate::cli::session::Session;
use crate::ops::SetupReport;

/// Deploy the API as last edited
#[derive(Debug, Args)]
pub(super) struct DeployStage {
    #[command(flatten)]
    change: SetupChangeArgs,
}

/// Set the logging of a stage: the execution log shows why calls are refused, the access log has a line
/// per call with the API key's ID
#[derive(Debug, Args)]
pub(super) struct SetLogging {
    /// Execution log: off, error, or info, which also shows why a key was accepted or refused
    #[arg(long, value_name = "LEVEL", required_unless_present = "access_log")]
    level: Option<LogLevel>,
    /// Write an access log to this log group or Firehose stream
    #[arg(long, value_name = "ARN")]
    access_log: Option<String>,
    #[command(flatten)]
    change: SetupChangeArgs,
}

/// Set the role that API Gateway uses to write logs, for the whole account and region
#[derive(Debug, Args)]
pub(super) struct SetLogRole {
    /// ARN of the role, for example arn:aws:iam::123456789012:role/NAME
    #[arg(value_name = "ARN")]
    role: String,
    #[command(flatten)]
    change: SetupChangeArgs,
}

impl DeployStage {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let report = self.change.stage.read_setup(session).await?;
        let change = ApiChange::Deploy(require_stage(&report)?);
        self.change.apply_and_print(session, &report, change).await
    }
}

impl SetLogging {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let report = self.change.stage.read_setup(session).await?;
        let access = self.access_log.as_deref();
        let fields = &session.settings.charging.access_log_fields;
        let access = access.map(|destination| AccessLog::to_destination(destination, fields));
        let logging = StageLogging { level: self.level, access };
        let current = report.state.stage_logging.as_ref().ok().and_then(Option::as_ref);
        let replaces = current.and_then(|current| current.access.clone());
        let change = ApiChange::SetStageLogging { stage: require_stage(&report)?, logging, replaces };
        self.change.apply_and_print(session, &report, change).await
    }
}

impl SetLogRole {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let report = self.change.stage.read_setup(session).await?;
        let replaces = report.state.log_role.clone();
        let change = ApiChange::SetLogRole { role: self.role.clone(), replaces };
        self.change.apply_and_print(session, &report, change).await
    }
}

pub(super) fn require_stage(report: &SetupReport) -> Result<StageRef, CommandError> {
    report.state.stage.clone().ok_or_else(|| {
        CommandError::usage(
            "the account has no REST API",
            "create one with a method first, for example in the AWS console",
        )
    })
}
