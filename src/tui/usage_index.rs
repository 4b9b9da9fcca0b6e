//! Usage, made ready to be shown by the task that reads it: standings, rankings, the order of the rows, warnings.
//!
//! Figures belong to API keys. Whoever shares one has the key's figure, never a part of it.

mod ranks;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::usage::{DayRange, QuotaStatus, QuotaWarningKind, Usage, UsageWarnings, find_warnings};
use keypool_domain::{ApiKeyId, Inventory, PlanId, Presence};

pub(crate) use ranks::{Ranks, usage_of_plan};

/// Days that reach back to the beginning of every period.
const USAGE_DAYS: u32 = 31;
/// From this percentage of a quota or a limit on somebody should know.
pub(crate) const WARN_PERCENT: u8 = 80;
/// The place of a row whose key nothing is known of.
const NO_STATUS: u32 = u32::MAX;

/// The days that tell of every present period.
pub(crate) fn current_range(now: Timestamp) -> DayRange {
    DayRange::last_days(USAGE_DAYS, now.to_zoned(TimeZone::UTC).date())
}

/// What was told of usage, with its indexes for one inventory; it never changes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UsageIndex {
    pub(crate) usage: Arc<Usage>,
    inventory: Arc<Inventory>,
    statuses: Vec<QuotaStatus>,
    by_key: HashMap<PlanId, HashMap<ApiKeyId, u32>>,
    by_plan: HashMap<PlanId, QuotaStatus>,
    /// The place of the standing of each row's key.
    by_tenant_key: Vec<u32>,
    keys_by_usage: Arc<Vec<u32>>,
    pub(crate) warnings: UsageWarnings,
    worst_warning: HashMap<PlanId, QuotaWarningKind>,
    pub(crate) account_ranks: Ranks,
    ranks: HashMap<PlanId, Ranks>,
}

impl UsageIndex {
    /// Indexes what was told; rows that are equal stay as they stand in `order`.
    pub(crate) fn new(usage: Arc<Usage>, inventory: &Arc<Inventory>, order: &[u32], now: Timestamp) -> Self {
        let (standings, places) = standings(&usage, inventory, now);
        let place = |plan: &PlanId, key: &ApiKeyId| places.get(plan)?.get(key).copied();
        let of_row = |row: &keypool_domain::TenantKey| {
            row.api_key().value_to_show().and_then(|id| place(&row.plan, id)).unwrap_or(NO_STATUS)
        };
        let rows: Vec<u32> = inventory.tenant_keys().iter().map(of_row).collect();
        let used =
            |row: u32| rows.get(row as usize).and_then(|at| standings.get(*at as usize)).map(|s| s.used);
        let mut by_used = order.to_vec();
        by_used.sort_by_key(|&row| std::cmp::Reverse(used(row)));
        let mut tonight = find_warnings(inventory, &usage, now, WARN_PERCENT);
        // What is told of a key that is gone needs nobody any more.
        tonight.quotas.retain(|warning| inventory.api_key(&warning.api_key) != Presence::Missing);
        let mut worst = HashMap::new();
        for warning in &tonight.quotas {
            // The most urgent comes first.
            worst.entry(warning.plan.clone()).or_insert(warning.kind);
        }
        let plans = inventory.plans().iter().filter_map(|plan| {
            Some((plan.id.clone(), usage.plan(&plan.id)?.total_quota_status(plan.quota.as_ref(), now)?))
        });
        Self {
            by_plan: plans.collect(),
            keys_by_usage: Arc::new(by_used),
            worst_warning: worst,
            warnings: tonight,
            account_ranks: Ranks::for_account(&usage, inventory),
            ranks: Ranks::for_plans(&usage, inventory, now),
            statuses: standings,
            by_key: places,
            by_tenant_key: rows,
            inventory: Arc::clone(inventory),
            usage,
        }
    }

    /// Where an API key stands in a plan.
    pub(crate) fn key_status(&self, plan: &PlanId, api_key: &ApiKeyId) -> Option<&QuotaStatus> {
        self.statuses.get(*self.by_key.get(plan)?.get(api_key)? as usize)
    }

    /// Where the keys of a plan stand together.
    pub(crate) fn plan_status(&self, plan: &PlanId) -> Option<&QuotaStatus> {
        self.by_plan.get(plan)
    }

    /// The most urgent that is wrong with a key of this plan.
    pub(crate) fn worst_warning(&self, plan: &PlanId) -> Option<QuotaWarningKind> {
        self.worst_warning.get(plan).copied()
    }

    /// Where the key of a row stands, by the row's place in the inventory that this was made for.
    pub(crate) fn tenant_key_status(&self, at: u32) -> Option<&QuotaStatus> {
        self.statuses.get(*self.by_tenant_key.get(at as usize)? as usize)
    }

    /// The rows of this inventory, the most used first.
    pub(crate) fn keys_by_usage(&self, inventory: &Arc<Inventory>) -> Option<Arc<Vec<u32>>> {
        Arc::ptr_eq(&self.inventory, inventory).then(|| Arc::clone(&self.keys_by_usage))
    }

    /// Calls a day of all plans together.
    pub(crate) fn calls_per_day(&self) -> f64 {
        self.by_plan.values().map(|standing| standing.burn_rate).sum()
    }

    /// What stands out in a plan.
    pub(crate) fn ranks(&self, plan: &PlanId) -> Option<&Ranks> {
        self.ranks.get(plan)
    }
}

type KeyStatusIndexes = HashMap<PlanId, HashMap<ApiKeyId, u32>>;

fn standings(usage: &Usage, inventory: &Inventory, now: Timestamp) -> (Vec<QuotaStatus>, KeyStatusIndexes) {
    let mut standings = Vec::new();
    let mut places = KeyStatusIndexes::new();
    for told in usage.plans.values() {
        let quota = inventory.plan(&told.plan).and_then(|plan| plan.quota.as_ref());
        let mut of_plan = HashMap::with_capacity(told.keys.len());
        for api_key in told.keys.keys() {
            if let Some(standing) = told.quota_status(api_key, quota, now) {
                of_plan.insert(api_key.clone(), u32::try_from(standings.len()).unwrap_or(NO_STATUS));
                standings.push(standing);
            }
        }
        places.insert(told.plan.clone(), of_plan);
    }
    (standings, places)
}
