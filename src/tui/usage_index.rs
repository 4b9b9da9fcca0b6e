//! Usage, made ready to be shown by the task that reads it: standings, rankings, the order of the rows, warnings.
//!
//! Figures belong to API keys. Whoever shares one has the key's figure, never a part of it.

mod ranks;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::usage::{DayRange, Standing, Tonight, Usage, Why, tonight};
use keypool_domain::{ApiKeyId, Inventory, PlanId, Presence};

pub(crate) use ranks::{Ranks, of_plan};

/// Days that reach back to the beginning of every period.
const DAYS: u32 = 31;
/// From this percentage of a quota or a limit on somebody should know.
pub(crate) const WARN_PERCENT: u8 = 80;
/// The place of a row whose key nothing is known of.
const NOTHING: u32 = u32::MAX;

/// The days that tell of every present period.
pub(crate) fn present(now: Timestamp) -> DayRange {
    DayRange::last(DAYS, now.to_zoned(TimeZone::UTC).date())
}

/// What was told of usage, with its indexes for one inventory; it never changes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UsageIndex {
    pub(crate) usage: Arc<Usage>,
    inventory: Arc<Inventory>,
    standings: Vec<Standing>,
    places: HashMap<PlanId, HashMap<ApiKeyId, u32>>,
    plans: HashMap<PlanId, Standing>,
    /// The place of the standing of each row's key.
    rows: Vec<u32>,
    by_used: Arc<Vec<u32>>,
    pub(crate) tonight: Tonight,
    worst: HashMap<PlanId, Why>,
    pub(crate) whole: Ranks,
    ranks: HashMap<PlanId, Ranks>,
}

impl UsageIndex {
    /// Indexes what was told; rows that are equal stay as they stand in `order`.
    pub(crate) fn new(usage: Arc<Usage>, inventory: &Arc<Inventory>, order: &[u32], now: Timestamp) -> Self {
        let (standings, places) = standings(&usage, inventory, now);
        let place = |plan: &PlanId, key: &ApiKeyId| places.get(plan)?.get(key).copied();
        let of_row = |row: &keypool_domain::TenantKey| {
            row.api_key().value_to_show().and_then(|id| place(&row.plan, id)).unwrap_or(NOTHING)
        };
        let rows: Vec<u32> = inventory.rows().iter().map(of_row).collect();
        let used =
            |row: u32| rows.get(row as usize).and_then(|at| standings.get(*at as usize)).map(|s| s.used);
        let mut by_used = order.to_vec();
        by_used.sort_by_key(|&row| std::cmp::Reverse(used(row)));
        let mut tonight = tonight(inventory, &usage, now, WARN_PERCENT);
        // What is told of a key that is gone needs nobody any more.
        tonight.quotas.retain(|warning| inventory.api_key(&warning.api_key) != Presence::Missing);
        let mut worst = HashMap::new();
        for warning in &tonight.quotas {
            // The most urgent comes first.
            worst.entry(warning.plan.clone()).or_insert(warning.why);
        }
        let plans = inventory.plans().iter().filter_map(|plan| {
            Some((plan.id.clone(), usage.plan(&plan.id)?.overall(plan.quota.as_ref(), now)?))
        });
        Self {
            plans: plans.collect(),
            by_used: Arc::new(by_used),
            worst,
            tonight,
            whole: Ranks::whole(&usage, inventory),
            ranks: Ranks::of_plans(&usage, inventory, now),
            standings,
            places,
            rows,
            inventory: Arc::clone(inventory),
            usage,
        }
    }

    /// Where an API key stands in a plan.
    pub(crate) fn key(&self, plan: &PlanId, api_key: &ApiKeyId) -> Option<&Standing> {
        self.standings.get(*self.places.get(plan)?.get(api_key)? as usize)
    }

    /// Where the keys of a plan stand together.
    pub(crate) fn plan(&self, plan: &PlanId) -> Option<&Standing> {
        self.plans.get(plan)
    }

    /// The most urgent that is wrong with a key of this plan.
    pub(crate) fn worst(&self, plan: &PlanId) -> Option<Why> {
        self.worst.get(plan).copied()
    }

    /// Where the key of a row stands, by the row's place in the inventory that this was made for.
    pub(crate) fn row(&self, at: u32) -> Option<&Standing> {
        self.standings.get(*self.rows.get(at as usize)? as usize)
    }

    /// The rows of this inventory, the most used first.
    pub(crate) fn by_used(&self, inventory: &Arc<Inventory>) -> Option<Arc<Vec<u32>>> {
        Arc::ptr_eq(&self.inventory, inventory).then(|| Arc::clone(&self.by_used))
    }

    /// Calls a day of all plans together.
    pub(crate) fn burn(&self) -> f64 {
        self.plans.values().map(|standing| standing.burn).sum()
    }

    /// What stands out in a plan.
    pub(crate) fn ranks(&self, plan: &PlanId) -> Option<&Ranks> {
        self.ranks.get(plan)
    }
}

type Places = HashMap<PlanId, HashMap<ApiKeyId, u32>>;

fn standings(usage: &Usage, inventory: &Inventory, now: Timestamp) -> (Vec<Standing>, Places) {
    let mut standings = Vec::new();
    let mut places = Places::new();
    for told in usage.plans.values() {
        let quota = inventory.plan(&told.plan).and_then(|plan| plan.quota.as_ref());
        let mut of_plan = HashMap::with_capacity(told.keys.len());
        for api_key in told.keys.keys() {
            if let Some(standing) = told.standing(api_key, quota, now) {
                of_plan.insert(api_key.clone(), u32::try_from(standings.len()).unwrap_or(NOTHING));
                standings.push(standing);
            }
        }
        places.insert(told.plan.clone(), of_plan);
    }
    (standings, places)
}
