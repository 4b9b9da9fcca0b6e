//! Reading usage: with how many calls, what is kept, and what happens where a plan cannot be read.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool::aws::{Aws, ClockAndRandom, Failure};
use keypool::ops::{self, UsageCache};
use keypool_domain::usage::{DayRange, Usage};
use keypool_domain::{Inventory, PlanId};
use keypool_local_aws::{Answer, Clock, Fault, LocalAws, Options, World};

use super::support::{plain_run, read_inventory, target};
use crate::support::http_pipeline::PipelinedConnection;
use crate::support::inventory_builder;

/// The sample at the time at which every story begins, and what the account holds.
struct UsageAccount {
    local: LocalAws,
    aws: Aws,
    account: Inventory,
}

impl UsageAccount {
    async fn start(world: World) -> Self {
        let clock = Clock::standing(inventory_builder::start_time());
        let local = LocalAws::start(Options { world, clock, ..Options::default() }).await.expect("local AWS");
        let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
        let clock = local.clock().clone();
        let aws = aws.with_clock_and_random(ClockAndRandom::fixed(move || clock.now(), 7));
        let account = read_inventory(&aws).await;
        local.calls().clear();
        Self { local, aws, account }
    }

    fn today(&self) -> Date {
        self.local.clock().now().to_zoned(TimeZone::UTC).date()
    }

    /// The day 40 days ago to today.
    fn range(&self) -> DayRange {
        DayRange::last_days(41, self.today())
    }

    async fn read(&self, range: DayRange, cache: Option<&UsageCache>) -> Result<Usage, Failure> {
        ops::read_usage(&self.aws, self.account.plans(), range, cache, &plain_run()).await
    }

    fn take_call_count(&self) -> usize {
        let asked = self.local.calls().count("GetUsage");
        self.local.calls().clear();
        asked
    }

    fn plan(&self, name: &str) -> PlanId {
        self.account.find_plan(name).expect("the plan").id.clone()
    }
}

#[tokio::test]
async fn each_plan_and_month_takes_one_call_and_the_days_are_joined() {
    let sample = UsageAccount::start(World::Sample).await;
    let usage = sample.read(sample.range(), None).await.expect("usage");
    let months = sample.range().months().len();
    assert_eq!(sample.take_call_count(), sample.account.plans().len() * months);
    assert!(usage.remarks.is_empty(), "{:?}", usage.remarks);
    for name in ["BasicPlan", "PremiumPlan"] {
        let of_plan = usage.plan(&sample.plan(name)).expect("usage of the plan");
        assert_eq!(of_plan.calls_by_day().len(), 41);
        for days in of_plan.keys.values() {
            let told: Vec<_> = days.iter().map(|day| day.day).collect();
            assert_eq!(told, sample.range().days().collect::<Vec<_>>(), "{name}: every day once, in order");
        }
        let standing = of_plan.total_quota_status(
            sample.account.plan(&of_plan.plan).expect("it").quota.as_ref(),
            of_plan.fetched_at,
        );
        let standing = standing.expect("a standing");
        assert!(standing.used > 0 && standing.burn_rate > 0.0, "{name}: {standing:?}");
        assert_eq!(Some(standing.used + standing.remaining.expect("a balance")), standing.limit);
    }
}

#[tokio::test]
async fn future_days_are_not_requested() {
    let sample = UsageAccount::start(World::Sample).await;
    let month = DayRange::month_of(sample.today());
    sample.read(month, None).await.expect("usage");
    assert_eq!(sample.take_call_count(), sample.account.plans().len());
    let next = DayRange::last_days(3, month.to().saturating_add(9.days()));
    let usage = sample.read(next, None).await.expect("nothing");
    assert_eq!(
        (sample.take_call_count(), usage.total(), usage.plans.len()),
        (0, 0, sample.account.plans().len())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_of_ten_thousand_keys_takes_twenty_calls_a_month() {
    let sample = UsageAccount::start(World::Scale { plans: 1, keys: 10_000, tenants: 0 }).await;
    let plan = sample.account.plans()[0].id.clone();
    let keys = sample.account.members(&plan).into_result().expect("members");
    // A key of which nothing is known is left out by API Gateway: each is extended once.
    let patch = r#"{"patchOperations":[{"op":"replace","path":"/remaining","value":"7"}]}"#;
    let requests = keys.iter().map(|key| ("PATCH", format!("/usageplans/{plan}/keys/{key}/usage"), patch));
    let answers = PipelinedConnection::connect(&sample.local.endpoint()).send_all(requests);
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 10_000);
    let this_month = DayRange::last_days(1, sample.today());
    let usage = sample.read(this_month, None).await.expect("usage");
    assert_eq!((sample.take_call_count(), usage.plan(&plan).expect("usage").keys.len()), (20, 10_000));
    sample.read(sample.range(), None).await.expect("usage");
    assert_eq!(sample.take_call_count(), 20 * sample.range().months().len());
}

#[tokio::test]
async fn one_denied_plan_is_a_remark_and_all_denied_are_an_error() {
    let sample = UsageAccount::start(World::Sample).await;
    let today = DayRange::last_days(1, sample.today());
    let denied = || Fault::on("GetUsage", Answer::AccessDenied { action: None });
    sample.local.faults().script(denied());
    let usage = sample.read(today, None).await.expect("the other plans");
    assert_eq!(usage.plans.len(), sample.account.plans().len() - 1);
    assert_eq!(usage.remarks.len(), 1);
    assert!(usage.remarks[0].contains("apigateway:GET"), "{:?}", usage.remarks);
    sample.local.faults().script(denied().always());
    assert!(matches!(sample.read(today, None).await, Err(Failure::Denied { .. })));
}

#[tokio::test]
async fn finished_months_are_fetched_once() {
    let sample = UsageAccount::start(World::Sample).await;
    let folder = tempfile::tempdir().expect("a folder");
    let cache = UsageCache::new(folder.path(), "123456789012 us-east-1 AWS");
    let (plans, months) = (sample.account.plans().len(), sample.range().months().len());
    let first = sample.read(sample.range(), Some(&cache)).await.expect("usage");
    assert_eq!(sample.take_call_count(), plans * months);
    let second = sample.read(sample.range(), Some(&cache)).await.expect("usage");
    assert_eq!(sample.take_call_count(), plans, "only the present month");
    assert_eq!(first, second);
    let uncached = sample.read(sample.range(), None).await.expect("usage");
    assert_eq!(uncached.plans, second.plans);
    assert_only_owner_can_read(&cache_files(folder.path()));
}

#[tokio::test]
async fn a_broken_or_foreign_cache_file_is_fetched_again() {
    let sample = UsageAccount::start(World::Sample).await;
    let folder = tempfile::tempdir().expect("a folder");
    let cache = UsageCache::new(folder.path(), "123456789012 us-east-1 AWS");
    let whole = sample.read(sample.range(), Some(&cache)).await.expect("usage");
    let (files, plans) = (cache_files(folder.path()), sample.account.plans().len());
    let foreign = fs::read_to_string(&files[0]).expect("a file").replace("123456789012", "999999999999");
    fs::write(&files[0], foreign).expect("written");
    fs::write(&files[1], "{").expect("written");
    sample.take_call_count();
    let usage = sample.read(sample.range(), Some(&cache)).await.expect("usage");
    assert_eq!((sample.take_call_count(), usage.remarks.len()), (plans + 2, 2));
    assert_eq!(usage.plans, whole.plans);
    let mended = sample.read(sample.range(), Some(&cache)).await.expect("usage");
    assert_eq!((sample.take_call_count(), mended.remarks.len()), (plans, 0));
    let other = UsageCache::new(folder.path(), "999999999999 us-east-1 AWS");
    sample.read(sample.range(), Some(&other)).await.expect("usage");
    assert!(sample.take_call_count() > plans, "another account has files of its own");
}

#[tokio::test]
async fn a_month_that_ended_yesterday_is_not_cached() {
    let sample = UsageAccount::start(World::Sample).await;
    let folder = tempfile::tempdir().expect("a folder");
    let cache = UsageCache::new(folder.path(), "account");
    let first_of_month = DayRange::month_of(sample.today()).to().tomorrow().expect("a day");
    for (later, kept) in [(0, 0), (1, 0), (2, sample.account.plans().len())] {
        let at = first_of_month.saturating_add(later.days()).to_zoned(TimeZone::UTC).expect("a time");
        sample.local.clock().set(at.timestamp());
        let range = DayRange::month_of(first_of_month.yesterday().expect("a day"));
        sample.read(range, Some(&cache)).await.expect("usage");
        assert_eq!(cache_files(folder.path()).len(), kept, "{later} days after");
    }
}

fn cache_files(folder: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let all = fs::read_dir(folder).expect("a folder");
        all.map(|entry| entry.expect("an entry").path()).collect()
    };
    let mut files: Vec<_> = entries(folder).iter().flat_map(|folder| entries(folder)).collect();
    files.sort();
    files
}

#[cfg(unix)]
fn assert_only_owner_can_read(files: &[PathBuf]) {
    use std::os::unix::fs::PermissionsExt;
    assert!(!files.is_empty());
    for file in files {
        assert_eq!(file.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(not(unix))]
fn only_the_owner_may_read(_: &[PathBuf]) {}
