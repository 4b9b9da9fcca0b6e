//! Usage as it is written for scripts: by API key, and by plan, tenant and day.

mod others;

use jiff::Timestamp;
use keypool_domain::usage::{Standing, Usage};
use keypool_domain::{ApiKeyId, Inventory, Mode, PlanId};
use serde::Serialize;

use super::Record;
pub(crate) use others::{days, plans, tenants};

/// An API key in a plan: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyRecord {
    plan_id: String,
    plan: String,
    api_key_id: String,
    tenants: Vec<String>,
    /// How many tenants share it; null where it is one tenant's own.
    shared_by: Option<usize>,
    /// Calls in the days that were asked for.
    calls: u64,
    #[serde(flatten)]
    standing: StandingRecord,
}

/// Where a key or a plan stands in the present period of its quota; null where that is not known.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StandingRecord {
    used: Option<u64>,
    limit: Option<u64>,
    left: Option<u64>,
    percent: Option<u8>,
    resets_at: Option<String>,
    calls_per_day: Option<u64>,
    runs_out: Option<String>,
    days_at_limit: Option<u32>,
    settling: bool,
}

impl Record for KeyRecord {
    const FIELDS: &'static [&'static str] = &[
        "planId",
        "plan",
        "apiKeyId",
        "tenants",
        "sharedBy",
        "calls",
        "used",
        "limit",
        "left",
        "percent",
        "resetsAt",
        "callsPerDay",
        "runsOut",
        "daysAtLimit",
        "settling",
    ];
    const TABLE: &'static [(&'static str, &'static str)] = &[
        ("plan", "plan"),
        ("api key", "apiKeyId"),
        ("shared by", "sharedBy"),
        ("calls", "calls"),
        ("used", "used"),
        ("left", "left"),
        ("limit", "limit"),
        ("%", "percent"),
        ("a day", "callsPerDay"),
        ("runs out", "runsOut"),
        ("resets (expected)", "resetsAt"),
    ];
}

impl StandingRecord {
    /// In numbers that people and scripts read: times without fractions, calls a day without a point.
    pub(crate) fn of(standing: Option<Standing>) -> Self {
        let Some(standing) = standing else { return Self::default() };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate of calls, rounded"
        )]
        let calls_per_day = standing.burn.round() as u64;
        Self {
            used: Some(standing.used),
            limit: standing.limit,
            left: standing.left,
            percent: standing.whole_percent(),
            resets_at: standing.resets_at.map(in_seconds),
            calls_per_day: Some(calls_per_day),
            runs_out: standing.runs_out.map(in_seconds),
            days_at_limit: standing.resets_at.map(|_| standing.days_at_limit),
            settling: standing.settling,
        }
    }

    /// So many of so many things of the account.
    pub(crate) fn counted(count: usize, most: usize, percent: f64) -> Self {
        let number = |count: usize| u64::try_from(count).ok();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage, floored")]
        let percent = Some(percent.clamp(0.0, 255.0).floor() as u8);
        let left = number(most.saturating_sub(count));
        Self { used: number(count), limit: number(most), left, percent, ..Self::default() }
    }
}

pub(crate) fn in_seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// How many tenants share an API key; `None` where it is one tenant's own, or nobody's.
pub(crate) fn shared_by(inventory: &Inventory, api_key: &ApiKeyId) -> Option<usize> {
    let is_pooled = inventory.rows_behind(api_key).any(|row| row.mode() == Mode::Pooled);
    is_pooled.then(|| inventory.tenants_behind(api_key).len())
}

pub(crate) fn names_behind(inventory: &Inventory, api_key: &ApiKeyId) -> Vec<String> {
    inventory.tenants_behind(api_key).iter().map(ToString::to_string).collect()
}

/// The standing of a key in a plan.
fn standing(
    usage: &Usage,
    inventory: &Inventory,
    plan: &PlanId,
    api_key: &ApiKeyId,
    now: Timestamp,
) -> Option<Standing> {
    let quota = inventory.plan(plan).and_then(|plan| plan.quota);
    usage.plan(plan)?.standing(api_key, quota.as_ref(), now)
}

/// The keys by calls, most first.
pub(crate) fn keys(usage: &Usage, inventory: &Inventory, now: Timestamp) -> Vec<KeyRecord> {
    let record = |key: keypool_domain::usage::KeyUse| KeyRecord {
        plan: inventory.plan_name(&key.plan).to_owned(),
        tenants: names_behind(inventory, &key.api_key),
        shared_by: shared_by(inventory, &key.api_key),
        calls: key.used,
        standing: StandingRecord::of(standing(usage, inventory, &key.plan, &key.api_key, now)),
        plan_id: key.plan.to_string(),
        api_key_id: key.api_key.to_string(),
    };
    usage.top_keys().into_iter().map(record).collect()
}
