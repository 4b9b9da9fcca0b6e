//! `keypool pools retire`.

use clap::Args;
use keypool_domain::{ApiKeyId, Change};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::retire_due;
use crate::cli::session::Session;
use crate::ops::EndingScope;

/// Delete an API key that has been replaced
///
/// With --due and --yes it is made for cron: it deletes the pool keys whose grace period is over, and
/// nothing else. The exit status is 1 if a key is past its end and was not deleted.
#[derive(Debug, Args)]
pub(super) struct RetireKey {
    /// ID of the replaced API key
    #[arg(value_name = "API KEY ID", required_unless_present = "due", conflicts_with = "due")]
    api_key: Option<String>,
    /// Delete all replaced pool keys whose grace period is over
    #[arg(long)]
    due: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

impl RetireKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let Some(api_key) = &self.api_key else {
            let ChangeArgs { writing, output } = &self.change;
            return retire_due::run(session, EndingScope::PoolKeys, *writing, output.output).await;
        };
        let before = session.read_inventory().await?;
        let change = Change::Retire(ApiKeyId::new(api_key.as_str()));
        self.change.apply_and_list(session, &before, &change, list::print).await
    }
}
