//! Arguments shared by the commands that change plans and pools.

use clap::Args;
use keypool_domain::{Change, Inventory, PlanId};

use super::CommandError;
use super::apply::{self, WriteArgs};
use super::output::{Format, OutputArgs};
use super::session::Session;

#[derive(Debug, Args)]
pub(super) struct ChangeArgs {
    #[command(flatten)]
    pub(super) writing: WriteArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl ChangeArgs {
    /// Applies a change of the plan with this name or id, and lists the result.
    pub(super) async fn change_plan(
        &self,
        session: &Session,
        plan: &str,
        change: impl FnOnce(PlanId) -> Change,
        list: impl Fn(&Inventory, Format) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = before.find_plan(plan)?.id.clone();
        self.apply_and_list(session, &before, &change(plan), list).await
    }

    /// Applies a change and lists the result.
    pub(super) async fn apply_and_list(
        &self,
        session: &Session,
        before: &Inventory,
        change: &Change,
        list: impl Fn(&Inventory, Format) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let format = self.output.output;
        if apply::apply_change(session, before, change, self.writing, format).await?.is_none() {
            return Ok(());
        }
        list(&apply::read_back(session, &[]).await?, format)?;
        Ok(())
    }
}
