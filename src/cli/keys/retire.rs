//! `keypool keys retire`.

use clap::Args;

use crate::cli::CommandError;
use crate::cli::apply::WriteArgs;
use crate::cli::output::OutputArgs;
use crate::cli::retire_due;
use crate::cli::session::Session;
use crate::ops::EndingScope;

/// Delete API keys whose grace period is over, and disable tenant keys that have expired
///
/// With --yes it is made for cron: it ends what is past its end, and nothing else. An expired tenant key
/// is disabled, not deleted, so it can be enabled again. `keypool keys list --ending` shows what will end.
/// The exit status is 1 if something is past its end and was not ended.
#[derive(Debug, Args)]
pub(super) struct RetireKeys {
    /// End all keys that are past their end
    #[arg(long, required = true)]
    due: bool,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl RetireKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        retire_due::run(session, EndingScope::TenantKeys, self.writing, self.output.output).await
    }
}
