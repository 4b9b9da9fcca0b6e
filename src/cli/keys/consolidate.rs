//! `keypool keys consolidate`.

use clap::Args;
use keypool_domain::Change;

use super::key_args::{KeyChangeArgs, OtherPlanArgs};
use crate::cli::CommandError;
use crate::cli::session::Session;

/// Let siloed tenant keys share the pool of their plan; their own API keys go
#[derive(Debug, Args)]
pub(super) struct ConsolidateKeys {
    #[command(flatten)]
    leave: OtherPlanArgs,
    #[command(flatten)]
    chosen: KeyChangeArgs,
}

impl ConsolidateKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let change = Change::Consolidate {
            tenant_keys: self.chosen.keys.tenant_key_ids(),
            others: self.leave.other_plans(),
        };
        self.chosen.apply_and_list(session, &before, &change).await
    }
}
