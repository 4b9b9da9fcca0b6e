//! `keypool keys delete`.

use clap::Args;
use keypool_domain::Change;

use super::key_args::KeyIds;
use super::record::{RevealArgs, key_records};
use crate::cli::CommandError;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;

/// Delete tenant keys; shared API keys of a pool are kept
#[derive(Debug, Args)]
pub(super) struct DeleteKeys {
    #[command(flatten)]
    keys: KeyIds,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl DeleteKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let ids = self.keys.tenant_key_ids();
        let before = session.read_inventory_for_change(&ids).await?;
        let change = Change::Delete(ids);
        let format = self.output.output;
        let Some(applied) = apply::apply_change(session, &before, &change, self.writing, format).await?
        else {
            return Ok(());
        };
        let deleted = applied.deleted.iter().filter_map(|id| before.tenant_key(id));
        output::list(&key_records(deleted, RevealArgs::default(), session, &before, format).await?, format)?;
        Ok(())
    }
}
