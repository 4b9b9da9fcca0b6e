//! `keypool pools grow`.

use clap::Args;
use keypool_domain::Change;

use super::list;
use crate::cli::Stop;
use crate::cli::changed::ChangedArgs;
use crate::cli::session::Session;

/// Add API keys to a pool
#[derive(Debug, Args)]
pub(super) struct Grow {
    /// The usage plan of the pool
    #[arg(value_name = "PLAN")]
    plan: String,
    /// How many
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    count: u32,
    #[command(flatten)]
    changed: ChangedArgs,
}

impl Grow {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let change = Change::Grow { plan, count: self.count };
        self.changed.carry_out(session, &before, &change, list::print).await
    }
}
