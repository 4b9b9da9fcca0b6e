//! What tenants owe for a month: usage is read, a log is counted where one is given, and a month that is over is frozen.
//!
//! A frozen month is what was told of it first; what would be told otherwise later is a difference that somebody reads.

mod access_log;
mod frozen_month;

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use keypool_domain::change::pluralize;
use keypool_domain::charging::{self, LoggedCalls, Report, Tariff};
use keypool_domain::text::group_thousands;
use keypool_domain::usage::{DayRange, Usage};
use keypool_domain::{Inventory, PlanId, TenantKey};

use super::{Run, UsageCache};
use crate::aws::{Aws, Failure};
pub use access_log::{AccessLogCalls, read_access_log};
pub use frozen_month::FrozenMonth;

/// What is asked for.
#[derive(Debug)]
pub struct ChargeRequest<'a> {
    /// The month.
    pub month: DayRange,
    /// Currency and rates.
    pub tariff: &'a Tariff,
    /// What an access log has of the month.
    pub log: Option<&'a LoggedCalls>,
    /// Whether a frozen month takes the figures of now.
    pub refreeze: bool,
}

/// The same as a value, with the log as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRequest {
    /// The month.
    pub month: DayRange,
    /// Currency and rates.
    pub tariff: Tariff,
    /// What an access log has of the month.
    pub log: Option<AccessLogFile>,
    /// Whether a frozen month takes the figures of now.
    pub refreeze: bool,
}

/// A file of JSON lines that API Gateway wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogFile {
    /// Where it is.
    pub path: PathBuf,
    /// The field that holds the tenant.
    pub tenant_field: String,
}

/// A report, and what stands behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargeReport {
    /// The figures that count.
    pub report: Report,
    /// Since when they are frozen; `None` where they are not.
    pub frozen: Option<FrozenMonth>,
    /// What would be told otherwise now, in sentences.
    pub differences: Vec<String>,
    /// What could not be read or kept, in sentences.
    pub remarks: Vec<String>,
}

/// Reads the log where there is one, and charges.
pub(super) async fn charge_by_request(
    aws: &Aws,
    inventory: &Inventory,
    asked: ReportRequest,
    run: &Run,
) -> Result<ChargeReport, Failure> {
    let ReportRequest { month, tariff, log, refreeze } = asked;
    let log = match log {
        // A log of millions of lines would hold up whatever shares the thread.
        Some(file) => {
            let read = tokio::task::spawn_blocking(move || file.read(month)).await;
            Some(read.map_err(|_| Failure::Cancelled)??)
        }
        None => None,
    };
    let asked = ChargeRequest { month, tariff: &tariff, log: log.as_ref().map(|log| &log.logged), refreeze };
    let mut charged = charge(aws, inventory, &asked, run).await?;
    charged.remarks.extend(log.iter().flat_map(AccessLogCalls::remarks));
    Ok(charged)
}

impl AccessLogFile {
    fn read(&self, month: DayRange) -> Result<AccessLogCalls, Failure> {
        let opened = File::open(&self.path);
        let read = opened.and_then(|file| read_access_log(BufReader::new(file), &self.tenant_field, month));
        let unread =
            |why| Failure::Setting(format!("the access log {} cannot be read: {why}", self.path.display()));
        read.map_err(unread)
    }
}

/// Reads the usage of a month and says what everybody owes.
pub async fn charge(
    aws: &Aws,
    inventory: &Inventory,
    asked: &ChargeRequest<'_>,
    run: &Run,
) -> Result<ChargeReport, Failure> {
    let today = aws.now().to_zoned(TimeZone::UTC).date();
    if today < asked.month.from() {
        let month = asked.month.from().strftime("%Y-%m");
        return Err(Failure::Setting(format!("the month {month} has not begun: nothing is owed for it yet")));
    }
    let cache = UsageCache::for_account(aws).await;
    let usage = super::read_usage(aws, inventory.plans(), asked.month, cache.as_ref(), run).await?;
    let report = charging::report(inventory, &usage, asked.tariff, asked.log);
    let mut remarks = usage.remarks.clone();
    remarks.extend(caveats(&report, inventory, &usage, asked));
    let mut charged = ChargeReport { report, frozen: None, differences: Vec::new(), remarks };
    if !super::usage::is_month_final(asked.month, today) {
        return Ok(charged);
    }
    let unread = inventory.plans().iter().filter(|plan| !usage.plans.contains_key(&plan.id)).count();
    match (frozen_month::file(aws, asked.month).await, unread) {
        (Err(why), _) => charged.remarks.extend(why.map(|why| format!("the month is not frozen: {why}"))),
        (Ok(_), 1..) => {
            charged.remarks.push("the month is not frozen: not all of its usage could be read".to_owned());
        }
        (Ok(file), 0) => file.freeze_or_compare(&mut charged, asked.refreeze, aws.now()),
    }
    name_plans(&mut charged.differences, inventory);
    Ok(charged)
}

/// What somebody who charges by these figures should know.
fn caveats(report: &Report, inventory: &Inventory, usage: &Usage, asked: &ChargeRequest<'_>) -> Vec<String> {
    let later = charging::joined_later(report, inventory).into_iter().map(|(plan, count)| {
        format!(
            "no flat price is owed by {} who came to {} after the month",
            pluralize(count, "tenant"),
            plan.name
        )
    });
    let gaps = asked.log.map(|log| charging::log_gaps(inventory, usage, log)).unwrap_or_default();
    let gaps = gaps.into_iter().map(|(plan, has, counted)| {
        format!(
            "the access log has {} of the {} calls with shared keys of {}: nobody is charged for the others",
            group_thousands(has),
            group_thousands(counted),
            plan.name
        )
    });
    let renewed = match asked.log {
        Some(_) => Vec::new(),
        None => charging::keys_with_missing_usage(inventory, usage),
    };
    later.chain(gaps).chain(replaced_keys_caveat(&renewed)).collect()
}

/// What is not told of those who got another API key.
fn replaced_keys_caveat(renewed: &[&TenantKey]) -> Option<String> {
    let first = renewed.first()?;
    let others = match renewed.len() - 1 {
        0 => String::new(),
        count => format!(" and {}", pluralize(count, "other")),
    };
    Some(format!(
        "key \"{}\" of {}{others} got another API key since the month began: calls with the one before are in no line, unless an \
         access log has them",
        first.name, first.tenant
    ))
}

/// Puts names in the place of ids.
fn name_plans(sentences: &mut [String], inventory: &Inventory) {
    for sentence in sentences {
        let marked = |id: &PlanId| format!("`{id}`");
        for plan in inventory.plans() {
            *sentence = sentence.replace(&marked(&plan.id), &plan.name);
        }
    }
}
