//! `keypool plans delete`.

use clap::Args;
use keypool_domain::{Inventory, PlanChange};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Delete a usage plan: its stages leave first, so that its keys open nothing, then it and its row go
#[derive(Debug, Args)]
pub(super) struct DeletePlan {
    /// The usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    changed: ChangeArgs,
}

impl DeletePlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let print = |after: &Inventory, format| list::print(after, |_| true, format);
        self.changed.apply_and_list(session, &before, &PlanChange::Delete(plan).into(), print).await
    }
}
