//! What the commands that change plans and pools have in common.

use clap::Args;
use keypool_domain::{Change, Inventory};

use super::Stop;
use super::output::{Format, OutputArgs};
use super::session::Session;
use super::writing::{self, WritingArgs};

/// How a change is made and told.
#[derive(Debug, Args)]
pub(super) struct ChangedArgs {
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl ChangedArgs {
    /// Carries out a change, and lists what there is then.
    pub(super) async fn carry_out(
        &self,
        session: &Session,
        before: &Inventory,
        change: &Change,
        list: impl Fn(&Inventory, Format) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let format = self.output.output;
        if writing::carry_out(session, before, change, self.writing, format).await?.is_none() {
            return Ok(());
        }
        list(&writing::read_back(session, &[]).await?, format)?;
        Ok(())
    }
}
