//! `keypool plans adopt` and `keypool plans release`.

use clap::Args;
use keypool_domain::{Inventory, PlanChange, PlanId};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Let keypool manage a usage plan that it did not make: writes its price-list entry, after listing its API keys
#[derive(Debug, Args)]
pub(super) struct AdoptPlan {
    #[command(flatten)]
    chosen: PlanChangeArgs,
}

/// Leave a usage plan to others: deletes its price-list entry; the plan and its API keys stay as they are
#[derive(Debug, Args)]
pub(super) struct ReleasePlan {
    #[command(flatten)]
    chosen: PlanChangeArgs,
}

#[derive(Debug, Args)]
struct PlanChangeArgs {
    /// The usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    changed: ChangeArgs,
}

impl AdoptPlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        self.chosen.apply_and_list(session, |plan| PlanChange::Adopt { plan, entry: None }).await
    }
}

impl ReleasePlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        self.chosen.apply_and_list(session, PlanChange::Release).await
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
        let print = |after: &Inventory, format| list::print(after, |shown| shown.id == plan, format);
        self.changed.apply_and_list(session, &before, &change(plan.clone()).into(), print).await
    }
}
