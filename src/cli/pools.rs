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

use clap::{Args, Subcommand};

use super::CommandError;
use super::output::OutputArgs;
use super::session::Session;

/// List pools with their shared API keys and how full each key is
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Pools {
    #[command(subcommand)]
    command: Option<PoolsCommand>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Subcommand)]
enum PoolsCommand {
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

impl Pools {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        match &self.command {
            None => list::run(session, self.output.output).await,
            Some(PoolsCommand::Create(create)) => create.run(session).await,
            Some(PoolsCommand::Set(set)) => set.run(session).await,
            Some(PoolsCommand::Grow(grow)) => grow.run(session).await,
            Some(PoolsCommand::Drain(drain)) => drain.run(session).await,
            Some(PoolsCommand::Rotate(rotate)) => rotate.run(session).await,
            Some(PoolsCommand::Rebalance(rebalance)) => rebalance.run(session).await,
            Some(PoolsCommand::Retire(retire)) => retire.run(session).await,
            Some(PoolsCommand::Dissolve(dissolve)) => dissolve.run(session).await,
            Some(PoolsCommand::Export(export)) => export.run(session).await,
            Some(PoolsCommand::Import(import)) => import.run(session).await,
        }
    }
}
