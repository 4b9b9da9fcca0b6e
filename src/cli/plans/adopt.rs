//! `keypool plans adopt` and `keypool plans release`.

use clap::Args;
use keypool_domain::{Inventory, PlanChange, PlanId};

use super::list;
use crate::cli::Stop;
use crate::cli::changed::ChangedArgs;
use crate::cli::session::Session;

/// Let keypool manage a usage plan that it did not make: writes its price-list entry, after listing its API keys
#[derive(Debug, Args)]
pub(super) struct Adopt {
    #[command(flatten)]
    chosen: Chosen,
}

/// Leave a usage plan to others: deletes its price-list entry; the plan and its API keys stay as they are
#[derive(Debug, Args)]
pub(super) struct Release {
    #[command(flatten)]
    chosen: Chosen,
}

#[derive(Debug, Args)]
struct Chosen {
    /// The usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    changed: ChangedArgs,
}

impl Adopt {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        self.chosen.carry_out(session, |plan| PlanChange::Adopt { plan, entry: None }).await
    }
}

impl Release {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        self.chosen.carry_out(session, PlanChange::Release).await
    }
}

impl Chosen {
    async fn carry_out(
        &self,
        session: &Session,
        change: impl FnOnce(PlanId) -> PlanChange,
    ) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let print = |after: &Inventory, format| list::print(after, |shown| shown.id == plan, format);
        self.changed.carry_out(session, &before, &change(plan.clone()).into(), print).await
    }
}
