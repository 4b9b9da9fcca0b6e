//! The calls in which loud tenants are looked for.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use keypool_domain::Inventory;
use keypool_domain::alert::CountedCalls;
use keypool_domain::charging::AccessLogFields;
use keypool_domain::text::{format_bytes, pluralize, pluralize_calls};
use keypool_domain::usage::{LogCoverage, LoggedUsage, TimeSpan};

use crate::aws::{Aws, Failure};
use crate::ops::{AccessLogCalls, RecentCallsRequest, Run, count_recent_calls};

/// Where calls are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertLog {
    /// In the log groups of the plans' stages, up to now.
    Stages { fields: AccessLogFields, length: SignedDuration },
    /// In a file or on standard input, which have been read.
    Counted(AccessLogCalls),
}

/// What was counted, and what was not.
pub(super) struct LoudTenants {
    usage: LoggedUsage,
    span: TimeSpan,
    pub(super) remarks: Vec<String>,
    /// How many of the remarks say that something was not counted.
    pub(super) uncounted: usize,
}

impl LoudTenants {
    pub(super) const fn counted(&self) -> CountedCalls<'_> {
        CountedCalls { usage: &self.usage, span: self.span }
    }
}

/// Counts the calls, or says why they cannot be counted.
pub(super) async fn count_calls(
    aws: &Aws,
    inventory: &Inventory,
    log: &AlertLog,
    run: &Run,
) -> Result<LoudTenants, Failure> {
    let plans: BTreeSet<_> = inventory.plans().iter().map(|plan| plan.id.clone()).collect();
    let (usage, span, mut remarks): (_, _, Vec<_>) = match log {
        AlertLog::Stages { fields, length } => {
            let plans = plans.into_iter().collect();
            let request = RecentCallsRequest { plans, fields: fields.clone(), length: *length };
            let counted = count_recent_calls(aws, inventory, &request, run).await?;
            let scanned = (counted.bytes_scanned > 0)
                .then(|| format!("Logs Insights scanned {}", format_bytes(counted.bytes_scanned)));
            (counted.usage, counted.span, counted.remarks.into_iter().chain(scanned).collect())
        }
        AlertLog::Counted(calls) => {
            let usage = LoggedUsage::new(inventory, &plans, &calls.logged, &LogCoverage::NamedKeys);
            (usage, calls.span(), calls.remarks())
        }
    };
    remarks.extend(describe_calls_without_tenant(&usage));
    let not_counted = describe_uncounted_keys(&usage, log);
    let uncounted = usize::from(not_counted.is_some());
    remarks.extend(not_counted);
    Ok(LoudTenants { usage, span, remarks, uncounted })
}

/// The shares of tenants are the lower, the more such calls there are.
fn describe_calls_without_tenant(usage: &LoggedUsage) -> Option<String> {
    let calls = pluralize_calls(usage.without_tenant);
    (usage.without_tenant > 0).then(|| {
        format!("the log has {calls} without a tenant, with shared API keys: a loud tenant may be missed")
    })
}

/// In a file, a key without calls is not known to be missing, unless all are.
fn describe_uncounted_keys(usage: &LoggedUsage, log: &AlertLog) -> Option<String> {
    let keys = usage.tenants.iter().flat_map(|tenant| &tenant.keys).filter(|key| key.shared_by.is_some());
    let (counted, uncounted): (Vec<_>, Vec<_>) = keys.partition(|key| key.count.is_some());
    let uncounted: BTreeSet<_> = uncounted.into_iter().map(|key| (&key.plan, &key.api_key)).collect();
    let is_gap = match log {
        AlertLog::Stages { .. } => true,
        AlertLog::Counted(_) => counted.is_empty(),
    };
    (is_gap && !uncounted.is_empty()).then(|| {
        let keys = pluralize(uncounted.len(), "shared API key");
        format!("no loud tenant was looked for behind {keys}: the log has no call, or none of a tenant")
    })
}
