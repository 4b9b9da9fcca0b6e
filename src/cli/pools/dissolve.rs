//! `keypool pools dissolve`.

use clap::Args;
use keypool_domain::Change;

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Delete a pool without tenants, and its API keys
#[derive(Debug, Args)]
pub(super) struct DissolvePool {
    /// Usage plan of the pool
    #[arg(value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    change: ChangeArgs,
}

impl DissolvePool {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        self.change.change_plan(session, &self.plan, Change::DissolvePool, list::print).await
    }
}
