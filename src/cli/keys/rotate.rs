//! `keypool keys rotate`.

use clap::Args;
use keypool_domain::Change;

use super::key_args::KeyChangeArgs;
use crate::cli::CommandError;
use crate::cli::session::Session;
use crate::ops::Grace;

/// Replace the API keys of siloed tenant keys; the tenant keys get new IDs
#[derive(Debug, Args)]
pub(super) struct RotateKeys {
    /// How long the old value keeps working, for example 15m, 24h or 7d; 0 stops it now
    #[arg(long, value_name = "TIME")]
    grace: Grace,
    #[command(flatten)]
    args: KeyChangeArgs,
}

impl RotateKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let change =
            Change::Rotate { tenant_keys: self.args.keys.tenant_key_ids(), grace: self.grace.seconds() };
        self.args.apply_and_list(session, &before, &change).await
    }
}
