//! Where calls are counted: an access log in a file, on standard input, or in CloudWatch Logs.

use std::cmp::Reverse;

use keypool_domain::text::{format_bytes, pluralize, pluralize_calls};
use keypool_domain::usage::TimeSpan;
use keypool_domain::{Plan, Tenant};

use super::output;
use super::session::Session;
use crate::aws::Failure;
use crate::ops::{self, AccessLogSource, StageLogs};

/// The source that `--from-log` has without a value.
pub(super) const CLOUDWATCH: &str = "cloudwatch";

/// Tenants of a log that are named in notes; others are only counted.
const MAX_NAMED_TENANTS: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LogSource {
    /// The log groups of stages.
    CloudWatch,
    Other(AccessLogSource),
}

impl LogSource {
    /// A path, `-` or [`CLOUDWATCH`].
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            CLOUDWATCH => Self::CloudWatch,
            "-" => Self::Other(AccessLogSource::StandardInput),
            "" => return Err("it is empty: give a file, - for standard input, or cloudwatch".to_owned()),
            path => Self::Other(AccessLogSource::File(path.into())),
        })
    }
}

/// Counts the calls in the log groups of the plans' stages, and prints what was read, and what it took.
pub(super) async fn count_stage_logs(
    session: &Session,
    plans: &[Plan],
    span: TimeSpan,
) -> Result<(StageLogs, ops::AccessLogCalls), Failure> {
    let fields = &session.settings.charging.access_log_fields;
    let finding = ops::find_stage_logs(&session.aws, plans, fields, span, &session.run);
    let logs = session.wait_for(finding).await?;
    output::remarks(logs.remarks());
    let counted = session.wait_for(logs.count(&session.aws, &session.run)).await?;
    let as_of = counted.as_of.strftime("%Y-%m-%d %H:%M UTC");
    let scanned = match counted.bytes_scanned {
        0 => String::new(),
        bytes => format!("; Logs Insights scanned {}", format_bytes(bytes)),
    };
    output::note(&format!("note: counted at {as_of}{scanned}; the latest calls may be missing"));
    Ok((logs, counted.calls))
}

/// Names the tenants with the most calls; the others are only counted.
pub(super) fn print_unknown_tenants(tenants: &[(Tenant, u64)]) {
    let mut tenants: Vec<_> = tenants.iter().collect();
    tenants.sort_by_key(|(_, calls)| Reverse(*calls));
    let (named, others) = tenants.split_at(tenants.len().min(MAX_NAMED_TENANTS));
    for (tenant, calls) in named {
        output::note(&format!(
            "note: the log has {} of {tenant}, which is unknown or used another tenant's own API key: these calls are not listed",
            pluralize_calls(*calls)
        ));
    }
    if !others.is_empty() {
        let calls: u64 = others.iter().map(|(_, calls)| calls).sum();
        let others = pluralize(others.len(), "more such tenant");
        output::note(&format!(
            "note: the log has {} of {others}: they are not listed",
            pluralize_calls(calls)
        ));
    }
}
