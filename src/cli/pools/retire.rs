//! `keypool pools retire`.

use clap::Args;
use keypool_domain::{ApiKeyId, Change};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Delete an API key that has been replaced
#[derive(Debug, Args)]
pub(super) struct RetireKey {
    /// ID of the replaced API key
    #[arg(value_name = "API KEY ID")]
    api_key: String,
    #[command(flatten)]
    change: ChangeArgs,
}

impl RetireKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let change = Change::Retire(ApiKeyId::new(self.api_key.as_str()));
        self.change.apply_and_list(session, &before, &change, list::print).await
    }
}
