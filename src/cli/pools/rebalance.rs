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
        let before = session.read_inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let change = Change::Rebalance(plan);
        self.change.apply_and_list(session, &before, &change, list::print).await
    }
}
