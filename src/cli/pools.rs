//! `keypool pools`.

mod export;
mod import;
mod list;

use clap::{Args, Subcommand};

use super::Stop;
use super::output::OutputArgs;
use super::session::Session;

/// List the pools: which API keys tenants share, and how full each is
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
    Export(export::Export),
    Import(import::Import),
}

impl Pools {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        match &self.command {
            None => list::run(session, self.output.output).await,
            Some(PoolsCommand::Export(export)) => export.run(session).await,
            Some(PoolsCommand::Import(import)) => import.run(session).await,
        }
    }
}
