//! Who is loud now: the calls of the last minutes or hours, counted in the access logs of stages.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use keypool_domain::charging::AccessLogFields;
use keypool_domain::usage::{LoggedUsage, TimeSpan};
use keypool_domain::{Inventory, Plan, PlanId};

use super::find_stage_logs;
use crate::aws::{Aws, Failure};
use crate::ops::Run;

/// The time that is counted, if none is asked for.
pub const RECENT: SignedDuration = SignedDuration::from_mins(15);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentCallsRequest {
    pub plans: Vec<PlanId>,
    pub fields: AccessLogFields,
    /// The time up to now that is counted.
    pub length: SignedDuration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentCalls {
    pub usage: LoggedUsage,
    /// The positions of each tenant and of its keys, most calls with a key first.
    pub by_calls: Vec<(usize, usize)>,
    pub span: TimeSpan,
    pub as_of: Timestamp,
    /// What was read, what is not counted, and why, in sentences.
    pub remarks: Vec<String>,
    /// By Logs Insights, which charges for them.
    pub bytes_scanned: u64,
}

/// Counts the calls of the plans' tenants in the log groups of the plans' stages.
pub async fn count_recent_calls(
    aws: &Aws,
    inventory: &Inventory,
    request: &RecentCallsRequest,
    run: &Run,
) -> Result<RecentCalls, Failure> {
    let plans: Vec<Plan> = request.plans.iter().filter_map(|id| inventory.plan(id)).cloned().collect();
    let span = TimeSpan::last(request.length, aws.now());
    let logs = find_stage_logs(aws, &plans, &request.fields, span, run).await?;
    let counted = logs.count(aws, run).await?;
    let plans: BTreeSet<PlanId> = plans.into_iter().map(|plan| plan.id).collect();
    let usage = LoggedUsage::new(inventory, &plans, &counted.calls.logged, &logs.coverage());
    let by_calls = rank_by_calls(&usage);
    let mut remarks = logs.remarks();
    remarks.extend(counted.calls.remarks());
    Ok(RecentCalls {
        usage,
        by_calls,
        span: logs.span(),
        as_of: counted.as_of,
        remarks,
        bytes_scanned: counted.bytes_scanned,
    })
}

fn rank_by_calls(usage: &LoggedUsage) -> Vec<(usize, usize)> {
    let positions = usage.tenants.iter().enumerate();
    let mut by_calls: Vec<_> =
        positions.flat_map(|(at, tenant)| (0..tenant.keys.len()).map(move |key| (at, key))).collect();
    let calls =
        |&(tenant, key): &(usize, usize)| usage.tenants[tenant].keys[key].count.map(|count| count.calls);
    by_calls.sort_by_key(|position| Reverse(calls(position)));
    by_calls
}
