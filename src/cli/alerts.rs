//! `keypool alerts`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use jiff::SignedDuration;
use keypool_domain::usage::TimeSpan;

use super::CommandError;
use super::log_source::{CLOUDWATCH, LogSource, parse_last};
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::aws::Failure;
use crate::ops::listing::AlertRecord;
use crate::ops::{self, AccessLogFile, AlertLog, AlertRequest, RECENT};

/// List everything that is broken or about to be: quotas, keys that end, problems, account limits
///
/// With --from-log also tenants that make most of the calls with an API key that they share, while its quota
/// or throttle leaves too little for the others.
///
/// With --exec it is made for cron and chat: the command runs once for each new alert. The exit status is 0
/// without alerts, 1 with alerts, and 2 if there are none in what could be checked and the rest could not be.
#[derive(Debug, Args)]
pub struct Alerts {
    /// Percentage of a quota or account limit from which on it is an alert
    #[arg(long, value_name = "PERCENT", default_value_t = 80, value_parser = clap::value_parser!(u8).range(1..=100))]
    warn: u8,
    /// Count calls in an access log to find loud tenants: a file, - for standard input, or cloudwatch, which is
    /// the default, for the log groups of the plans' stages
    #[arg(long, value_name = "FILE|-|cloudwatch", num_args = 0..=1, default_missing_value = CLOUDWATCH,
          value_parser = LogSource::parse)]
    from_log: Option<LogSource>,
    /// Count only this time up to now, for example 5m or 1h; 15m is the default
    #[arg(long, value_name = "TIME", value_parser = parse_last, requires = "from_log")]
    last: Option<SignedDuration>,
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
        let log = match &self.from_log {
            Some(source) => Some(self.read_log(source, session).await?),
            None => None,
        };
        let request = AlertRequest { warn_percent: self.warn, log };
        let finding = ops::find_alerts(&session.aws, &request, &session.run);
        let report = session.wait_for(finding).await?;
        output::remarks(&report.remarks);
        let record = |alert| AlertRecord::new(alert, &report.inventory, self.output.output.record_format());
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

    /// A file is read before the account: a mistake in its name is found at once.
    async fn read_log(&self, source: &LogSource, session: &Session) -> Result<AlertLog, CommandError> {
        let fields = session.settings.charging.access_log_fields.clone();
        let length = self.last.unwrap_or(RECENT);
        match source {
            LogSource::CloudWatch => Ok(AlertLog::Stages { fields, length }),
            LogSource::Other(source) => {
                let file = AccessLogFile { source: source.clone(), fields };
                let span = TimeSpan::last(length, session.aws.now()).without_end();
                let calls = session.wait_for(file.follow(span, &session.run)).await?;
                // What has arrived is not what was asked for.
                if session.run.cancel.is_cancelled() {
                    return Err(Failure::Cancelled.into());
                }
                Ok(AlertLog::Counted(calls))
            }
        }
    }
}
