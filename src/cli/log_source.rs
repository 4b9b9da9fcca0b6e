//! Where calls are counted: an access log in a file, on standard input, or in CloudWatch Logs.

use std::cmp::Reverse;

use jiff::SignedDuration;
use keypool_domain::Plan;
use keypool_domain::charging::UnlistedCalls;
use keypool_domain::text::{format_bytes, pluralize, pluralize_calls};
use keypool_domain::usage::TimeSpan;

use super::output;
use super::session::Session;
use crate::aws::Failure;
use crate::ops::{self, AccessLogSource, Grace, StageLogs};

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

/// Parses a duration that is not zero.
pub(super) fn parse_last(text: &str) -> Result<SignedDuration, String> {
    let seconds = text.parse::<Grace>()?.seconds();
    match i64::try_from(seconds) {
        Ok(0) => Err("it is zero: use for example 15m, 24h or 7d".to_owned()),
        Ok(seconds) => Ok(SignedDuration::from_secs(seconds)),
        Err(_) => Err("it is too long".to_owned()),
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

/// Names the tenants with the most calls of those that are in no line; the others are only counted. `consequence` is
/// what follows from it.
pub(super) fn print_unlisted(unlisted: &[UnlistedCalls], consequence: &str) {
    let mut unlisted: Vec<_> = unlisted.iter().collect();
    unlisted.sort_by_key(|unlisted| Reverse(unlisted.calls));
    let (named, others) = unlisted.split_at(unlisted.len().min(MAX_NAMED_TENANTS));
    for UnlistedCalls { tenant, reason, calls } in named {
        output::note(&format!(
            "note: the log has {} of {tenant}, {}: {consequence}",
            pluralize_calls(*calls),
            reason.describe()
        ));
    }
    if !others.is_empty() {
        let calls: u64 = others.iter().map(|unlisted| unlisted.calls).sum();
        let others = pluralize(others.len(), "more such tenant");
        output::note(&format!("note: the log has {} of {others}: {consequence}", pluralize_calls(calls)));
    }
}
