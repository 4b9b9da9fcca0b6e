//! `keypool pools set`.

use clap::Args;
use keypool_domain::{Change, Strategy};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Set how a pool chooses the key of a new tenant, and how many a key takes
#[derive(Debug, Args)]
pub(super) struct SetPool {
    /// The usage plan of the pool
    #[arg(value_name = "PLAN")]
    plan: String,
    /// least-tenants, least-used, sticky or random
    #[arg(long, value_name = "STRATEGY", required_unless_present = "capacity")]
    strategy: Option<Strategy>,
    /// The most tenant keys behind one API key
    #[arg(long, value_name = "NUMBER")]
    capacity: Option<u32>,
    #[command(flatten)]
    changed: ChangeArgs,
}

impl SetPool {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let change = Change::SetPool { plan, strategy: self.strategy, capacity: self.capacity };
        self.changed.apply_and_list(session, &before, &change, list::print).await
    }
}
