//! Reading usage: number of calls, cache, and behaviour where a plan cannot be read.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool::aws::{Aws, Failure};
use keypool::ops::{self, UsageCache};
use keypool_domain::usage::{DayRange, DayUse, Usage};
use keypool_domain::{ApiKeyId, Inventory, PlanId};
use keypool_local_aws::{Answer, Fault, LocalAws, World};

use super::support::{read_inventory, silent_run, start_local_aws_at_fixed_time};
use crate::support::http_pipeline::PipelinedConnection;

/// Local AWS at the fixed start time, with its inventory.
struct UsageAccount {
    local: LocalAws,
    aws: Aws,
    inventory: Inventory,
}

impl UsageAccount {
    async fn start(world: World) -> Self {
        let (local, aws) = start_local_aws_at_fixed_time(world).await;
        let inventory = read_inventory(&aws).await;
        local.calls().clear();
        Self { local, aws, inventory }
    }

    fn today(&self) -> Date {
        self.local.clock().now().to_zoned(TimeZone::UTC).date()
    }

    /// From 40 days ago to today.
    fn range(&self) -> DayRange {
        DayRange::last_days(41, self.today())
    }

    async fn read(&self, range: DayRange, cache: Option<&UsageCache>) -> Result<Usage, Failure> {
        ops::read_usage(&self.aws, self.inventory.plans(), range, cache, &silent_run()).await
    }

    async fn read_with_quotas(&self, range: DayRange) -> Usage {
        let run = silent_run();
        let read = ops::read_usage_with_quotas(&self.aws, self.inventory.plans(), range, None, &run);
        read.await.expect("usage")
    }

    fn take_call_count(&self) -> usize {
        let count = self.local.calls().count("GetUsage");
        self.local.calls().clear();
        count
    }

    fn plan(&self, name: &str) -> PlanId {
        self.inventory.find_plan(name).expect("the plan").id.clone()
    }
}

#[tokio::test]
async fn each_plan_and_month_takes_one_call_and_the_days_are_joined() {
    let account = UsageAccount::start(World::Sample).await;
    let usage = account.read(account.range(), None).await.expect("usage");
    let months = account.range().months().len();
    assert_eq!(account.take_call_count(), account.inventory.plans().len() * months);
    assert!(usage.remarks.is_empty(), "{:?}", usage.remarks);
    for name in ["BasicPlan", "PremiumPlan"] {
        let plan_usage = usage.plan(&account.plan(name)).expect("usage of the plan");
        assert_eq!(plan_usage.calls_by_day().len(), 41);
        for days in plan_usage.keys.values() {
            let dates: Vec<_> = days.iter().map(|day| day.day).collect();
            assert_eq!(dates, account.range().days().collect::<Vec<_>>(), "{name}: each day once, in order");
        }
        let status = plan_usage.total_quota_status(&account.inventory, plan_usage.fetched_at);
        let status = status.expect("a quota status");
        let figure = status.figure;
        assert!(figure.used() > 0 && status.burn_rate > 0.0, "{name}: {status:?}");
        assert_eq!(Some(figure.used() + figure.left().expect("remaining calls")), figure.limit());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quota_statuses_are_the_same_whatever_days_are_requested() {
    let account = UsageAccount::start(World::Sample).await;
    let (plan, key) = (account.plan("BasicPlan"), ApiKeyId::new("5v2seh60kv"));
    // The quota is 5,000 a month; 4,500 calls are used before and in the last seven days.
    let patch = r#"{"patchOperations":[{"op":"replace","path":"/remaining","value":"1300"}]}"#;
    let extend = [("PATCH", format!("/usageplans/{plan}/keys/{key}/usage"), patch)];
    assert_eq!(PipelinedConnection::connect(&account.local.endpoint()).send_all(extend), [200]);
    let last_days = |days| DayRange::last_days(days, account.today());
    let october = DayRange::month_of("2026-10-01".parse().expect("a day"));
    let plans = account.inventory.plans().len();
    account.take_call_count();
    for (range, calls_per_plan) in [(last_days(41), 2), (last_days(7), 1), (last_days(1), 1), (october, 2)] {
        let usage = account.read_with_quotas(range).await;
        assert_eq!(account.take_call_count(), calls_per_plan * plans, "{range}");
        let plan_usage = usage.plan(&plan).expect("usage of the plan");
        let status = plan_usage.quota_status(&key, &account.inventory, plan_usage.fetched_at);
        let figure = status.expect("a status").figure;
        let used_left_and_limit = (figure.used(), figure.left(), figure.limit());
        assert_eq!(used_left_and_limit, (4_500, Some(1_300), Some(5_800)), "{range}");
        assert_eq!(figure.whole_percent(), Some(77), "{range}");
        let is_requested = |days: &[DayUse]| days.iter().all(|day| range.contains(day.day));
        assert!(plan_usage.keys.values().all(|days| is_requested(days)), "{range}");
    }
}

#[tokio::test]
async fn future_days_are_not_requested() {
    let account = UsageAccount::start(World::Sample).await;
    let month = DayRange::month_of(account.today());
    account.read(month, None).await.expect("usage");
    assert_eq!(account.take_call_count(), account.inventory.plans().len());
    let next = DayRange::last_days(3, month.to().saturating_add(9.days()));
    let usage = account.read(next, None).await.expect("no usage");
    assert_eq!(
        (account.take_call_count(), usage.total(), usage.plans.len()),
        (0, 0, account.inventory.plans().len())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_of_ten_thousand_keys_takes_twenty_calls_a_month() {
    let account = UsageAccount::start(World::Scale { plans: 1, keys: 10_000, tenants: 0 }).await;
    let plan = account.inventory.plans()[0].id.clone();
    let keys = account.inventory.members(&plan).into_result().expect("members");
    // GetUsage omits keys without usage, so each key gets an extension.
    let patch = r#"{"patchOperations":[{"op":"replace","path":"/remaining","value":"7"}]}"#;
    let requests = keys.iter().map(|key| ("PATCH", format!("/usageplans/{plan}/keys/{key}/usage"), patch));
    let statuses = PipelinedConnection::connect(&account.local.endpoint()).send_all(requests);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10_000);
    let this_month = DayRange::last_days(1, account.today());
    let usage = account.read(this_month, None).await.expect("usage");
    assert_eq!((account.take_call_count(), usage.plan(&plan).expect("usage").keys.len()), (20, 10_000));
    account.read(account.range(), None).await.expect("usage");
    assert_eq!(account.take_call_count(), 20 * account.range().months().len());
}

#[tokio::test]
async fn one_denied_plan_is_a_remark_and_all_denied_are_an_error() {
    let account = UsageAccount::start(World::Sample).await;
    let today = DayRange::last_days(1, account.today());
    let denied = || Fault::on("GetUsage", Answer::AccessDenied { action: None });
    account.local.faults().script(denied());
    let usage = account.read(today, None).await.expect("the other plans");
    assert_eq!(usage.plans.len(), account.inventory.plans().len() - 1);
    assert_eq!(usage.remarks.len(), 1);
    assert!(usage.remarks[0].contains("apigateway:GET"), "{:?}", usage.remarks);
    account.local.faults().script(denied().always());
    assert!(matches!(account.read(today, None).await, Err(Failure::Denied { .. })));
}

#[tokio::test]
async fn finished_months_are_fetched_once() {
    let account = UsageAccount::start(World::Sample).await;
    let folder = tempfile::tempdir().expect("a folder");
    let cache = UsageCache::new(folder.path(), "123456789012 us-east-1 AWS");
    let (plans, months) = (account.inventory.plans().len(), account.range().months().len());
    let first = account.read(account.range(), Some(&cache)).await.expect("usage");
    assert_eq!(account.take_call_count(), plans * months);
    let second = account.read(account.range(), Some(&cache)).await.expect("usage");
    assert_eq!(account.take_call_count(), plans, "only the current month");
    assert_eq!(first, second);
    let uncached = account.read(account.range(), None).await.expect("usage");
    assert_eq!(uncached.plans, second.plans);
    assert_only_owner_can_read(&cache_files(folder.path()));
}

#[tokio::test]
async fn usage_in_a_broken_or_foreign_cache_file_is_fetched_again() {
    let account = UsageAccount::start(World::Sample).await;
    let folder = tempfile::tempdir().expect("a folder");
    let cache = UsageCache::new(folder.path(), "123456789012 us-east-1 AWS");
    let complete = account.read(account.range(), Some(&cache)).await.expect("usage");
    let (files, plans) = (cache_files(folder.path()), account.inventory.plans().len());
    let foreign = fs::read_to_string(&files[0]).expect("a file").replace("123456789012", "999999999999");
    fs::write(&files[0], foreign).expect("written");
    fs::write(&files[1], "{").expect("written");
    account.take_call_count();
    let usage = account.read(account.range(), Some(&cache)).await.expect("usage");
    assert_eq!((account.take_call_count(), usage.remarks.len()), (plans + 2, 2));
    assert_eq!(usage.plans, complete.plans);
    let fixed = account.read(account.range(), Some(&cache)).await.expect("usage");
    assert_eq!((account.take_call_count(), fixed.remarks.len()), (plans, 0));
    let other = UsageCache::new(folder.path(), "999999999999 us-east-1 AWS");
    account.read(account.range(), Some(&other)).await.expect("usage");
    assert!(account.take_call_count() > plans, "another account has its own cache files");
}

#[tokio::test]
async fn a_month_that_ended_yesterday_is_not_cached() {
    let account = UsageAccount::start(World::Sample).await;
    let folder = tempfile::tempdir().expect("a folder");
    let cache = UsageCache::new(folder.path(), "account");
    let first_of_month = DayRange::month_of(account.today()).to().tomorrow().expect("a day");
    for (days, cached) in [(0, 0), (1, 0), (2, account.inventory.plans().len())] {
        let time = first_of_month.saturating_add(days.days()).to_zoned(TimeZone::UTC).expect("a time");
        account.local.clock().set(time.timestamp());
        let range = DayRange::month_of(first_of_month.yesterday().expect("a day"));
        account.read(range, Some(&cache)).await.expect("usage");
        assert_eq!(cache_files(folder.path()).len(), cached, "{days} days into the next month");
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
fn assert_only_owner_can_read(_: &[PathBuf]) {}
