//! `keypool pools dissolve`.

use clap::Args;
use keypool_domain::Change;

use super::list;
use crate::cli::Stop;
use crate::cli::changed::ChangedArgs;
use crate::cli::session::Session;

/// Delete a pool that has no tenants, and its API keys
#[derive(Debug, Args)]
pub(super) struct Dissolve {
    /// The usage plan of the pool
    #[arg(value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    changed: ChangedArgs,
}

impl Dissolve {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let change = Change::DissolvePool(plan);
        self.changed.carry_out(session, &before, &change, list::print).await
    }
}
