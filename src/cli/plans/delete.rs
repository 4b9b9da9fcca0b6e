//! `keypool plans delete`.

use clap::Args;
use keypool_domain::{Inventory, PlanChange};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Delete a usage plan and its price-list entry; its keys stop working
#[derive(Debug, Args)]
pub(super) struct DeletePlan {
    /// Usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    change: ChangeArgs,
}

impl DeletePlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let change = |plan| PlanChange::Delete(plan).into();
        let print = |after: &Inventory, format| list::print(after, |_| true, format);
        self.change.change_plan(session, &self.plan, change, print).await
    }
}
