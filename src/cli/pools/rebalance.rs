//! `keypool pools rebalance`.

use clap::Args;
use keypool_domain::Change;

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Distribute the tenants of a pool evenly over its keys, with the fewest moves
#[derive(Debug, Args)]
pub(super) struct RebalancePool {
    /// Usage plan of the pool
    #[arg(value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    change: ChangeArgs,
}

impl RebalancePool {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        self.change.change_plan(session, &self.plan, Change::Rebalance, list::print).await
    }
}
