//! `keypool pools grow`.

use clap::Args;
use keypool_domain::Change;

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Add new API keys to a pool
#[derive(Debug, Args)]
pub(super) struct GrowPool {
    /// Usage plan of the pool
    #[arg(value_name = "PLAN")]
    plan: String,
    /// Number of API keys
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    count: u32,
    #[command(flatten)]
    change: ChangeArgs,
}

impl GrowPool {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let change = |plan| Change::Grow { plan, count: self.count };
        self.change.change_plan(session, &self.plan, change, list::print).await
    }
}
