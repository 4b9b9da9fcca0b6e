//! `keypool keys move`.

use clap::Args;
use keypool_domain::Change;
use keypool_domain::change::OtherPlans;

use super::key_args::{KeyChangeArgs, OtherPlanArgs};
use crate::cli::CommandError;
use crate::cli::session::Session;

/// Move tenant keys to another usage plan
#[derive(Debug, Args)]
pub(super) struct MoveKeys {
    /// Target usage plan
    #[arg(long, value_name = "NAME|ID")]
    plan: String,
    #[command(flatten)]
    other_plans: OtherPlanArgs,
    /// Keep the other plans of the API keys
    #[arg(long, conflicts_with = "leave_other_plans")]
    keep_other_plans: bool,
    #[command(flatten)]
    args: KeyChangeArgs,
}

impl MoveKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let other_plans =
            if self.keep_other_plans { OtherPlans::Keep } else { self.other_plans.other_plans() };
        let change = Change::ChangePlan { tenant_keys: self.args.keys.tenant_key_ids(), plan, other_plans };
        self.args.apply_and_list(session, &before, &change).await
    }
}
