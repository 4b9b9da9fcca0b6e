//! `keypool setup`.

mod change_args;
mod checklist;
mod methods;
mod plan;
mod stage;
mod tables;

use clap::{Args, Subcommand};

use super::CommandError;
use super::output::OutputArgs;
use super::session::Session;

/// Tell every step from a REST API to a tenant's first call: how it stands, and what does it
///
/// The exit status is 0 where all is done, 1 where steps are missing, 2 where it could not be looked.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Setup {
    #[command(subcommand)]
    command: Option<SetupCommand>,
    #[command(flatten)]
    stage: checklist::SetupStageArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Subcommand)]
enum SetupCommand {
    Tables(tables::CreateTables),
    Plan(plan::PlanFile),
    Methods(methods::MethodsArgs),
    Deploy(stage::DeployStage),
    Role(stage::SetLogRole),
    Logging(stage::SetLogging),
}

impl Setup {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        match &self.command {
            None => {
                let looked = checklist::run(session, &self.stage, self.output.output).await;
                looked.map_err(super::doctor::as_inspection_failure)
            }
            Some(SetupCommand::Tables(tables)) => tables.run(session).await,
            Some(SetupCommand::Plan(plan)) => plan.run(session).await,
            Some(SetupCommand::Methods(methods)) => methods.run(session).await,
            Some(SetupCommand::Deploy(deploy)) => deploy.run(session).await,
            Some(SetupCommand::Role(role)) => role.run(session).await,
            Some(SetupCommand::Logging(logging)) => logging.run(session).await,
        }
    }
}
