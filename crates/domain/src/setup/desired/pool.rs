//! The desired pool of a plan, compared with the existing one.

use crate::text::pluralize;
use crate::{Change, Inventory, NewPoolRequest, PlanId, Pool, PoolKeyState, Strategy};

/// Maximum tenant keys per API key of a new pool.
pub const DEFAULT_CAPACITY: u32 = 100;

/// A pool as it should be; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DesiredPool {
    /// Minimum number of API keys that take new tenants; a new pool starts with 1 if unset.
    pub keys: Option<u32>,
    pub strategy: Option<Strategy>,
    pub capacity: Option<u32>,
}

impl DesiredPool {
    /// The desired pool that describes an existing one. Leaves out what a file cannot express: no keys, and
    /// capacities that differ from key to key.
    pub(super) fn from_pool(pool: &Pool) -> Self {
        let capacity = pool.capacity.value_to_show().copied();
        let described = Self {
            keys: Some(active_key_count(pool)).filter(|count| *count > 0),
            strategy: Some(pool.strategy),
            capacity: capacity.filter(|capacity| *capacity > 0),
        };
        let is_uniform = described.changed_capacity(pool).is_none();
        Self { capacity: described.capacity.filter(|_| is_uniform), ..described }
    }

    fn new_pool(&self, plan: &PlanId) -> NewPoolRequest {
        NewPoolRequest {
            plan: plan.clone(),
            api_keys: Vec::new(),
            new_keys: self.keys.unwrap_or(1),
            strategy: self.strategy.unwrap_or_default(),
            capacity: self.capacity.unwrap_or(DEFAULT_CAPACITY),
        }
    }

    fn changed_strategy(&self, pool: &Pool) -> Option<Strategy> {
        self.strategy.filter(|strategy| *strategy != pool.strategy)
    }

    fn changed_capacity(&self, pool: &Pool) -> Option<u32> {
        let differs = |capacity: &u32| {
            !pool.capacity.is_known_to_be(capacity)
                || pool.keys.iter().any(|key| !key.capacity.is_known_to_be(capacity))
        };
        self.capacity.filter(differs)
    }

    /// How many API keys the pool lacks. A pool with too many does not shrink: its tenants would need other
    /// keys.
    fn missing_key_count(&self, pool: &Pool) -> Option<u32> {
        self.keys
            .and_then(|desired| desired.checked_sub(active_key_count(pool)))
            .filter(|missing| *missing > 0)
    }
}

/// The changes that turn the plan's pool into the desired one, in order; `None` means no pool.
pub fn pool_changes(desired: Option<&DesiredPool>, plan: &PlanId, inventory: &Inventory) -> Vec<Change> {
    let plan = plan.clone();
    match (desired, inventory.pool(&plan)) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![Change::DissolvePool(plan)],
        (Some(desired), None) => vec![Change::CreatePool(desired.new_pool(&plan))],
        (Some(desired), Some(pool)) => {
            let update = match (desired.changed_strategy(pool), desired.changed_capacity(pool)) {
                (None, None) => None,
                (strategy, capacity) => Some(Change::SetPool { plan: plan.clone(), strategy, capacity }),
            };
            let grow = desired.missing_key_count(pool).map(|count| Change::Grow { plan, count });
            update.into_iter().chain(grow).collect()
        }
    }
}

/// The differences between the plan's pool and the desired one, one line each.
pub(super) fn differences(desired: Option<&DesiredPool>, before: Option<&Pool>) -> Vec<String> {
    let line = |what: &str, before: &dyn ToString, after: &dyn ToString| {
        format!("{what}: {} → {}", before.to_string(), after.to_string())
    };
    match (desired, before) {
        (None, None) => Vec::new(),
        (None, Some(pool)) => vec![line("pool", &pluralize(pool.keys.len(), "API key"), &"none")],
        (Some(desired), None) => {
            let request = desired.new_pool(&PlanId::new(""));
            let keys = pluralize(request.new_keys as usize, "new API key");
            vec![line(
                "pool",
                &"none",
                &format!("{keys}, {} tenants each, {}", request.capacity, request.strategy),
            )]
        }
        (Some(desired), Some(pool)) => {
            let strategy = desired.changed_strategy(pool).map(|new| line("strategy", &pool.strategy, &new));
            let capacity =
                desired.changed_capacity(pool).map(|new| line("capacity", &describe_capacity(pool), &new));
            let keys = desired.missing_key_count(pool).map(|missing| {
                line("pool keys", &active_key_count(pool), &(active_key_count(pool) + missing))
            });
            strategy.into_iter().chain(capacity).chain(keys).collect()
        }
    }
}

fn describe_capacity(pool: &Pool) -> String {
    pool.capacity.value_to_show().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

fn active_key_count(pool: &Pool) -> u32 {
    let active = pool.keys.iter().filter(|key| key.state == PoolKeyState::Active).count();
    u32::try_from(active).unwrap_or(u32::MAX)
}
