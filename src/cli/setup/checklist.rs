//! `keypool setup` alone: how every step stands, and the command that does it.

use clap::Args;
use keypool_domain::setup::{Checklist, ChecklistItem, Form, SetupState, Task, TaskAction};
use serde::Serialize;

use crate::cli::CommandError;
use crate::cli::output::{self, Format, Record};
use crate::cli::session::Session;
use crate::ops::{self, SetupReport, SetupTarget};

/// Which API and stage are meant.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct SetupStageArgs {
    /// The REST API; needed where there are several
    #[arg(long, value_name = "NAME|ID")]
    api: Option<String>,
    /// Its stage; needed where it has several
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
}

/// A step as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
struct StepRecord {
    step: &'static str,
    title: &'static str,
    state: &'static str,
    seen: String,
    /// What does it; null where there is nothing to do, or keypool cannot.
    command: Option<String>,
}

impl Record for StepRecord {
    const FIELDS: &'static [&'static str] = &["step", "title", "state", "seen", "command"];
    const COLUMNS: &'static [(&'static str, &'static str)] =
        &[("step", "title"), ("state", "state"), ("seen", "seen"), ("done by", "command")];
}

impl SetupStageArgs {
    /// Looks the stage over.
    pub(super) async fn read_setup(&self, session: &Session) -> Result<SetupReport, CommandError> {
        let chosen = SetupTarget { api: self.api.clone(), stage: self.stage.clone() };
        let read = ops::read_setup(&session.aws, &chosen, &session.run).await;
        session.clear_progress();
        Ok(read?)
    }
}

/// Prints the steps; those that are missing are told by the exit status.
pub(super) async fn run(
    session: &Session,
    stage: &SetupStageArgs,
    format: Format,
) -> Result<(), CommandError> {
    let read = stage.read_setup(session).await?;
    print(&read, format)?;
    match read.checklist.missing_count() {
        0 => Ok(()),
        count => Err(CommandError::StepsMissing(count)),
    }
}

/// Prints the steps.
pub(super) fn print(read: &SetupReport, format: Format) -> Result<(), CommandError> {
    let Checklist(items) = &read.checklist;
    let records: Vec<_> = items.iter().map(|item| step_record(item, &read.reading)).collect();
    output::list(&records, format)
}

fn step_record(item: &ChecklistItem, reading: &SetupState) -> StepRecord {
    StepRecord {
        step: item.task.as_str(),
        title: item.task.title(),
        state: item.state.as_str(),
        seen: item.summary.clone(),
        command: item.action.as_ref().and_then(|remedy| command(item.task, remedy, reading)),
    }
}

/// The command line that does a step, with words in capitals where a person decides.
fn command(task: Task, remedy: &TaskAction, reading: &SetupState) -> Option<String> {
    let stage = reading.stage.as_ref().map(ToString::to_string).unwrap_or_default();
    let of_stage = reading
        .stage
        .as_ref()
        .map(|stage| format!(" --api {} --stage {}", stage.api, stage.stage))
        .unwrap_or_default();
    Some(match remedy {
        TaskAction::Apply(_) if task == Task::Tables => "keypool setup tables".to_owned(),
        TaskAction::Apply(_) if matches!(task, Task::Stage | Task::Deployment) => {
            format!("keypool setup deploy{of_stage}")
        }
        TaskAction::Apply(_) if task == Task::Link => format!("keypool plans link PLAN {stage}"),
        TaskAction::Apply(_) if task == Task::PriceList => {
            "keypool doctor --fix --only price-list-differs".to_owned()
        }
        TaskAction::Apply(_) if task == Task::ExecutionLog => {
            format!("keypool setup logging --level info{of_stage}")
        }
        TaskAction::Apply(_) | TaskAction::Prompt(Form::AccessLog) => {
            format!("keypool setup logging --access-log ARN{of_stage}")
        }
        TaskAction::Prompt(Form::Plan) => format!("keypool plans create NAME --stage {stage}"),
        TaskAction::Prompt(Form::Link) => format!("keypool plans link PLAN {stage}"),
        TaskAction::Prompt(Form::Methods) => format!("keypool setup methods --require METHOD PATH{of_stage}"),
        TaskAction::Prompt(Form::LogRole) => "keypool setup role ARN".to_owned(),
        TaskAction::Prompt(Form::Pool) => "keypool pools create PLAN --new NUMBER".to_owned(),
        TaskAction::Prompt(Form::Key) => {
            "keypool keys create --plan PLAN --tenant TENANT --name NAME".to_owned()
        }
        TaskAction::Prompt(Form::Call) => "keypool call --key ID".to_owned(),
    })
}
