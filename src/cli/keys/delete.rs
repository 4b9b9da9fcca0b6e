//! `keypool keys delete`.

use clap::Args;
use keypool_domain::Change;

use super::chosen::Ids;
use super::record::{RevealArgs, records};
use crate::cli::Stop;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};

/// Delete tenant keys; a pool's shared API keys stay
#[derive(Debug, Args)]
pub(super) struct Delete {
    #[command(flatten)]
    keys: Ids,
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl Delete {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let change = Change::Delete(self.keys.rows());
        let format = self.output.output;
        let Some(applied) = writing::carry_out(session, &before, &change, self.writing, format).await? else {
            return Ok(());
        };
        let gone = applied.deleted.iter().filter_map(|id| before.row(id));
        output::list(&records(gone, RevealArgs::default(), session, &before, format).await?, format)?;
        Ok(())
    }
}
