//! What all commands that change an API, a stage or the account have in common.

use std::sync::Arc;

use clap::Args;
use keypool_domain::{ApiChange, Change, Inventory};

use super::checklist::{self, SetupStageArgs};
use crate::cli::CommandError;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::OutputArgs;
use crate::cli::session::Session;
use crate::ops::SetupReport;

/// Which stage is meant, and how a change is made and told.
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
    /// Carries out a change and prints how every step stands then.
    pub(super) async fn apply_and_print(
        &self,
        session: &Session,
        read: &SetupReport,
        change: ApiChange,
    ) -> Result<(), CommandError> {
        let format = self.output.output;
        let change = Change::from(change);
        let before = inventory_or_empty(session, read);
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

/// Plans and keys as far as they can be read.
fn inventory_or_empty(session: &Session, read: &SetupReport) -> Arc<Inventory> {
    let nothing = || Arc::new(Inventory::empty(session.aws.now()));
    read.inventory.clone().unwrap_or_else(nothing)
}
