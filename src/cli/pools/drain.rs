//! `keypool pools drain`.

use clap::Args;
use keypool_domain::{ApiKeyId, Change};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Move the tenants of a pool key to other keys, then delete it
#[derive(Debug, Args)]
pub(super) struct DrainPoolKey {
    /// ID of the pool key, as listed by `keypool pools`
    #[arg(value_name = "API KEY ID")]
    api_key: String,
    #[command(flatten)]
    change: ChangeArgs,
}

impl DrainPoolKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let change = Change::Drain(ApiKeyId::new(self.api_key.as_str()));
        self.change.apply_and_list(session, &before, &change, list::print).await
    }
}
