//! `keypool pools rotate`.

use clap::Args;
use keypool_domain::{ApiKeyId, Change};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;
use crate::ops::Grace;

/// Replace a pool key and move its tenants to the new one
#[derive(Debug, Args)]
pub(super) struct RotatePoolKey {
    /// ID of the pool key, as listed by `keypool pools`
    #[arg(value_name = "API KEY ID")]
    api_key: String,
    /// How long the old value keeps working, for example 15m, 24h or 7d; 0 stops it now
    #[arg(long, value_name = "TIME")]
    grace: Grace,
    #[command(flatten)]
    change: ChangeArgs,
}

impl RotatePoolKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let api_key = ApiKeyId::new(self.api_key.as_str());
        let change = Change::RotatePoolKey { api_key, grace: self.grace.seconds() };
        self.change.apply_and_list(session, &before, &change, list::print).await
    }
}
