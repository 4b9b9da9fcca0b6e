//! What all commands over chosen tenant keys have in common.

use clap::Args;
use keypool_domain::change::OtherPlans;
use keypool_domain::{Change, Inventory, RowId};

use super::record::{RevealArgs, records};
use crate::cli::Stop;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};

/// Tenant keys by their ids.
#[derive(Debug, Args)]
pub(super) struct Ids {
    /// The tenant keys, as `keypool keys list` names them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

/// What becomes of the other usage plans of the API keys.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct LeaveArgs {
    /// Let the tenants leave the other plans of their API keys, which the target does not cover
    #[arg(long)]
    leave_other_plans: bool,
}

impl LeaveArgs {
    pub(super) const fn others(self) -> OtherPlans {
        if self.leave_other_plans { OtherPlans::Leave } else { OtherPlans::Refuse }
    }
}

/// The tenant keys, and how the change is made and told.
#[derive(Debug, Args)]
pub(super) struct ChosenArgs {
    #[command(flatten)]
    pub(super) keys: Ids,
    #[command(flatten)]
    pub(super) writing: WritingArgs,
    #[command(flatten)]
    pub(super) reveal: RevealArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Ids {
    /// Each one once, in the order given.
    pub(super) fn rows(&self) -> Vec<RowId> {
        let mut rows: Vec<RowId> = Vec::new();
        for id in &self.ids {
            let row = RowId::new(id.as_str());
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        rows
    }
}

impl ChosenArgs {
    /// Carries out a change that gives keys another place, and lists them as they are now.
    pub(super) async fn relocate(
        &self,
        session: &Session,
        before: &Inventory,
        change: &Change,
    ) -> Result<(), Stop> {
        let format = self.output.output;
        let Some(applied) = writing::carry_out(session, before, change, self.writing, format).await? else {
            return Ok(());
        };
        let after = writing::read_back(session, &applied.moved).await?;
        let moved = applied.moved.iter().filter_map(|id| after.row(id));
        output::list(&records(moved, self.reveal, session, &after, format).await?, format)?;
        Ok(())
    }
}
