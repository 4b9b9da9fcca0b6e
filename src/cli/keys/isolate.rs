//! `keypool keys isolate`.

use clap::Args;
use keypool_domain::Change;

use super::key_args::KeyChangeArgs;
use crate::cli::CommandError;
use crate::cli::session::Session;

/// Give pooled tenant keys their own API keys in the same plan
#[derive(Debug, Args)]
pub(super) struct IsolateKeys {
    #[command(flatten)]
    args: KeyChangeArgs,
}

impl IsolateKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        self.args.apply_and_list(session, &before, &Change::Isolate(self.args.keys.tenant_key_ids())).await
    }
}
