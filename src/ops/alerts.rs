//! Finds everything that is broken or about to be, and runs a command for what is new.

mod hook;
mod loud_tenants;
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
pub use loud_tenants::AlertLog;
use loud_tenants::{LoudTenants, count_calls};

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
    /// Whether loud tenants were looked for.
    pub has_counted_log: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRequest {
    /// A quota counts as nearly used up from here on.
    pub warn_percent: u8,
    /// Where loud tenants are looked for.
    pub log: Option<AlertLog>,
}

/// Checks the account and its usage, and the calls in the access log, if any.
pub async fn find_alerts(aws: &Aws, request: &AlertRequest, run: &Run) -> Result<AlertReport, Failure> {
    let DoctorReport { inventory, findings, remarks, unchecked_count } = Box::pin(diagnose(aws, run)).await?;
    let (usage, unread_plans) = read_quota_usage(aws, &inventory, run).await?;
    let (loud, log_remarks, uncounted) = look_for_loud_tenants(aws, &inventory, request, run).await?;
    let now = aws.now();
    let warnings = find_warnings(&inventory, &usage, now, request.warn_percent);
    let counted = loud.as_ref().map(LoudTenants::counted);
    Ok(AlertReport {
        alerts: alert::find_alerts(&inventory, &warnings, &findings, counted, now),
        remarks: remarks.into_iter().chain(usage.remarks).chain(log_remarks).collect(),
        unchecked_count: unchecked_count + unread_plans + uncounted,
        has_counted_log: loud.is_some(),
        inventory,
    })
}

/// Returns the remarks, and how many of them say that something was not counted. A log that cannot be counted is one:
/// the other alerts do not depend on it.
async fn look_for_loud_tenants(
    aws: &Aws,
    inventory: &Inventory,
    request: &AlertRequest,
    run: &Run,
) -> Result<(Option<LoudTenants>, Vec<String>, usize), Failure> {
    let Some(log) = &request.log else { return Ok((None, Vec::new(), 0)) };
    match count_calls(aws, inventory, log, run).await {
        Ok(mut loud) => {
            let (remarks, uncounted) = (std::mem::take(&mut loud.remarks), loud.uncounted);
            Ok((Some(loud), remarks, uncounted))
        }
        Err(Failure::Cancelled) => Err(Failure::Cancelled),
        Err(why) => Ok((None, vec![format!("no loud tenant was looked for: {why}")], 1)),
    }
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
