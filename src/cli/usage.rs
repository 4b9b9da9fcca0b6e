//! `keypool usage`: what the API keys have used, and what will run out.

mod extend;
mod span;
mod warn;

use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use keypool_domain::Plan;
use keypool_domain::usage::{DayRange, Usage, find_warnings};

use super::CommandError;
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::ops::listing::usage as records;
use crate::ops::{self, UsageCache};
use span::SpanArgs;

/// Show what the API keys have used, and what is left of their quotas
///
/// API Gateway counts for each API key, in UTC days, and tells it minutes late. What tenants share is therefore the
/// key's; an equal share of it is an estimate, written with ~. Resets are expected ones: AWS documents no instant.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct UsageArgs {
    #[command(subcommand)]
    command: Option<UsageCommand>,
    /// Only the usage plan with this name or id
    #[arg(long, value_name = "NAME|ID")]
    plan: Option<String>,
    #[command(flatten)]
    span: SpanArgs,
    /// What each line is about
    #[arg(long, value_enum, default_value_t, value_name = "THING")]
    by: GroupBy,
    /// Only what is spent, will run out before its reset, or is used to this percentage; exit status 1 where there is any
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100), conflicts_with_all = ["by", "span"])]
    warn: Option<u8>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Subcommand)]
enum UsageCommand {
    Extend(extend::ExtendQuota),
}

/// What a line is about.
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
    /// Whether it is asked for by something that only wants the exit status of a warning.
    pub(super) const fn is_warning_only(&self) -> bool {
        self.warn.is_some()
    }

    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        match &self.command {
            Some(UsageCommand::Extend(extend)) => extend.run(session).await,
            None => self.list(session).await,
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
        let range = if self.is_warning_only() {
            DayRange::last_days(span::DEFAULT_DAYS, today)
        } else {
            self.span.range(today)?
        };
        let usage = read_usage(session, plans, range).await?;
        if let Some(percent) = self.warn {
            let unread = plans.len() - usage.plans.len();
            let tonight = find_warnings(&inventory, &usage, now, percent);
            return warn::list_warnings(&tonight, &inventory, unread, format);
        }
        match self.by {
            GroupBy::Key => output::list(&records::key_records(&usage, &inventory, now), format),
            GroupBy::Plan => output::list(&records::plan_records(&usage, &inventory, now), format),
            GroupBy::Tenant => {
                output::list(&records::tenant_records(&usage, &inventory, format.form()), format)
            }
            GroupBy::Day => output::list(&records::day_records(&usage, &inventory), format),
        }
    }
}

/// Reads usage; what could not be read, and how old the rest is, is told.
pub(super) async fn read_usage(
    session: &Session,
    plans: &[Plan],
    range: DayRange,
) -> Result<Usage, CommandError> {
    let cache = UsageCache::for_account(&session.aws).await;
    let usage = ops::read_usage(&session.aws, plans, range, cache.as_ref(), &session.run).await;
    session.clear_progress();
    let usage = usage?;
    for remark in &usage.remarks {
        output::note(&format!("note: {remark}"));
    }
    if let Some(at) = usage.oldest_fetch() {
        let at = at.strftime("%Y-%m-%d %H:%M");
        output::note(&format!("note: {range}, as API Gateway told it at {at} UTC; it lags by minutes"));
    }
    Ok(usage)
}
