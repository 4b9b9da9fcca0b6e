//! Usage by tenant, counted in an access log.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use jiff::SignedDuration;
use keypool_domain::text::{pluralize, pluralize_calls};
use keypool_domain::usage::{DayRange, LogCoverage, LoggedKeyUse, LoggedUsage, TimeSpan};
use keypool_domain::{ApiKeyId, Inventory, Plan};

use crate::cli::CommandError;
use crate::cli::log_source::{CLOUDWATCH, LogSource, count_stage_logs, parse_last, print_unlisted};
use crate::cli::output::{self, Format};
use crate::cli::session::Session;
use crate::ops::listing::usage as records;
use crate::ops::{AccessLogCalls, AccessLogFile, AccessLogSource, RECENT};

/// What follows for calls that are in no line.
const NOT_LISTED: &str = "not listed";

#[derive(Debug, Args)]
pub(super) struct FromLogArgs {
    /// Count each tenant's calls in an access log, exactly: a file, - for standard input, which is
    /// followed until it ends or Ctrl-C, or cloudwatch, which is the default, for the log groups of the
    /// plans' stages
    #[arg(long, value_name = "FILE|-|cloudwatch", num_args = 0..=1, default_missing_value = CLOUDWATCH,
          value_parser = LogSource::parse, conflicts_with = "warn")]
    from_log: Option<LogSource>,
    /// Count only this time up to now, for example 15m or 24h; in log groups 15m is the default
    #[arg(long, value_name = "TIME", value_parser = parse_last, requires = "from_log", conflicts_with = "span")]
    last: Option<SignedDuration>,
}

impl FromLogArgs {
    pub(super) const fn source(&self) -> Option<&LogSource> {
        self.from_log.as_ref()
    }

    /// Counts the calls, and lists them by tenant. `days` are those asked for, if any.
    pub(super) async fn list(
        &self,
        source: &LogSource,
        days: Option<DayRange>,
        (inventory, plans): (&Inventory, &[Plan]),
        session: &Session,
        format: Format,
    ) -> Result<(), CommandError> {
        let span = self.span(source, days, session);
        let (calls, coverage) = match source {
            LogSource::CloudWatch => {
                let (logs, calls) = count_stage_logs(session, plans, span).await?;
                (calls, logs.coverage())
            }
            LogSource::Other(source) => {
                (read_file(source.clone(), span, session).await?, LogCoverage::NamedKeys)
            }
        };
        let plan_ids: BTreeSet<_> = plans.iter().map(|plan| plan.id.clone()).collect();
        let usage = LoggedUsage::new(inventory, &plan_ids, &calls.logged, &coverage);
        output::list(&records::logged_records(&usage, inventory, format.record_format()), format)?;
        output::remarks(calls.remarks());
        print_others(&usage);
        let is_counted = |key: &LoggedKeyUse| key.count.is_some();
        match usage.tenants.iter().flat_map(|tenant| &tenant.keys).any(is_counted) {
            false if !usage.tenants.is_empty() => Err(CommandError::NothingCounted),
            _ => Ok(()),
        }
    }

    fn span(&self, source: &LogSource, days: Option<DayRange>, session: &Session) -> TimeSpan {
        let last = |length| TimeSpan::last(length, session.aws.now());
        match (self.last, days, source) {
            // Calls that arrive while standard input is followed count, too.
            (Some(length), _, LogSource::Other(AccessLogSource::StandardInput)) => last(length).without_end(),
            (Some(length), ..) => last(length),
            (None, Some(days), _) => days.into(),
            (None, None, LogSource::CloudWatch) => last(RECENT),
            (None, None, LogSource::Other(_)) => TimeSpan::ALL,
        }
    }
}

async fn read_file(
    source: AccessLogSource,
    span: TimeSpan,
    session: &Session,
) -> Result<AccessLogCalls, CommandError> {
    let fields = session.settings.charging.access_log_fields.clone();
    let file = AccessLogFile { source, fields };
    let calls = session.wait_for(file.follow(span, &session.run)).await?;
    output::note(&format!("note: calls of {span} in the access log"));
    Ok(calls)
}

/// Notes the calls that are in no line, and the keys that are not counted.
fn print_others(usage: &LoggedUsage) {
    print_unlisted(&usage.unlisted, NOT_LISTED);
    if usage.without_tenant > 0 {
        let calls = pluralize_calls(usage.without_tenant);
        output::note(&format!(
            "note: the log has {calls} without a tenant, with shared API keys: {NOT_LISTED}; `tenant` under \
             [charging.access_log] names the field"
        ));
    }
    if usage.unattributed > 0 {
        let calls = pluralize_calls(usage.unattributed);
        output::note(&format!("note: the log has {calls} with API keys of no tenant: {NOT_LISTED}"));
    }
    if usage.unresolved > 0 {
        let keys = pluralize(usage.unresolved, "tenant key");
        output::note(&format!("note: the API key of {keys} is unknown: their calls are not listed"));
    }
    print_old_values(usage);
    let keys = usage.tenants.iter().flat_map(|tenant| &tenant.keys);
    let uncounted: BTreeSet<_> =
        keys.filter(|key| key.count.is_none()).map(|key| (&key.plan, &key.api_key)).collect();
    if !uncounted.is_empty() {
        output::note(&format!(
            "note: {} not counted in this log; `keypool usage --by tenant` estimates shared ones by equal shares",
            match uncounted.len() {
                1 => "1 API key is".to_owned(),
                count => format!("{} are", pluralize(count, "API key")),
            }
        ));
    }
}

/// Notes the API keys in their grace period that tenants still call with.
fn print_old_values(usage: &LoggedUsage) {
    let mut calls: BTreeMap<(&ApiKeyId, &ApiKeyId), u64> = BTreeMap::new();
    for key in usage.tenants.iter().flat_map(|tenant| &tenant.keys) {
        if let (Some(new), Some(count)) = (&key.replaced_by, key.count) {
            *calls.entry((&key.api_key, new)).or_default() += count.calls;
        }
    }
    for ((old, new), calls) in calls {
        let calls = pluralize_calls(calls);
        output::note(&format!("note: {calls} with the old value of API key {new}, which was API key {old}"));
    }
}
