//! What all commands that change an API, a stage or the account have in common.

use std::sync::Arc;

use clap::Args;
use keypool_domain::{ApiChange, Change, Inventory};

use super::checklist::{self, StageArgs};
use crate::cli::Stop;
use crate::cli::output::OutputArgs;
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};
use crate::ops::SetupRead;

/// Which stage is meant, and how a change is made and told.
#[derive(Debug, Args)]
pub(super) struct ChangedArgs {
    #[command(flatten)]
    pub(super) stage: StageArgs,
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl ChangedArgs {
    /// Carries out a change and prints how every step stands then.
    pub(super) async fn carry_out(
        &self,
        session: &Session,
        read: &SetupRead,
        change: ApiChange,
    ) -> Result<(), Stop> {
        let format = self.output.output;
        let change = Change::from(change);
        let before = inventory(session, read);
        if writing::carry_out(session, &before, &change, self.writing, format).await?.is_none() {
            return Ok(());
        }
        checklist::print(&self.stage.read(session).await?, format)?;
        Ok(())
    }

    pub(super) const fn format(&self) -> crate::cli::Format {
        self.output.output
    }
}

/// Plans and keys as far as they can be read.
fn inventory(session: &Session, read: &SetupRead) -> Arc<Inventory> {
    let nothing = || Arc::new(Inventory::empty(session.aws.now()));
    read.inventory.clone().unwrap_or_else(nothing)
}
