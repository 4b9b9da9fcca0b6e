//! `keypool keys move`.

use clap::Args;
use keypool_domain::Change;
use keypool_domain::change::OtherPlans;

use super::chosen::{ChosenArgs, LeaveArgs};
use crate::cli::Stop;
use crate::cli::session::Session;

/// Move tenant keys to another plan, in the way that plan's keys are made
#[derive(Debug, Args)]
pub(super) struct Move {
    /// The usage plan they go to
    #[arg(long, value_name = "NAME|ID")]
    plan: String,
    #[command(flatten)]
    leave: LeaveArgs,
    /// Keep the tenants in the other plans of their API keys
    #[arg(long, conflicts_with = "leave_other_plans")]
    keep_other_plans: bool,
    #[command(flatten)]
    chosen: ChosenArgs,
}

impl Move {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let others = if self.keep_other_plans { OtherPlans::Keep } else { self.leave.others() };
        let change = Change::ChangePlan { rows: self.chosen.keys.rows(), plan, others };
        self.chosen.relocate(session, &before, &change).await
    }
}
