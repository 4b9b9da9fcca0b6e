//! `keypool keys rotate`.

use clap::Args;
use keypool_domain::Change;

use super::key_args::KeyChangeArgs;
use crate::cli::CommandError;
use crate::cli::session::Session;
use crate::ops::Grace;

/// Give siloed tenant keys other API keys; the rows get other ids, and the old values go
#[derive(Debug, Args)]
pub(super) struct RotateKeys {
    /// How long the old values still work, for example 15m, 24h or 7d; 0 ends them at once
    #[arg(long, value_name = "TIME")]
    grace: Grace,
    #[command(flatten)]
    chosen: KeyChangeArgs,
}

impl RotateKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let change =
            Change::Rotate { tenant_keys: self.chosen.keys.tenant_key_ids(), grace: self.grace.seconds() };
        self.chosen.apply_and_list(session, &before, &change).await
    }
}
