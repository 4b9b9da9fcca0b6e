//! `keypool pools`.

mod create;
mod dissolve;
mod drain;
mod export;
mod grow;
mod import;
mod list;
mod rebalance;
mod retire;
mod rotate;
mod set;

use clap::Args;

use super::CommandError;
use super::output::OutputArgs;
use super::session::Session;
use super::subcommands::subcommands;

/// List pools with their shared API keys and how full each key is
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Pools {
    #[command(subcommand)]
    command: Option<PoolsCommand>,
    #[command(flatten)]
    output: OutputArgs,
}

subcommands! {
    PoolsCommand {
        Create(create::CreatePool),
        Set(set::SetPool),
        Grow(grow::GrowPool),
        Drain(drain::DrainPoolKey),
        Rotate(rotate::RotatePoolKey),
        Rebalance(rebalance::RebalancePool),
        Retire(retire::RetireKey),
        Dissolve(dissolve::DissolvePool),
        Export(export::ExportPools),
        Import(import::ImportPools),
    }
}

impl Pools {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        match &self.command {
            None => list::run(session, self.output.output).await,
            Some(command) => command.run(session).await,
        }
    }
}
