//! The usage of months that are over, on disk: a small file for each account, plan and month.
//!
//! What a file holds counts only when it says itself whose it is; any other is asked for anew.

use std::io;
use std::path::PathBuf;

use jiff::ToSpan;
use jiff::civil::Date;
use keypool_domain::usage::{DayRange, DayUse};
use keypool_domain::{ApiKeyId, PlanId};
use serde::{Deserialize, Serialize};

use super::super::private_file;
use crate::aws::{Aws, KeyDays};

/// Days after its end from which a month's figures no longer change: they lag by an hour at most.
const LAG_DAYS: i64 = 2;

/// The form of the files.
const FORMAT_VERSION: u32 = 1;

/// Where the usage of one account is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageCache {
    folder: PathBuf,
    owner: String,
}

/// A month of one plan, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CachedMonth {
    version: u32,
    owner: String,
    plan_id: String,
    /// For example `2026-10`.
    month: String,
    /// For each day the calls and, where it was told, the balance.
    keys: std::collections::BTreeMap<String, Vec<(u64, Option<i64>)>>,
}

/// Whether a month ended so long ago that its figures no longer change.
pub(in crate::ops) fn is_month_final(month: DayRange, today: Date) -> bool {
    month.to().saturating_add(LAG_DAYS.days()) < today
}

/// The account, region and endpoint behind a connection, in one line; `None` where the account is not known.
pub(in crate::ops) async fn owner(aws: &Aws) -> Option<String> {
    let caller = aws.caller_arn().await?;
    let account = caller.split(':').nth(4).filter(|account| !account.is_empty())?;
    let context = aws.context();
    Some(format!("{account} {} {}", context.region, context.endpoint().unwrap_or("AWS")))
}

/// A name for the folder of an account's files; the files themselves say whose they are.
pub(in crate::ops) fn folder_name(owner: &str) -> String {
    owner.chars().map(|c| if is_safe_char(c) { c } else { '_' }).collect()
}

fn is_safe_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

impl UsageCache {
    /// The cache of an account, which says itself whose it is.
    pub fn new(folder: impl Into<PathBuf>, owner: impl Into<String>) -> Self {
        Self { folder: folder.into(), owner: owner.into() }
    }

    /// The cache of the account behind a connection.
    ///
    /// There is none without a folder, where the account is not known, and for an endpoint on this machine: what
    /// stands behind that is another account after every start.
    pub async fn for_account(aws: &Aws) -> Option<Self> {
        let folder = aws.state_folder().filter(|_| !aws.is_loopback())?.join("usage");
        Some(Self::new(folder, owner(aws).await?))
    }

    /// What is kept of a month; nothing where it is not there, a remark where it cannot be used.
    pub(super) fn read(&self, plan: &PlanId, month: DayRange) -> Result<Option<KeyDays>, String> {
        let Some(path) = self.path(plan, month) else { return Ok(None) };
        let unfit =
            |why: String| format!("{} is not used, and that month is asked for anew: {why}", path.display());
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(unfit(why.to_string())),
        };
        let kept: CachedMonth = serde_json::from_str(&text).map_err(|why| unfit(why.to_string()))?;
        let whose = (kept.version, &*kept.owner, &*kept.plan_id, &*kept.month);
        if whose != (FORMAT_VERSION, &self.owner, plan.as_str(), &month_name(month)) {
            return Err(unfit("it is of another account, plan or month".to_owned()));
        }
        Ok(Some(kept.into_days(month)))
    }

    /// Keeps a month, or says why not.
    pub(super) fn write(&self, plan: &PlanId, month: DayRange, keys: &KeyDays) -> Result<(), String> {
        let Some(path) = self.path(plan, month) else { return Ok(()) };
        let kept = CachedMonth {
            version: FORMAT_VERSION,
            owner: self.owner.clone(),
            plan_id: plan.to_string(),
            month: month_name(month),
            keys: keys.iter().map(|(key, days)| (key.to_string(), to_pairs(days))).collect(),
        };
        let json = serde_json::to_string(&kept).map_err(io::Error::from);
        let written = json.and_then(|json| private_file::replace(&path, &(json + "\n")));
        written.map_err(|why| format!("{} cannot be kept: {why}", path.display()))
    }

    /// A plan whose id could lead elsewhere has no file.
    fn path(&self, plan: &PlanId, month: DayRange) -> Option<PathBuf> {
        let plan = Some(plan.as_str()).filter(|plan| plan.chars().all(is_safe_char))?;
        Some(self.folder.join(folder_name(&self.owner)).join(format!("{plan}_{}.json", month_name(month))))
    }
}

impl CachedMonth {
    fn into_days(self, month: DayRange) -> KeyDays {
        let read = |pairs: Vec<(u64, Option<i64>)>| {
            month.days().zip(pairs).map(|(day, (used, left))| DayUse { day, used, remaining: left }).collect()
        };
        self.keys.into_iter().map(|(key, pairs)| (ApiKeyId::new(key), read(pairs))).collect()
    }
}

fn to_pairs(days: &[DayUse]) -> Vec<(u64, Option<i64>)> {
    days.iter().map(|day| (day.used, day.remaining)).collect()
}

fn month_name(month: DayRange) -> String {
    month.from().strftime("%Y-%m").to_string()
}
