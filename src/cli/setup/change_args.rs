//! Arguments shared by the commands that change an API, a stage or the account.

use std::sync::Arc;

use clap::Args;
use keypool_domain::{ApiChange, Change, Inventory};

use super::checklist::{self, SetupStageArgs};
use crate::cli::CommandError;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::OutputArgs;
use crate::cli::session::Session;
use crate::ops::SetupReport;

#[derive(Debug, Args)]
pub(super) struct SetupChangeArgs {
    #[command(flatten)]
    pub(super) stage: SetupStageArgs,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl SetupChangeArgs {
    /// Applies a change and prints the checklist.
    pub(super) async fn apply_and_print(
        &self,
        session: &Session,
        report: &SetupReport,
        change: ApiChange,
    ) -> Result<(), CommandError> {
        let format = self.output.output;
        let change = Change::from(change);
        let before = inventory_or_empty(session, report);
        if apply::apply_change(session, &before, &change, self.writing, format).await?.is_none() {
            return Ok(());
        }
        checklist::print(&self.stage.read_setup(session).await?, format)?;
        Ok(())
    }

    pub(super) const fn format(&self) -> crate::cli::Format {
        self.output.output
    }
}

/// Returns the report's inventory, or an empty one if it could not be read.
fn inventory_or_empty(session: &Session, report: &SetupReport) -> Arc<Inventory> {
    let empty = || Arc::new(Inventory::empty(session.aws.now()));
    report.inventory.clone().unwrap_or_else(empty)
}
