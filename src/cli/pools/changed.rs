//! What all commands that change a pool have in common.

use clap::Args;
use keypool_domain::{Change, Inventory};

use super::list;
use crate::cli::Stop;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};

/// How a change of a pool is made and told.
#[derive(Debug, Args)]
pub(super) struct ChangedArgs {
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl ChangedArgs {
    /// Carries out a change and lists the pools as they are now.
    pub(super) async fn carry_out(
        &self,
        session: &Session,
        before: &Inventory,
        change: &Change,
    ) -> Result<(), Stop> {
        let format = self.output.output;
        if writing::carry_out(session, before, change, self.writing, format).await?.is_none() {
            return Ok(());
        }
        list::print(&writing::read_back(session, &[]).await?, format)?;
        change.cautions(before).iter().for_each(|caution| output::note(&format!("note: {caution}")));
        Ok(())
    }
}
