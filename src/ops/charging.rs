//! What tenants owe for a month. Reads usage, counts the calls in an access log if given, and freezes
//! months that are over.
//!
//! A frozen month keeps the figures of its first report. Later figures are reported as differences.

mod caveats;
mod frozen_month;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use keypool_domain::charging::{self, LoggedCalls, Report, Tariff};
use keypool_domain::text::pluralize;
use keypool_domain::usage::{DayRange, Usage};
use keypool_domain::{FormerKey, Inventory, InventorySource, PlanId, Refusal};

use super::access_log::{AccessLogCalls, AccessLogFile};
use super::audit::former_keys_in_trail;
use super::usage::{AvailableUsage, is_month_final, read_available_usage};
use super::{Run, UsageCache};
use crate::aws::{Aws, Failure};
pub use frozen_month::FrozenMonth;

#[derive(Debug)]
pub struct ChargeRequest<'a> {
    pub month: DayRange,
    pub tariff: &'a Tariff,
    pub log: Option<&'a LoggedCalls>,
    /// Whether to replace a frozen month with the current figures.
    pub refreeze: bool,
}

/// A [`ChargeRequest`] with owned values and the log as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRequest {
    pub month: DayRange,
    pub tariff: Tariff,
    pub log: Option<AccessLogFile>,
    /// Whether to replace a frozen month with the current figures.
    pub refreeze: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ChargeReport {
    pub report: Report,
    /// `None` if the figures are not frozen.
    pub frozen: Option<FrozenMonth>,
    /// How the current figures differ from the frozen ones, in sentences.
    pub differences: Vec<String>,
    /// What could not be read or stored, in sentences.
    pub remarks: Vec<String>,
}

/// Reads the access log, if any, and calculates what each tenant owes.
pub async fn run_report_request(
    aws: &Aws,
    inventory: &Inventory,
    request: ReportRequest,
    run: &Run,
) -> Result<ChargeReport, Failure> {
    let ReportRequest { month, tariff, log, refreeze } = request;
    let log = match log {
        Some(file) => Some(file.read(month.into(), run).await?),
        None => None,
    };
    let request =
        ChargeRequest { month, tariff: &tariff, log: log.as_ref().map(|log| &log.logged), refreeze };
    let mut result = calculate_charges(aws, inventory, &request, run).await?;
    result.remarks.extend(log.iter().flat_map(AccessLogCalls::remarks));
    Ok(result)
}

/// Reads the usage of a month and calculates what each tenant owes.
pub async fn calculate_charges(
    aws: &Aws,
    inventory: &Inventory,
    request: &ChargeRequest<'_>,
    run: &Run,
) -> Result<ChargeReport, Failure> {
    let inventory = inventory.require_current().map_err(Refusal::NotReadYet)?;
    let today = aws.now().to_zoned(TimeZone::UTC).date();
    if today < request.month.from() {
        let month = request.month.from().strftime("%Y-%m");
        return Err(Failure::Setting(format!(
            "the month {month} has not started: nothing is owed for it yet"
        )));
    }
    let mut remarks = Vec::new();
    let with_notes = with_former_keys(aws, inventory, run, &mut remarks).await;
    let inventory = with_notes.as_ref().unwrap_or(inventory);
    let log = request.log.map(|log| log.with_sole_tenants(inventory));
    let request = &ChargeRequest { log: log.as_deref(), ..*request };
    let cache = UsageCache::for_account(aws).await;
    let AvailableUsage { usage, failure } =
        read_available_usage(aws, inventory.plans(), request.month, cache.as_ref(), run).await?;
    let report = charging::report(inventory, &usage, request.tariff, request.log);
    remarks.splice(..0, usage.remarks.clone());
    remarks.extend(caveats::describe_gaps(&report, inventory, &usage, request));
    let mut result = ChargeReport { report, frozen: None, differences: Vec::new(), remarks };
    if !is_month_final(request.month, today) {
        return failure.map_or(Ok(result), Err);
    }
    let gaps = freezing_gaps(&result.report, inventory, &usage);
    match frozen_month::locate_month_file(aws, request.month).await {
        Err(why) => {
            result.remarks.extend(why.or(gaps).map(|why| format!("the month is not frozen: {why}")));
        }
        Ok(file) => match gaps {
            Some(why) => file.show_frozen(&mut result, inventory, request.refreeze, &why),
            None => file.freeze_or_compare(&mut result, inventory, request.refreeze, aws.now()),
        },
    }
    match failure {
        // The current figures have no calls at all.
        Some(failure) if result.frozen.is_none() => Err(failure),
        _ => Ok(result),
    }
}

/// Why the current figures are not those of the whole month, and so neither frozen nor compared.
fn freezing_gaps(report: &Report, inventory: &Inventory, usage: &Usage) -> Option<String> {
    let unpriced: BTreeSet<_> = report
        .unpriced
        .iter()
        .map(|unpriced| format!("the price of {} cannot be read: {}", unpriced.plan_name, unpriced.reason))
        .collect();
    let unread = inventory.plans().iter().filter(|plan| !usage.plans.contains_key(&plan.id));
    let unread: Vec<_> = unread.map(|plan| inventory.plan_name(&plan.id)).collect();
    let unread =
        (!unread.is_empty()).then(|| format!("the usage of {} could not be read", unread.join(", ")));
    let is_read = |plan: &PlanId| inventory.plan(plan).is_none() || usage.plan(plan).is_some();
    let unknown = report.lines.iter().filter(|line| line.own_calls.is_none() && is_read(&line.plan)).count();
    let unknown =
        (unknown > 0).then(|| format!("calls with ended keys are unknown in {}", pluralize(unknown, "line")));
    let no_price = report.lines.iter().filter(|line| line.price_gap.is_some()).count();
    let no_price = (no_price > 0).then(|| format!("a price is unknown in {}", pluralize(no_price, "line")));
    let gaps: Vec<_> = unpriced.into_iter().chain(unread).chain(unknown).chain(no_price).collect();
    (!gaps.is_empty()).then(|| gaps.join("; "))
}

/// Adds the notes about ended keys that only the audit trail has, and says what cannot be known. `None` if the
/// inventory has them all.
async fn with_former_keys(
    aws: &Aws,
    inventory: &Inventory,
    run: &Run,
    remarks: &mut Vec<String>,
) -> Option<Inventory> {
    let with_notes = with_notes_in_trail(aws, inventory, run, remarks).await;
    let missing = match inventory.source() {
        InventorySource::ApiGateway { .. } | InventorySource::Usage => Some("there are no tables"),
        // What was read of the tables shows in the inventory; only their names are asked for here.
        InventorySource::Tables { .. } if aws.tables().await.is_ok_and(|tables| tables.pools.is_some()) => {
            None
        }
        InventorySource::Tables { .. } => Some("there is no Pools table"),
    };
    remarks.extend(missing.map(|missing| {
        format!(
            "{missing}: former keys that were deleted, rotated or moved on another machine, and their calls, are missing here"
        )
    }));
    with_notes
}

/// Adds the notes about ended keys that only the audit trail has. `None` if the inventory has them all.
pub async fn with_notes_in_trail(
    aws: &Aws,
    inventory: &Inventory,
    run: &Run,
    remarks: &mut Vec<String>,
) -> Option<Inventory> {
    let notes = match &run.trail {
        Some(trail) => former_keys_in_trail(trail, aws).await,
        None => Ok(Vec::new()),
    };
    let notes = notes.unwrap_or_else(|why| {
        remarks.push(why);
        Vec::new()
    });
    let in_table = inventory.former_keys();
    let is_in_table = |note: &FormerKey| in_table.iter().any(|known| is_same_note(known, note));
    let mut all: Vec<_> = notes.into_iter().filter(|note| !is_in_table(note)).collect();
    if all.is_empty() {
        return None;
    }
    all.extend_from_slice(in_table);
    Some(inventory.clone().with_former_keys(all))
}

/// Notes of earlier versions have their times in whole seconds in the table.
fn is_same_note(in_table: &FormerKey, in_trail: &FormerKey) -> bool {
    let [one, other] = [in_table, in_trail].map(|note| (&note.tenant_key, &note.api_key, &note.plan));
    let is_same_time = in_table.until == in_trail.until
        || (in_table.until.subsec_nanosecond() == 0
            && in_table.until.as_second() == in_trail.until.as_second());
    one == other && is_same_time
}
