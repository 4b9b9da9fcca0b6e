//! Usage of API keys: one call per plan, calendar month and page of 500 keys, never one per key.
//!
//! The figures of past months no longer change; they are read once and cached in a private folder.

mod cache;

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool_domain::usage::{DayRange, PlanUsage, Usage, status_days};
use keypool_domain::{Plan, PlanId};

use super::audit::{self, RecentExtension};
use super::{Progress, Run};
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
    read_available_usage(aws, plans, range, cache, run).await?.require_some()
}

/// The usage of the plans that could be read; the others have remarks.
pub(super) struct AvailableUsage {
    pub(super) usage: Usage,
    /// Why no plan could be read, if none could.
    pub(super) failure: Option<Failure>,
}

impl AvailableUsage {
    fn require_some(self) -> Result<Usage, Failure> {
        self.failure.map_or(Ok(self.usage), Err)
    }
}

/// Reads the calls of these plans in the range. A plan that fails becomes a remark.
pub(super) async fn read_available_usage(
    aws: &Aws,
    plans: &[Plan],
    range: DayRange,
    cache: Option<&UsageCache>,
    run: &Run,
) -> Result<AvailableUsage, Failure> {
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
    read_available_usage_with_quotas(aws, plans, range, cache, run).await?.require_some()
}

/// As [`read_usage_with_quotas`]. A plan that fails becomes a remark.
pub(super) async fn read_available_usage_with_quotas(
    aws: &Aws,
    plans: &[Plan],
    range: DayRange,
    cache: Option<&UsageCache>,
    run: &Run,
) -> Result<AvailableUsage, Failure> {
    let now = aws.now();
    let recent = |plan: &Plan| Some(status_days(plan.quota.as_ref(), now));
    read_plans(aws, plans, range, recent, cache, run).await
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
    note_recent_extensions(&mut usage, aws, run);
    Ok(PlanReading { usage, calls: read.calls })
}

async fn read_plans(
    aws: &Aws,
    plans: &[Plan],
    range: DayRange,
    recent: impl Fn(&Plan) -> Option<DayRange>,
    cache: Option<&UsageCache>,
    run: &Run,
) -> Result<AvailableUsage, Failure> {
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
    note_recent_extensions(&mut usage, aws, run);
    Ok(collect_failures(usage, failures))
}

fn note_recent_extensions(usage: &mut Usage, aws: &Aws, run: &Run) {
    let extensions = recent_extensions(aws, run);
    usage.plans.values_mut().for_each(|plan_usage| note_extensions(plan_usage, &extensions, aws));
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

/// Returns extensions that GetUsage may not include yet.
pub(super) fn recent_extensions(aws: &Aws, run: &Run) -> Vec<RecentExtension> {
    let since = aws.now() - SETTLING_TIME;
    run.trail.as_ref().map(|trail| audit::extensions_since(trail, since)).unwrap_or_default()
}

/// Notes those of these extensions that the usage may not include. AWS's figures may not fit together meanwhile,
/// whatever they are; those of a loopback endpoint are old or new.
pub(super) fn note_extensions(usage: &mut PlanUsage, extensions: &[RecentExtension], aws: &Aws) {
    let of_plan = extensions.iter().filter(|extension| extension.plan == usage.plan);
    // The last one of each key decides.
    let latest: BTreeMap<_, _> = of_plan.map(|extension| (&extension.api_key, extension)).collect();
    for extension in latest.into_values() {
        let balance = usage.reported_balance(&extension.api_key);
        let is_included = balance.is_none_or(|balance| extension.is_included_in(balance));
        if !(aws.is_loopback() && is_included) {
            usage.extended_at.insert(extension.api_key.clone(), extension.at);
        }
    }
}

fn collect_failures(mut usage: Usage, mut failures: Vec<(String, Failure)>) -> AvailableUsage {
    failures.sort_by(|a, b| a.0.cmp(&b.0));
    let remarks =
        failures.iter().map(|(plan, why)| format!("the usage of plan {plan} cannot be read: {why}"));
    usage.remarks.extend(remarks);
    let first = failures.into_iter().next().map(|(_, failure)| failure);
    AvailableUsage { failure: first.filter(|_| usage.plans.is_empty()), usage }
}
