//! `keypool pools set`.

use clap::Args;
use keypool_domain::{Change, Strategy};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Set the assignment strategy and capacity of a pool
#[derive(Debug, Args)]
pub(super) struct SetPool {
    /// Usage plan of the pool
    #[arg(value_name = "PLAN")]
    plan: String,
    /// How new tenants are assigned to keys: least-tenants, least-used, sticky or random
    #[arg(long, value_name = "STRATEGY", required_unless_present = "capacity")]
    strategy: Option<Strategy>,
    /// Maximum number of tenant keys per API key
    #[arg(long, value_name = "NUMBER")]
    capacity: Option<u32>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl SetPool {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let change = |plan| Change::SetPool { plan, strategy: self.strategy, capacity: self.capacity };
        self.change.change_plan(session, &self.plan, change, list::print).await
    }
}
