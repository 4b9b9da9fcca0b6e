//! `keypool plans adopt` and `keypool plans release`.

use clap::Args;
use keypool_domain::{Inventory, PlanChange, PlanId};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Manage a usage plan that keypool did not create: writes its price-list entry, after listing its API
/// keys
#[derive(Debug, Args)]
pub(super) struct AdoptPlan {
    #[command(flatten)]
    args: PlanChangeArgs,
}

/// Stop managing a usage plan: deletes its price-list entry; the plan and its API keys stay unchanged
#[derive(Debug, Args)]
pub(super) struct ReleasePlan {
    #[command(flatten)]
    args: PlanChangeArgs,
}

#[derive(Debug, Args)]
struct PlanChangeArgs {
    /// Usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    change: ChangeArgs,
}

impl AdoptPlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        self.args.apply_and_list(session, |plan| PlanChange::Adopt { plan, entry: None }).await
    }
}

impl ReleasePlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        self.args.apply_and_list(session, PlanChange::Release).await
    }
}

impl PlanChangeArgs {
    async fn apply_and_list(
        &self,
        session: &Session,
        change: impl FnOnce(PlanId) -> PlanChange,
    ) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let print = |after: &Inventory, format| list::print(after, |listed| listed.id == plan, format);
        self.change.apply_and_list(session, &before, &change(plan.clone()).into(), print).await
    }
}
