//! Finds everything that is broken or about to be, and runs a command for what is new.

mod hook;
mod seen;

use std::sync::Arc;

use jiff::tz::TimeZone;
use keypool_domain::alert::{self, Alert};
use keypool_domain::usage::{DayRange, Usage, find_warnings};
use keypool_domain::{Inventory, Plan};

use super::usage::read_available_usage_with_quotas;
use super::{DoctorReport, Run, UsageCache, diagnose};
use crate::aws::{Aws, Failure};

pub use hook::{HookReport, run_hook_for_new_alerts};

/// Days of usage that the forecasts are made from.
const USAGE_DAYS: u32 = 7;

#[derive(Debug, Clone, PartialEq)]
pub struct AlertReport {
    pub inventory: Arc<Inventory>,
    /// Most urgent first.
    pub alerts: Vec<Alert>,
    /// What could not be checked, and other remarks.
    pub remarks: Vec<String>,
    /// How many of the remarks say that something could not be checked.
    pub unchecked_count: usize,
}

/// Checks the account and its usage. A quota counts as nearly used up from `warn_percent` on.
pub async fn find_alerts(aws: &Aws, warn_percent: u8, run: &Run) -> Result<AlertReport, Failure> {
    let DoctorReport { inventory, findings, remarks, unchecked_count } = Box::pin(diagnose(aws, run)).await?;
    let (usage, unread_plans) = read_quota_usage(aws, &inventory, run).await?;
    let now = aws.now();
    let warnings = find_warnings(&inventory, &usage, now, warn_percent);
    Ok(AlertReport {
        alerts: alert::find_alerts(&inventory, &warnings, &findings, now),
        remarks: remarks.into_iter().chain(usage.remarks).collect(),
        unchecked_count: unchecked_count + unread_plans,
        inventory,
    })
}

/// Reads the usage of the plans with a quota; also returns how many of them could not be read.
async fn read_quota_usage(aws: &Aws, inventory: &Inventory, run: &Run) -> Result<(Usage, usize), Failure> {
    let today = aws.now().to_zoned(TimeZone::UTC).date();
    let range = DayRange::last_days(USAGE_DAYS, today);
    let plans: Vec<Plan> = inventory.plans().iter().filter(|plan| plan.quota.is_some()).cloned().collect();
    if plans.is_empty() {
        return Ok((Usage::empty(range), 0));
    }
    let cache = UsageCache::for_account(aws).await;
    let read = read_available_usage_with_quotas(aws, &plans, range, cache.as_ref(), run).await?;
    let unread = plans.len() - read.usage.plans.len();
    Ok((read.usage, unread))
}
