//! A frozen month: one file, replaced only by `--refreeze`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use keypool_domain::charging::{Currency, Line, Rate};
use keypool_domain::text::group_thousands;
use keypool_domain::usage::{DayRange, KeyUse, SharedUse};
use keypool_domain::{ApiKeyId, PlanId, Price, Tenant};
use serde::{Deserialize, Serialize};

use super::ChargeReport;
use crate::aws::Aws;
use crate::ops::{private_file, usage};

const FORMAT_VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenMonth {
    pub at: Timestamp,
    pub file: PathBuf,
}

/// Where the figures of a month are frozen. The file need not exist yet.
pub(super) struct MonthFile {
    path: PathBuf,
    owner: String,
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
}

/// A line of the report. Amounts are in hundredths of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FrozenLine {
    tenant: String,
    plan_id: String,
    flat: Option<i64>,
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

/// Locates the file of a month for the account of this connection, or returns why there is none. The
/// demo stores nothing and returns no reason.
pub(super) async fn locate_month_file(aws: &Aws, month: DayRange) -> Result<MonthFile, Option<String>> {
    let Some(folder) = aws.state_folder() else {
        let why = "there is no folder to store it in: set HOME or XDG_STATE_HOME";
        return Err((!aws.is_loopback()).then(|| why.to_owned()));
    };
    let owner = usage::account_label(aws).await;
    let owner = owner.ok_or_else(|| Some("STS did not return the account ID".to_owned()))?;
    let name = format!("{}.json", month.from().strftime("%Y-%m"));
    Ok(MonthFile { path: folder.join("reports").join(usage::folder_name(&owner)).join(name), owner, month })
}

impl MonthFile {
    /// Freezes the report; if the month is frozen already, uses the frozen figures and lists the
    /// differences.
    pub(super) fn freeze_or_compare(&self, charges: &mut ChargeReport, refreeze: bool, now: Timestamp) {
        let frozen = match self.read() {
            Ok(frozen) => frozen.filter(|_| !refreeze),
            Err(why) if refreeze => {
                charges.remarks.push(why);
                None
            }
            Err(why) => return charges.remarks.push(format!("{why}; --refreeze replaces it")),
        };
        let Some(frozen) = frozen else { return self.freeze(charges, now) };
        charges.frozen = Some(FrozenMonth { at: frozen.frozen_at, file: self.path.clone() });
        let before = frozen.lines.into_iter().map(thaw_line).collect::<Vec<_>>();
        charges.differences = describe_differences(&before, &charges.report.lines);
        if charges.report.currency.as_str() != frozen.currency {
            charges.differences.push(format!("the currency was {}", frozen.currency));
        }
        charges.report.lines = before;
        if let Ok(currency) = Currency::new(&frozen.currency) {
            charges.report.currency = currency;
        }
    }

    fn freeze(&self, charges: &mut ChargeReport, now: Timestamp) {
        let frozen = FrozenFile {
            version: FORMAT_VERSION,
            owner: self.owner.clone(),
            month: self.month.to_string(),
            currency: charges.report.currency.to_string(),
            frozen_at: now,
            lines: charges.report.lines.iter().map(freeze_line).collect(),
        };
        let json = serde_json::to_string_pretty(&frozen).map_err(io::Error::from);
        match json.and_then(|json| private_file::replace(&self.path, &(json + "\n"))) {
            Ok(()) => charges.frozen = Some(FrozenMonth { at: now, file: self.path.clone() }),
            Err(why) => {
                charges.remarks.push(format!("the month is not frozen: {}: {why}", self.path.display()))
            }
        }
    }

    fn read(&self) -> Result<Option<FrozenFile>, String> {
        let unusable =
            |why: String| format!("the frozen month in {} cannot be used: {why}", self.path.display());
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(unusable(why.to_string())),
        };
        let frozen: FrozenFile = serde_json::from_str(&text).map_err(|why| unusable(why.to_string()))?;
        if (frozen.version, &frozen.owner, &frozen.month)
            != (FORMAT_VERSION, &self.owner, &self.month.to_string())
        {
            return Err(unusable("it belongs to another account or month".to_owned()));
        }
        Ok(Some(frozen))
    }
}

fn freeze_line(line: &Line) -> FrozenLine {
    let share = |shared: &SharedUse| FrozenShare {
        plan_id: shared.key.plan.to_string(),
        api_key_id: shared.key.api_key.to_string(),
        calls: shared.key.used,
        tenants: shared.tenants,
    };
    FrozenLine {
        tenant: line.tenant.to_string(),
        plan_id: line.plan.to_string(),
        flat: line.flat_price.map(Price::cents),
        own: line.own_calls,
        logged: line.logged_calls,
        shared: line.shared_keys.iter().map(share).collect(),
        per_1000: line.rate.map(|rate| rate.per_1000.cents()),
        included: line.rate.map(|rate| rate.included),
    }
}

fn thaw_line(frozen: FrozenLine) -> Line {
    let share = |share: FrozenShare| SharedUse {
        key: KeyUse { plan: share.plan_id.into(), api_key: share.api_key_id.into(), used: share.calls },
        tenants: share.tenants,
    };
    let rate = frozen.per_1000.zip(frozen.included);
    Line {
        tenant: frozen.tenant.into(),
        plan: frozen.plan_id.into(),
        flat_price: frozen.flat.map(Price::from_cents),
        own_calls: frozen.own,
        logged_calls: frozen.logged,
        shared_keys: frozen.shared.into_iter().map(share).collect(),
        rate: rate.map(|(cents, included)| Rate { per_1000: Price::from_cents(cents), included }),
    }
}

/// Describes the differences in sentences that name plans by their ids in backticks.
fn describe_differences(before: &[Line], now: &[Line]) -> Vec<String> {
    let mut differences = tenant_differences(before, now);
    differences.extend(shared_key_differences(before, now));
    differences
}

/// Compares the numbers of calls with shared API keys, regardless of how many tenants share them now.
fn shared_key_differences(before: &[Line], now: &[Line]) -> Vec<String> {
    let calls = |lines: &[Line]| -> BTreeMap<_, u64> {
        let keys = lines.iter().flat_map(|line| &line.shared_keys).map(|shared| &shared.key);
        keys.map(|key| ((key.plan.clone(), key.api_key.clone()), key.used)).collect()
    };
    let calls_now = calls(now);
    let difference = |((plan, key), before): ((PlanId, ApiKeyId), u64)| {
        let now = *calls_now.get(&(plan.clone(), key.clone())).filter(|now| **now != before)?;
        let [before, now] = [before, now].map(group_thousands);
        Some(format!("shared API key {key} in `{plan}`: frozen with {before} calls; now it would be {now}"))
    };
    calls(before).into_iter().filter_map(difference).collect()
}

fn tenant_differences(before: &[Line], now: &[Line]) -> Vec<String> {
    let (before, now) = (totals_by_tenant(before), totals_by_tenant(now));
    let names: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let difference = |name: &(&Tenant, &PlanId)| {
        let [before, now] = [&before, &now].map(|lines| lines.get(name).map_or("nothing", String::as_str));
        (before != now)
            .then(|| format!("{} in `{}`: frozen as {before}; now it would be {now}", name.0, name.1))
    };
    names.into_iter().filter_map(difference).collect()
}

fn totals_by_tenant(lines: &[Line]) -> BTreeMap<(&Tenant, &PlanId), String> {
    lines.iter().map(|line| ((&line.tenant, &line.plan), describe_total(line))).collect()
}

/// Formats the amount and the calls of a line, for example `49 (7 calls)`.
fn describe_total(line: &Line) -> String {
    format!("{} ({} calls)", line.total(), group_thousands(line.exact_calls()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_number_of_sharing_tenants_is_not_reported_as_a_difference() {
        let shared_by = |tenants| {
            let key = KeyUse { plan: "p".into(), api_key: "k".into(), used: 900 };
            vec![Line {
                tenant: "acme".into(),
                plan: "p".into(),
                flat_price: Some(Price::from_cents(4_900)),
                own_calls: 7,
                logged_calls: None,
                shared_keys: vec![SharedUse { key, tenants }],
                rate: None,
            }]
        };
        assert_eq!(describe_differences(&shared_by(3), &shared_by(2)), Vec::<String>::new());
        let mut dearer = shared_by(3);
        dearer[0].flat_price = Some(Price::from_cents(5_900));
        let expected = "acme in `p`: frozen as 49 (7 calls); now it would be 59 (7 calls)";
        assert_eq!(describe_differences(&shared_by(3), &dearer), [expected]);
        let mut busier = shared_by(2);
        busier[0].shared_keys[0].key.used = 1_000;
        let expected = "shared API key k in `p`: frozen with 900 calls; now it would be 1,000";
        assert_eq!(describe_differences(&shared_by(3), &busier), [expected]);
    }
}
