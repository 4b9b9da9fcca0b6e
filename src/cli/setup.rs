//! `keypool setup`.

mod change_args;
mod checklist;
mod methods;
mod plan;
mod stage;
mod tables;
mod tenants;

use clap::Args;

use super::CommandError;
use super::output::OutputArgs;
use super::session::Session;
use super::subcommands::subcommands;

/// Show the steps from a REST API to a tenant's first call, their state, and the command for each
///
/// The exit status is 0 if all steps are done, 1 if steps are missing, 2 if the state could not be
/// read.
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

subcommands! {
    SetupCommand {
        Tables(tables::SetUpTables),
        Tenants(tenants::ProposeTenants),
        Plan(plan::PlanFile),
        Methods(methods::MethodsArgs),
        Deploy(stage::DeployStage),
        Role(stage::SetLogRole),
        Logging(stage::SetLogging),
    }
}

impl Setup {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        match &self.command {
            None => {
                let result = checklist::run(session, &self.stage, self.output.output).await;
                result.map_err(super::doctor::as_inspection_failure)
            }
            Some(command) => command.run(session).await,
        }
    }
}
