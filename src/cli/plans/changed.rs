//! What all commands that change a usage plan have in common.

use clap::Args;
use keypool_domain::{Change, Inventory, PlanChange, PlanEdit, PlanId};

use super::list;
use crate::cli::Stop;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};

/// How a change of a usage plan is made and told.
#[derive(Debug, Args)]
pub(super) struct ChangedArgs {
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl ChangedArgs {
    /// Carries out a change and lists the plans that `shown` chooses as they are now.
    pub(super) async fn carry_out(
        &self,
        session: &Session,
        before: &Inventory,
        change: PlanChange,
        shown: impl Fn(&keypool_domain::Plan) -> bool,
    ) -> Result<(), Stop> {
        let format = self.output.output;
        let change = Change::from(change);
        if writing::carry_out(session, before, &change, self.writing, format).await?.is_none() {
            return Ok(());
        }
        list::print(&writing::read_back(session, &[]).await?, shown, format)?;
        change.cautions(before).iter().for_each(|caution| output::note(&format!("note: {caution}")));
        Ok(())
    }

    /// The same for an edit of one plan, which is listed afterwards.
    pub(super) async fn edit(
        &self,
        session: &Session,
        before: &Inventory,
        plan: &PlanId,
        edit: PlanEdit,
    ) -> Result<(), Stop> {
        let change = PlanChange::Edit { plan: plan.clone(), edit };
        self.carry_out(session, before, change, |shown| shown.id == *plan).await
    }
}
