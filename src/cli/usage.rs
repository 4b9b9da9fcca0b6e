//! `keypool usage`: usage of API keys, and forecasts.

mod day_range;
mod extend;
mod from_log;
mod warn;

use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use keypool_domain::Plan;
use keypool_domain::charging::{former_keys_of_unknown_days, with_former_calls};
use keypool_domain::text::pluralize;
use keypool_domain::usage::{DayRange, Usage, find_warnings};

use super::CommandError;
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::ops::listing::usage as records;
use crate::ops::{self, UsageCache};
use day_range::DayRangeArgs;
use from_log::FromLogArgs;

/// Show the usage of API keys and their remaining quotas
///
/// API Gateway counts per API key, in UTC days, and reports minutes late. Usage of a shared key is
/// therefore known only for the key; a tenant's equal share is an estimate, marked with ~; --from-log counts
/// exactly. Reset times are expected: AWS does not document them.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct UsageArgs {
    #[command(subcommand)]
    command: Option<UsageCommand>,
    /// Show only this usage plan
    #[arg(long, value_name = "NAME|ID")]
    plan: Option<String>,
    #[command(flatten)]
    span: DayRangeArgs,
    /// What to show usage by
    #[arg(long, value_enum, default_value_t, value_name = "THING")]
    by: GroupBy,
    #[command(flatten)]
    log: FromLogArgs,
    /// Show only keys that are over their quota, will run out before the reset, or have used this
    /// percentage of it; the exit status is 1 if there are any
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100), conflicts_with_all = ["by", "span"])]
    warn: Option<u8>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Subcommand)]
enum UsageCommand {
    Extend(extend::ExtendQuota),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum GroupBy {
    /// An API key in a plan
    #[default]
    Key,
    /// A tenant
    Tenant,
    /// A usage plan
    Plan,
    /// A day of a plan
    Day,
}

impl UsageArgs {
    /// Whether --warn was given.
    pub(super) const fn is_warning_only(&self) -> bool {
        self.warn.is_some()
    }

    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        match &self.command {
            Some(UsageCommand::Extend(extend)) => extend.run(session).await,
            None => self.list(session).await,
        }
    }

    fn require_by_tenant(&self) -> Result<(), CommandError> {
        match self.by {
            GroupBy::Tenant => Ok(()),
            GroupBy::Key | GroupBy::Plan | GroupBy::Day => {
                Err(CommandError::usage("--from-log counts calls by tenant", "add --by tenant"))
            }
        }
    }

    async fn list(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let plans = match &self.plan {
            Some(plan) => std::slice::from_ref(inventory.find_plan(plan)?),
            None => inventory.plans(),
        };
        let (now, format) = (session.aws.now(), self.output.output);
        let today = now.to_zoned(TimeZone::UTC).date();
        if let Some(source) = self.log.source() {
            self.require_by_tenant()?;
            let days = self.span.requested(today)?;
            return self.log.list(source, days, (&inventory, plans), session, format).await;
        }
        let range = if self.is_warning_only() {
            DayRange::last_days(day_range::DEFAULT_DAYS, today)
        } else {
            self.span.range(today)?
        };
        let usage = read_usage(session, plans, range).await?;
        if let Some(percent) = self.warn {
            let unread = plans.len() - usage.plans.len();
            let warnings = find_warnings(&inventory, &usage, now, percent);
            return warn::list_warnings(&warnings, &inventory, unread, format);
        }
        let mut remarks = Vec::new();
        let with_notes = ops::with_notes_in_trail(&session.aws, &inventory, &session.run, &mut remarks).await;
        let inventory = with_notes.as_ref().unwrap_or(&inventory);
        output::remarks(&remarks);
        let usage = match self.by {
            GroupBy::Key | GroupBy::Plan | GroupBy::Tenant => {
                note_missing_calls(former_keys_of_unknown_days(inventory, range).len());
                with_former_calls(usage, inventory)
            }
            // A note has no days.
            GroupBy::Day => usage,
        };
        match self.by {
            GroupBy::Key => output::list(&records::key_records(&usage, inventory, now), format),
            GroupBy::Plan => output::list(&records::plan_records(&usage, inventory, now), format),
            GroupBy::Tenant => {
                output::list(&records::tenant_records(&usage, inventory, format.record_format()), format)
            }
            GroupBy::Day => output::list(&records::day_records(&usage, inventory), format),
        }
    }
}

/// Says that keys have ended whose calls are known by month only.
fn note_missing_calls(keys: usize) {
    if keys > 0 {
        let keys = pluralize(keys, "key");
        output::note(&format!(
            "note: the calls of {keys} that were deleted or moved are known by month only, and missing here: --month has them"
        ));
    }
}

/// Reads usage, and prints its remarks and age.
pub(super) async fn read_usage(
    session: &Session,
    plans: &[Plan],
    range: DayRange,
) -> Result<Usage, CommandError> {
    let cache = UsageCache::for_account(&session.aws).await;
    let usage = session
        .wait_for(ops::read_usage_with_quotas(&session.aws, plans, range, cache.as_ref(), &session.run))
        .await?;
    output::remarks(&usage.remarks);
    if let Some(fetched) = usage.oldest_fetch() {
        let fetched = fetched.strftime("%Y-%m-%d %H:%M");
        output::note(&format!("note: {range}, as of {fetched} UTC; API Gateway lags by minutes"));
    }
    Ok(usage)
}
