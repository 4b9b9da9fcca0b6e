//! `keypool plans`.

mod adopt;
mod create;
mod delete;
mod edit;
mod edit_plan;
mod limits;
mod link;
mod list;
mod throttle;

use clap::Args;

use super::CommandError;
use super::output::OutputArgs;
use super::session::Session;
use super::subcommands::subcommands;

/// List usage plans with their limits and number of keys
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Plans {
    #[command(subcommand)]
    command: Option<PlansCommand>,
    #[command(flatten)]
    output: OutputArgs,
}

subcommands! {
    PlansCommand {
        Create(create::CreatePlan),
        Edit(Box<edit::EditPlan>),
        Link(link::LinkStages),
        Unlink(link::UnlinkStages),
        Throttle(throttle::MethodThrottle),
        Delete(delete::DeletePlan),
        Adopt(adopt::AdoptPlan),
        Release(adopt::ReleasePlan),
    }
}

impl Plans {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        match &self.command {
            None => list::run(session, self.output.output).await,
            Some(command) => command.run(session).await,
        }
    }
}
