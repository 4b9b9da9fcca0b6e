//! `keypool alerts`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::CommandError;
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::aws::Failure;
use crate::ops;
use crate::ops::listing::AlertRecord;

/// List everything that is broken or about to be: quotas, keys that end, problems, account limits
///
/// With --exec it is made for cron and chat: the command runs once for each new alert. The exit status is 0
/// without alerts, 1 with alerts, and 2 if there are none in what could be checked and the rest could not be.
#[derive(Debug, Args)]
pub struct Alerts {
    /// Percentage of a quota or account limit from which on it is an alert
    #[arg(long, value_name = "PERCENT", default_value_t = 80, value_parser = clap::value_parser!(u8).range(1..=100))]
    warn: u8,
    /// Command to run with sh for each alert that no earlier run has reported; it gets the alert as JSON on
    /// standard input
    #[arg(long, value_name = "COMMAND", value_parser = NonEmptyStringValueParser::new())]
    exec: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

/// The alerts were found and listed, so this is no failure of the check.
fn hook_error(why: Failure) -> CommandError {
    if why == Failure::Cancelled { why.into() } else { CommandError::HookNotRun(why) }
}

impl Alerts {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let finding = ops::find_alerts(&session.aws, self.warn, &session.run);
        let report = session.wait_for(finding).await?;
        output::remarks(&report.remarks);
        let record = |alert| AlertRecord::new(alert, &report.inventory);
        let records: Vec<_> = report.alerts.iter().map(record).collect();
        output::list(&records, self.output.output)?;
        if let Some(command) = &self.exec {
            let running = ops::run_hook_for_new_alerts(&session.aws, &report, command, &session.run);
            let hook = session.wait_for(running).await.map_err(hook_error)?;
            output::remarks(&hook.failures);
        }
        match (records.len(), report.unchecked_count) {
            (0, 0) => Ok(()),
            (0, unchecked) => Err(CommandError::Unchecked(unchecked)),
            (count, _) => Err(CommandError::Alerts(count)),
        }
    }
}
