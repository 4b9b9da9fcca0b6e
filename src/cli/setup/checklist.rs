//! `keypool setup` without a subcommand: the state of each step, and the command for it.

use clap::Args;
use keypool_domain::setup::{Checklist, ChecklistItem, Form, SetupState, SetupTask, TaskAction, TaskState};

use crate::cli::CommandError;
use crate::cli::output::{self, Format, records};
use crate::cli::session::Session;
use crate::ops::{self, SetupReport, SetupTarget};

#[derive(Debug, Clone, Default, Args)]
pub(super) struct SetupStageArgs {
    /// REST API; required if there are several
    #[arg(long, value_name = "NAME|ID")]
    api: Option<String>,
    /// Stage; required if the API has several
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
}

records! {
    struct StepRecord {
        step: &'static str,
        title: &'static str => "step",
        state: &'static str => "state",
        detail: String => "status",
        /// Null if there is nothing to do or keypool cannot do it.
        command: Option<String> => "command",
    }
}

impl SetupStageArgs {
    pub(super) async fn read_setup(&self, session: &Session) -> Result<SetupReport, CommandError> {
        let target = SetupTarget {
            api: self.api.clone(),
            stage: self.stage.clone(),
            access_log_fields: session.settings.charging.access_log_fields.clone(),
        };
        Ok(session.wait_for(ops::read_setup(&session.aws, &target, &session.run)).await?)
    }
}

/// Prints the steps. The exit status shows whether any are missing.
pub(super) async fn run(
    session: &Session,
    stage: &SetupStageArgs,
    format: Format,
) -> Result<(), CommandError> {
    let report = stage.read_setup(session).await?;
    print(&report, format)?;
    match report.checklist.missing_count() {
        0 => Ok(()),
        count => Err(CommandError::StepsMissing(count)),
    }
}

pub(super) fn print(report: &SetupReport, format: Format) -> Result<(), CommandError> {
    let Checklist(items) = &report.checklist;
    let records: Vec<_> = items.iter().map(|item| step_record(item, &report.state)).collect();
    output::list(&records, format)
}

fn step_record(item: &ChecklistItem, setup: &SetupState) -> StepRecord {
    StepRecord {
        step: item.task.as_str(),
        title: item.task.title(),
        state: item.state.as_str(),
        detail: item.summary.clone(),
        command: match (item.task, item.state) {
            (SetupTask::Tenants, TaskState::Missing) => Some("keypool setup tenants --write".to_owned()),
            _ => item.action.as_ref().and_then(|action| command_line(item.task, action, setup)),
        },
    }
}

/// Returns the command line for a step, with capitals for values that the user has to fill in.
fn command_line(task: SetupTask, action: &TaskAction, setup: &SetupState) -> Option<String> {
    let stage = setup.stage.as_ref().map(ToString::to_string).unwrap_or_default();
    let stage_flags = setup
        .stage
        .as_ref()
        .map(|stage| format!(" --api {} --stage {}", stage.api, stage.stage))
        .unwrap_or_default();
    Some(match action {
        TaskAction::Apply(_) if task == SetupTask::Tables => "keypool setup tables".to_owned(),
        TaskAction::Apply(_) if matches!(task, SetupTask::Stage | SetupTask::Deployment) => {
            format!("keypool setup deploy{stage_flags}")
        }
        TaskAction::Apply(_) if task == SetupTask::Link => format!("keypool plans link PLAN {stage}"),
        TaskAction::Apply(_) if task == SetupTask::PriceList => {
            "keypool doctor --fix --only price-list-differs".to_owned()
        }
        TaskAction::Apply(_) if task == SetupTask::ExecutionLog => {
            format!("keypool setup logging --level info{stage_flags}")
        }
        TaskAction::Apply(_) | TaskAction::Prompt(Form::AccessLog) => {
            format!("keypool setup logging --access-log ARN{stage_flags}")
        }
        TaskAction::Prompt(Form::Plan) => format!("keypool plans create NAME --stage {stage}"),
        TaskAction::Prompt(Form::Link) => format!("keypool plans link PLAN {stage}"),
        TaskAction::Prompt(Form::Methods) => {
            format!("keypool setup methods --require METHOD PATH{stage_flags}")
        }
        TaskAction::Prompt(Form::LogRole) => "keypool setup role ARN".to_owned(),
        TaskAction::Prompt(Form::Pool) => "keypool pools create PLAN --new NUMBER".to_owned(),
        TaskAction::Prompt(Form::Key) => {
            "keypool keys create --plan PLAN --tenant TENANT --name NAME".to_owned()
        }
        TaskAction::Prompt(Form::Call) => "keypool call --key ID".to_owned(),
    })
}
