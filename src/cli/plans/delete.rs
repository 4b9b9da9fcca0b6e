//! `keypool plans delete`.

use clap::Args;
use keypool_domain::{Inventory, PlanChange};

use super::list;
use crate::cli::Stop;
use crate::cli::changed::ChangedArgs;
use crate::cli::session::Session;

/// Delete a usage plan: its stages leave first, so that its keys open nothing, then it and its row go
#[derive(Debug, Args)]
pub(super) struct Delete {
    /// The usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    changed: ChangedArgs,
}

impl Delete {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let print = |after: &Inventory, format| list::print(after, |_| true, format);
        self.changed.carry_out(session, &before, &PlanChange::Delete(plan).into(), print).await
    }
}
