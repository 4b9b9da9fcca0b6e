//! Usage of API keys: one call per plan, calendar month and page of 500 keys, never one per key.
//!
//! The figures of past months no longer change; they are read once and cached in a private folder.

mod cache;

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use keypool_domain::usage::{DayRange, PlanUsage, Usage, status_days};
use keypool_domain::{ApiKeyId, Plan, PlanId};

use super::{Progress, Run, audit};
use crate::aws::{Aws, ExpectedCalls, Failure, KeyDays};
pub use cache::UsageCache;
pub(super) use cache::{account_label, folder_name, former_account_label, is_month_final};

/// GetUsage may still report old values this long after an extension.
const SETTLING_TIME: SignedDuration = SignedDuration::from_mins(5);

const MAX_CONCURRENT_PLANS: usize = 4;

/// Reads the calls of these plans in the range. A plan that fails becomes a remark, unless all fail.
pub async fn read_usage(
    aws: &Aws,
    plans: &[Plan],
    range: DayRange,
    cache: Option<&UsageCache>,
    run: &Run,
) -> Result<Usage, Failure> {
    read_plans(aws, plans, range, |_| None, cache, run).await
}

/// Reads the calls of these plans in the range and, whatever the range, the days that quota statuses are
/// made from.
pub async fn read_usage_with_quotas(
    aws: &Aws,
    plans: &[Plan],
    range: DayRange,
    cache: Option<&UsageCache>,
    run: &Run,
) -> Result<Usage, Failure> {
    let now = aws.now();
    read_plans(aws, plans, range, |plan| Some(status_days(plan.quota.as_ref(), now)), cache, run).await
}

/// Usage of one plan.
#[derive(Debug)]
pub struct PlanReading {
    pub usage: Usage,
    /// The calls that it took.
    pub calls: u32,
}

/// Reads the same as [`read_usage_with_quotas`], of one plan.
pub async fn read_usage_of_plan(
    aws: &Aws,
    plan: &Plan,
    range: DayRange,
    cache: Option<&UsageCache>,
    run: &Run,
) -> Result<PlanReading, Failure> {
    let (recent, expected) = (status_days(plan.quota.as_ref(), aws.now()), aws.expect_calls(0));
    let reading = read_months(aws, &plan.id, range, Some(recent), cache, &expected);
    let read = run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)??;
    let mut usage = Usage::empty(range);
    usage.remarks = read.remarks;
    usage.plans.insert(plan.id.clone(), read.usage);
    Ok(PlanReading { usage: with_recent_extensions(usage, aws, run), calls: read.calls })
}

async fn read_plans(
    aws: &Aws,
    plans: &[Plan],
    range: DayRange,
    recent: impl Fn(&Plan) -> Option<DayRange>,
    cache: Option<&UsageCache>,
    run: &Run,
) -> Result<Usage, Failure> {
    let total = plans.len();
    let today = today(aws);
    let months = plans.iter().map(|plan| months_to_read(range, recent(plan), today).len());
    let expected = &aws.expect_calls(months.sum());
    let reads = plans.iter().map(|plan| {
        let recent = recent(plan);
        async move {
            let result = read_months(aws, &plan.id, range, recent, cache, expected).await;
            (plan.id.clone(), result.map_err(|failure| (plan.name.clone(), failure)))
        }
    });
    // Collected: a lazy iterator of closures that borrow is not `Send` in the console's tasks.
    let mut results = stream::iter(reads.collect::<Vec<_>>()).buffer_unordered(MAX_CONCURRENT_PLANS);
    let (mut usage, mut failures) = (Usage::empty(range), Vec::new());
    let reading = async {
        while let Some((plan, result)) = results.next().await {
            match result {
                Ok(read) => {
                    usage.remarks.extend(read.remarks);
                    usage.plans.insert(plan, read.usage);
                }
                Err((name, failure)) => failures.push((name, failure)),
            }
            let done = usage.plans.len() + failures.len();
            (run.progress)(Progress { done, total: Some(total), doing: "usage of plans".to_owned() });
        }
    };
    run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)?;
    drop(results);
    collect_failures(with_recent_extensions(usage, aws, run), failures)
}

fn with_recent_extensions(mut usage: Usage, aws: &Aws, run: &Run) -> Usage {
    for (plan, api_key, at) in recent_extensions(aws, run) {
        if let Some(plan_usage) = usage.plans.get_mut(&plan) {
            plan_usage.extended_at.insert(api_key, at);
        }
    }
    usage
}

fn today(aws: &Aws) -> Date {
    aws.now().to_zoned(TimeZone::UTC).date()
}

/// What was read of a plan.
struct PlanUsageRead {
    usage: PlanUsage,
    remarks: Vec<String>,
    calls: u32,
}

async fn read_months(
    aws: &Aws,
    plan: &PlanId,
    range: DayRange,
    recent: Option<DayRange>,
    cache: Option<&UsageCache>,
    expected: &ExpectedCalls,
) -> Result<PlanUsageRead, Failure> {
    let (read_at, today) = (aws.now(), today(aws));
    // The requested days may include the recent ones already.
    let recent = recent.filter(|recent| !(range.contains(recent.from()) && range.contains(recent.to())));
    let (mut keys, mut recent_keys, mut remarks) = (KeyDays::new(), KeyDays::new(), Vec::new());
    let mut all_calls = 0;
    for part in months_to_read(range, recent, today) {
        expected.begin_one();
        let month = DayRange::month_of(part.from());
        let (days_by_key, calls) = match cache.filter(|_| cache::is_month_final(month, today)) {
            Some(cache) => read_whole_month(aws, plan, month, cache, &mut remarks).await?,
            None => aws.usage_for_refresh(plan, part.ending_by(today)).await?,
        };
        all_calls += calls;
        if let Some(recent) = recent.filter(|recent| recent.overlaps(month)) {
            add_days(&mut recent_keys, &days_by_key, recent);
        }
        if range.overlaps(month) {
            add_days(&mut keys, &days_by_key, range);
        }
    }
    let usage = PlanUsage::new(plan.clone(), range, keys, read_at);
    let usage = match recent {
        Some(recent) => usage.with_recent_days(recent, recent_keys),
        None => usage,
    };
    Ok(PlanUsageRead { usage, remarks, calls: all_calls })
}

/// Returns the days to read in each calendar month, in order: one call of GetUsage covers both ranges. Leaves out months
/// after today, for which there is no data, and it is undocumented whether GetUsage accepts them.
fn months_to_read(range: DayRange, recent: Option<DayRange>, today: Date) -> Vec<DayRange> {
    let mut months: BTreeMap<Date, DayRange> = BTreeMap::new();
    for part in range.months().into_iter().chain(recent.iter().flat_map(DayRange::months)) {
        let month = months.entry(part.from().first_of_month()).or_insert(part);
        *month = month.including(part);
    }
    months.into_values().filter(|part| part.from() <= today).collect()
}

/// Adds the days in the range, with an entry for each key.
fn add_days(keys: &mut KeyDays, days_by_key: &KeyDays, range: DayRange) {
    for (api_key, days) in days_by_key {
        let days_in_range = days.iter().filter(|day| range.contains(day.day)).copied();
        keys.entry(api_key.clone()).or_default().extend(days_in_range);
    }
}

async fn read_whole_month(
    aws: &Aws,
    plan: &PlanId,
    month: DayRange,
    cache: &UsageCache,
    remarks: &mut Vec<String>,
) -> Result<(KeyDays, u32), Failure> {
    match cache.read(plan, month) {
        Ok(Some(cached)) => return Ok((cached, 0)),
        Ok(None) => {}
        Err(remark) => remarks.push(remark),
    }
    let (days_by_key, calls) = aws.usage_for_refresh(plan, month).await?;
    if let Err(remark) = cache.write(plan, month, &days_by_key) {
        remarks.push(remark);
    }
    Ok((days_by_key, calls))
}

/// Returns extensions that GetUsage may not include yet. Loopback endpoints include them at once.
pub(super) fn recent_extensions(aws: &Aws, run: &Run) -> Vec<(PlanId, ApiKeyId, Timestamp)> {
    match &run.trail {
        Some(trail) if !aws.is_loopback() => audit::extensions_since(trail, aws.now() - SETTLING_TIME),
        _ => Vec::new(),
    }
}

fn collect_failures(mut usage: Usage, mut failures: Vec<(String, Failure)>) -> Result<Usage, Failure> {
    failures.sort_by(|a, b| a.0.cmp(&b.0));
    if usage.plans.is_empty() && !failures.is_empty() {
        return Err(failures.remove(0).1);
    }
    let remarks =
        failures.iter().map(|(plan, why)| format!("the usage of plan {plan} cannot be read: {why}"));
    usage.remarks.extend(remarks);
    Ok(usage)
}
