//! `keypool keys consolidate`.

use clap::Args;
use keypool_domain::Change;

use super::key_args::{KeyChangeArgs, OtherPlanArgs};
use crate::cli::CommandError;
use crate::cli::session::Session;

/// Move siloed tenant keys to the pool of their plan, and delete their own API keys
#[derive(Debug, Args)]
pub(super) struct ConsolidateKeys {
    #[command(flatten)]
    other_plans: OtherPlanArgs,
    #[command(flatten)]
    args: KeyChangeArgs,
}

impl ConsolidateKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let change = Change::Consolidate {
            tenant_keys: self.args.keys.tenant_key_ids(),
            other_plans: self.other_plans.other_plans(),
        };
        self.args.apply_and_list(session, &before, &change).await
    }
}
