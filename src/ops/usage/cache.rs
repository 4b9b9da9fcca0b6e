//! Cached usage of past months: one file per account, plan and month.
//!
//! A file is used only if the account, plan and month it names match; otherwise the month is read
//! again.

use std::io;
use std::path::PathBuf;

use jiff::ToSpan;
use jiff::civil::Date;
use keypool_domain::usage::{DayRange, DayUse};
use keypool_domain::{ApiKeyId, PlanId};
use serde::{Deserialize, Serialize};

use super::super::private_file;
use crate::aws::{Aws, KeyDays, Site};

/// Days after the end of a month until its figures count as final. GetUsage lags by at most an hour; the rest is a
/// safety margin.
const DAYS_UNTIL_FINAL: i64 = 2;

const FORMAT_VERSION: u32 = 1;

/// The cached usage of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageCache {
    folder: PathBuf,
    /// The account, as described by [`account_label`].
    account_label: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CachedMonth {
    version: u32,
    owner: String,
    plan_id: String,
    /// For example `2026-10`.
    month: String,
    /// For each day the calls and, if reported, the remaining quota.
    keys: std::collections::BTreeMap<String, Vec<(u64, Option<i64>)>>,
}

/// Whether the figures of a month no longer change.
pub(in crate::ops) fn is_month_final(month: DayRange, today: Date) -> bool {
    month.to().saturating_add(DAYS_UNTIL_FINAL.days()) < today
}

/// Describes the account, region and endpoint of the connection in one line. `None` if the account is unknown.
pub(in crate::ops) async fn account_label(aws: &Aws) -> Option<String> {
    let context = aws.context();
    let is_aws = context.endpoints.api_gateway.site == Site::Aws;
    label_for_endpoint(aws, context.endpoint().filter(|_| !is_aws).unwrap_or("AWS")).await
}

/// The label of earlier versions, which treated AWS's endpoint, when set explicitly, as different from the default; `None` if it is the same.
pub(in crate::ops) async fn former_account_label(aws: &Aws) -> Option<String> {
    let context = aws.context();
    let is_aws = context.endpoints.api_gateway.site == Site::Aws;
    label_for_endpoint(aws, context.endpoint().filter(|_| is_aws)?).await
}

async fn label_for_endpoint(aws: &Aws, endpoint: &str) -> Option<String> {
    let caller = aws.caller_arn().await?;
    let account = caller.split(':').nth(4).filter(|account| !account.is_empty())?;
    Some(format!("{account} {} {endpoint}", aws.context().region))
}

/// Returns a folder name for the files of an account. The files themselves contain the exact account.
pub(in crate::ops) fn folder_name(owner: &str) -> String {
    owner.chars().map(|c| if is_safe_char(c) { c } else { '_' }).collect()
}

fn is_safe_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

impl UsageCache {
    pub fn new(folder: impl Into<PathBuf>, owner: impl Into<String>) -> Self {
        Self { folder: folder.into(), account_label: owner.into() }
    }

    /// Returns the cache for the account of this connection.
    ///
    /// `None` with `--no-cache`, without a state folder or a known account, and for loopback endpoints, because a restarted
    /// local server may simulate another account.
    pub async fn for_account(aws: &Aws) -> Option<Self> {
        let folder = aws.cache_folder().filter(|_| !aws.is_loopback())?.join("usage");
        Some(Self::new(folder, account_label(aws).await?))
    }

    /// Returns the cached month, `None` if there is none, or a warning if the file cannot be used.
    pub(super) fn read(&self, plan: &PlanId, month: DayRange) -> Result<Option<KeyDays>, String> {
        let Some(path) = self.path(plan, month) else { return Ok(None) };
        let unusable =
            |why: String| format!("ignoring {}; the month is read from AWS again: {why}", path.display());
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(unusable(why.to_string())),
        };
        let cached: CachedMonth = serde_json::from_str(&text).map_err(|why| unusable(why.to_string()))?;
        let identity = (cached.version, &*cached.owner, &*cached.plan_id, &*cached.month);
        if identity != (FORMAT_VERSION, &self.account_label, plan.as_str(), &month_name(month)) {
            return Err(unusable("it is of another version, account, plan or month".to_owned()));
        }
        Ok(Some(cached.into_days(month)))
    }

    /// Caches a month, or returns why it cannot.
    pub(super) fn write(&self, plan: &PlanId, month: DayRange, keys: &KeyDays) -> Result<(), String> {
        let Some(path) = self.path(plan, month) else { return Ok(()) };
        let cached = CachedMonth {
            version: FORMAT_VERSION,
            owner: self.account_label.clone(),
            plan_id: plan.to_string(),
            month: month_name(month),
            keys: keys.iter().map(|(key, days)| (key.to_string(), to_pairs(days))).collect(),
        };
        let json = serde_json::to_string(&cached).map_err(io::Error::from);
        let written = json.and_then(|json| private_file::replace(&path, &(json + "\n")));
        written.map_err(|why| format!("{} cannot be written: {why}", path.display()))
    }

    /// Returns the file of a month; `None` for plan ids that could lead out of the folder.
    fn path(&self, plan: &PlanId, month: DayRange) -> Option<PathBuf> {
        let plan = Some(plan.as_str()).filter(|plan| plan.chars().all(is_safe_char))?;
        Some(
            self.folder
                .join(folder_name(&self.account_label))
                .join(format!("{plan}_{}.json", month_name(month))),
        )
    }
}

impl CachedMonth {
    fn into_days(self, month: DayRange) -> KeyDays {
        let to_days = |pairs: Vec<(u64, Option<i64>)>| {
            month.days().zip(pairs).map(|(day, (used, left))| DayUse { day, used, remaining: left }).collect()
        };
        self.keys.into_iter().map(|(key, pairs)| (ApiKeyId::new(key), to_days(pairs))).collect()
    }
}

fn to_pairs(days: &[DayUse]) -> Vec<(u64, Option<i64>)> {
    days.iter().map(|day| (day.used, day.remaining)).collect()
}

fn month_name(month: DayRange) -> String {
    month.from().strftime("%Y-%m").to_string()
}
