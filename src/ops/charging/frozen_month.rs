//! A frozen month: one file for each endpoint, account and region, replaced only by `--refreeze`.
//!
//! It names tenants, plans and keys, so later renames and deletions leave it readable.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use keypool_domain::charging::{Currency, Line, Rate};
use keypool_domain::text::group_thousands;
use keypool_domain::usage::{DayRange, KeyUse, SharedUse};
use keypool_domain::{ApiKeyId, Inventory, PlanId, Price, Tenant};
use serde::{Deserialize, Serialize};

use super::ChargeReport;
use crate::aws::Aws;
use crate::ops::{private_file, usage};

const FORMAT_VERSION: u32 = 3;
/// Without a checksum; the first also without the names of plans and keys.
const FORMATS_WITHOUT_CHECKSUM: [u32; 2] = [1, 2];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenMonth {
    pub at: Timestamp,
    pub file: PathBuf,
}

/// Where the figures of a month are frozen. The file need not exist yet.
pub(super) struct MonthFile {
    path: PathBuf,
    owner: String,
    /// The file of earlier versions, which treated AWS's endpoint, when set explicitly, as different from the
    /// default.
    former: Option<(PathBuf, String)>,
    month: DayRange,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FrozenFile {
    version: u32,
    owner: String,
    month: String,
    currency: String,
    frozen_at: Timestamp,
    lines: Vec<FrozenLine>,
    /// CRC-32 of the file as compact JSON without this field, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
}

impl FrozenFile {
    fn calculate_checksum(&self) -> serde_json::Result<String> {
        let json = serde_json::to_vec(&Self { checksum: None, ..self.clone() })?;
        Ok(format!("{:08x}", crc32fast::hash(&json)))
    }

    /// Returns why the file is not as it was written.
    fn find_damage(&self) -> Option<String> {
        if FORMATS_WITHOUT_CHECKSUM.contains(&self.version) {
            return None;
        }
        if self.version != FORMAT_VERSION {
            return Some(format!("its version is {}", self.version));
        }
        let is_intact = self.checksum.is_some() && self.checksum == self.calculate_checksum().ok();
        (!is_intact).then(|| {
            "its checksum is wrong: a line or another part was changed or removed after it was written; restore it \
             from a copy"
                .to_owned()
        })
    }
}

/// A line of the report. Amounts are in hundredths of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FrozenLine {
    tenant: String,
    plan_id: String,
    #[serde(default)]
    plan: Option<String>,
    #[serde(default)]
    keys: Vec<String>,
    flat: Option<i64>,
    #[serde(default)]
    days: Option<u8>,
    own: u64,
    logged: Option<u64>,
    shared: Vec<FrozenShare>,
    per_1000: Option<i64>,
    included: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FrozenShare {
    plan_id: String,
    api_key_id: String,
    calls: u64,
    tenants: usize,
}

/// Locates the file of a month for the account of this connection, or returns why there is none. Nothing is kept
/// for loopback endpoints, for no reason to mention: a restarted local server may simulate another account.
pub(super) async fn locate_month_file(aws: &Aws, month: DayRange) -> Result<MonthFile, Option<String>> {
    if aws.is_loopback() {
        return Err(None);
    }
    let folder = aws
        .state_folder()
        .ok_or_else(|| Some("there is no folder to store it in: set HOME or XDG_STATE_HOME".to_owned()))?;
    let owner = usage::account_label(aws).await;
    let owner = owner.ok_or_else(|| Some("STS did not return the account ID".to_owned()))?;
    let former = usage::former_account_label(aws).await;
    Ok(MonthFile::new(&folder.join("reports"), owner, former, month))
}

impl MonthFile {
    fn new(folder: &Path, owner: String, former_owner: Option<String>, month: DayRange) -> Self {
        let name = format!("{}.json", month.from().strftime("%Y-%m"));
        let path = |owner: &str| folder.join(usage::folder_name(owner)).join(&name);
        let former = former_owner.map(|owner| (path(&owner), owner));
        Self { path: path(&owner), owner, former, month }
    }

    /// Freezes the report; if the month is frozen already, uses the frozen figures and lists the
    /// differences.
    pub(super) fn freeze_or_compare(
        &self,
        charges: &mut ChargeReport,
        inventory: &Inventory,
        refreeze: bool,
        now: Timestamp,
    ) {
        let frozen = match self.read() {
            Ok(frozen) => frozen.filter(|_| !refreeze),
            Err(why) if refreeze => {
                charges.remarks.push(why);
                None
            }
            Err(why) => {
                return charges
                    .remarks
                    .push(format!("{why}; --refreeze replaces it with the current figures"));
            }
        };
        let Some((frozen, path)) = frozen else { return self.freeze(charges, now) };
        let differs_in_currency = charges.report.currency.as_str() != frozen.currency;
        let currency_difference =
            differs_in_currency.then(|| format!("the currency was {}", frozen.currency));
        let current = thaw(charges, frozen, path, inventory);
        charges.differences = describe_differences(&charges.report.lines, &current);
        charges.differences.extend(currency_difference);
    }

    /// Shows the frozen figures, if there are any, when the current ones have gaps. These are neither frozen
    /// nor compared.
    pub(super) fn show_frozen(
        &self,
        charges: &mut ChargeReport,
        inventory: &Inventory,
        refreeze: bool,
        gaps: &str,
    ) {
        match self.read() {
            Ok(Some((frozen, path))) => {
                thaw(charges, frozen, path, inventory);
                // The frozen figures have these tenants.
                charges.report.unpriced.clear();
                charges.remarks.push(match refreeze {
                    true => format!("the month is not frozen again: {gaps}; these are the frozen figures"),
                    false => {
                        format!("the frozen figures could not be compared with the current ones: {gaps}")
                    }
                });
            }
            Ok(None) => charges.remarks.push(format!("the month is not frozen: {gaps}")),
            Err(why) => charges.remarks.extend([why, format!("the month is not frozen again: {gaps}")]),
        }
    }

    fn freeze(&self, charges: &mut ChargeReport, now: Timestamp) {
        let lines: Option<Vec<_>> = charges.report.lines.iter().map(freeze_line).collect();
        let Some(lines) = lines else {
            return charges.remarks.push("the month is not frozen: calls are unknown".to_owned());
        };
        let mut frozen = FrozenFile {
            checksum: None,
            version: FORMAT_VERSION,
            owner: self.owner.clone(),
            month: self.month.to_string(),
            currency: charges.report.currency.to_string(),
            frozen_at: now,
            lines,
        };
        let json = frozen.calculate_checksum().and_then(|checksum| {
            frozen.checksum = Some(checksum);
            serde_json::to_string_pretty(&frozen)
        });
        match json.map_err(io::Error::from).and_then(|json| private_file::replace(&self.path, &(json + "\n")))
        {
            Ok(()) => charges.frozen = Some(FrozenMonth { at: now, file: self.path.clone() }),
            Err(why) => {
                charges.remarks.push(format!("the month is not frozen: {}: {why}", self.path.display()))
            }
        }
    }

    /// Returns the frozen month and the file that has it.
    fn read(&self) -> Result<Option<(FrozenFile, &Path)>, String> {
        if let Some(frozen) = self.read_file(&self.path, &self.owner)? {
            return Ok(Some((frozen, &self.path)));
        }
        let Some((path, owner)) = &self.former else { return Ok(None) };
        Ok(self.read_file(path, owner)?.map(|frozen| (frozen, path.as_path())))
    }

    fn read_file(&self, path: &Path, owner: &str) -> Result<Option<FrozenFile>, String> {
        let unusable = |why: String| format!("the frozen month in {} cannot be used: {why}", path.display());
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(unusable(why.to_string())),
        };
        let frozen: FrozenFile = serde_json::from_str(&text).map_err(|why| unusable(why.to_string()))?;
        if let Some(damage) = frozen.find_damage() {
            return Err(unusable(damage));
        }
        if (&*frozen.owner, &frozen.month) != (owner, &self.month.to_string()) {
            return Err(unusable("it belongs to another account or month".to_owned()));
        }
        let mut subjects = BTreeSet::new();
        match frozen.lines.iter().find(|line| !subjects.insert((&line.tenant, &line.plan_id))) {
            Some(twice) => Err(unusable(format!(
                "it has two lines of {} in plan {}",
                twice.tenant,
                twice.plan.as_ref().unwrap_or(&twice.plan_id)
            ))),
            None => Ok(Some(frozen)),
        }
    }
}

/// Puts the frozen figures into the report, and returns the lines that were there.
fn thaw(charges: &mut ChargeReport, frozen: FrozenFile, path: &Path, inventory: &Inventory) -> Vec<Line> {
    charges.frozen = Some(FrozenMonth { at: frozen.frozen_at, file: path.to_owned() });
    if let Ok(currency) = Currency::new(&frozen.currency) {
        charges.report.currency = currency;
    }
    let before = frozen.lines.into_iter().map(|line| thaw_line(line, inventory)).collect();
    std::mem::replace(&mut charges.report.lines, before)
}

/// `None` if some calls are unknown.
fn freeze_line(line: &Line) -> Option<FrozenLine> {
    let share = |shared: &SharedUse| FrozenShare {
        plan_id: shared.key.plan.to_string(),
        api_key_id: shared.key.api_key.to_string(),
        calls: shared.key.used,
        tenants: shared.tenants,
    };
    Some(FrozenLine {
        tenant: line.tenant.to_string(),
        plan_id: line.plan.to_string(),
        plan: Some(line.plan_name.clone()),
        keys: line.key_names.clone(),
        days: line.days,
        flat: line.flat_price.map(Price::cents),
        own: line.own_calls?,
        logged: line.logged_calls,
        shared: line.shared_keys.iter().map(share).collect(),
        per_1000: line.rate.map(|rate| rate.per_1000.cents()),
        included: line.rate.map(|rate| rate.included),
    })
}

fn thaw_line(frozen: FrozenLine, inventory: &Inventory) -> Line {
    let share = |share: FrozenShare| SharedUse {
        key: KeyUse { plan: share.plan_id.into(), api_key: share.api_key_id.into(), used: share.calls },
        tenants: share.tenants,
    };
    let rate = frozen.per_1000.zip(frozen.included);
    let plan = PlanId::new(frozen.plan_id);
    Line {
        tenant: frozen.tenant.into(),
        plan_name: frozen.plan.unwrap_or_else(|| inventory.plan_name(&plan).to_owned()),
        key_names: frozen.keys,
        plan,
        days: frozen.days,
        flat_price: frozen.flat.map(Price::from_cents),
        own_calls: Some(frozen.own),
        logged_calls: frozen.logged,
        shared_keys: frozen.shared.into_iter().map(share).collect(),
        rate: rate.map(|(cents, included)| Rate { per_1000: Price::from_cents(cents), included }),
        price_gap: None,
    }
}

fn describe_differences(before: &[Line], now: &[Line]) -> Vec<String> {
    let mut differences = tenant_differences(before, now);
    differences.extend(shared_key_differences(before, now));
    differences
}

/// Compares the numbers of calls with shared API keys, regardless of how many tenants share them now.
fn shared_key_differences(before: &[Line], now: &[Line]) -> Vec<String> {
    let plan_names: BTreeMap<_, _> =
        now.iter().chain(before).map(|line| (&line.plan, line.plan_name.as_str())).collect();
    let calls = |lines: &[Line]| -> BTreeMap<_, u64> {
        let keys = lines.iter().flat_map(|line| &line.shared_keys).map(|shared| &shared.key);
        keys.map(|key| ((key.plan.clone(), key.api_key.clone()), key.used)).collect()
    };
    let calls_now = calls(now);
    let difference = |((plan, key), before): ((PlanId, ApiKeyId), u64)| {
        let now = *calls_now.get(&(plan.clone(), key.clone())).filter(|now| **now != before)?;
        let [before, now] = [before, now].map(group_thousands);
        let plan = plan_names.get(&plan).copied().unwrap_or(plan.as_str());
        Some(format!("shared API key {key} in {plan}: frozen with {before} calls; now it would be {now}"))
    };
    calls(before).into_iter().filter_map(difference).collect()
}

fn tenant_differences(before: &[Line], now: &[Line]) -> Vec<String> {
    let by_subject = |lines| -> BTreeMap<(&Tenant, &PlanId), &Line> {
        let lines: &[Line] = lines;
        lines.iter().map(|line| ((&line.tenant, &line.plan), line)).collect()
    };
    let (before, now) = (by_subject(before), by_subject(now));
    let subjects: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let difference = |subject: &(&Tenant, &PlanId)| {
        let lines = [before.get(subject), now.get(subject)];
        let [was, is] = lines.map(|line| line.map_or("nothing".to_owned(), |line| describe_total(line)));
        let plan = lines.into_iter().flatten().next().map_or("", |line| &line.plan_name);
        (was != is).then(|| format!("{} in {plan}: frozen as {was}; now it would be {is}", subject.0))
    };
    subjects.into_iter().filter_map(difference).collect()
}

/// Formats the amount and the calls of a line, for example `49 (7 calls)`.
fn describe_total(line: &Line) -> String {
    let calls = line.exact_calls().map_or_else(|| "unknown".to_owned(), group_thousands);
    format!("{} ({calls} calls)", line.total())
}

#[cfg(test)]
mod tests;
