//! `keypool pools rotate`.

use clap::Args;
use keypool_domain::{ApiKeyId, Change};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;
use crate::ops::Grace;

/// Give a pool another API key in the place of one, and its tenants with it
#[derive(Debug, Args)]
pub(super) struct RotatePoolKey {
    /// The pool key, as `keypool pools` names it
    #[arg(value_name = "API KEY ID")]
    api_key: String,
    /// How long the old value still works, for example 15m, 24h or 7d; 0 ends it at once
    #[arg(long, value_name = "TIME")]
    grace: Grace,
    #[command(flatten)]
    changed: ChangeArgs,
}

impl RotatePoolKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let api_key = ApiKeyId::new(self.api_key.as_str());
        let change = Change::RotatePoolKey { api_key, grace: self.grace.seconds() };
        self.changed.apply_and_list(session, &before, &change, list::print).await
    }
}
