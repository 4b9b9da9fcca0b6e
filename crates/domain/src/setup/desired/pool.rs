//! The desired pool of a plan, compared with the existing one.

use crate::{Change, Inventory, NewPoolRequest, PlanId, Pool, PoolKeyState, Strategy, change::pluralize};

/// Maximum tenant keys per API key of a new pool.
pub const DEFAULT_CAPACITY: u32 = 100;

/// `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DesiredPool {
    /// Minimum number of API keys that take new tenants; a new pool starts with 1 if unset.
    pub keys: Option<u32>,
    pub strategy: Option<Strategy>,
    pub capacity: Option<u32>,
}

impl DesiredPool {
    /// The desired pool that describes an existing one.
    pub fn from_pool(pool: &Pool) -> Self {
        Self {
            keys: Some(active_key_count(pool)),
            strategy: Some(pool.strategy),
            capacity: pool.capacity.value_to_show().copied(),
        }
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
        let differs = |most: &u32| {
            !pool.capacity.is_known_to_be(most)
                || pool.keys.iter().any(|key| !key.capacity.is_known_to_be(most))
        };
        self.capacity.filter(differs)
    }

    /// Never shrinks the pool, because its tenants would need other keys.
    fn missing_key_count(&self, pool: &Pool) -> Option<u32> {
        self.keys.and_then(|wanted| wanted.checked_sub(active_key_count(pool))).filter(|more| *more > 0)
    }
}

/// The changes that turn the plan's pool into the desired one, in order; `None` means no pool.
pub fn pool_changes(wanted: Option<&DesiredPool>, plan: &PlanId, inventory: &Inventory) -> Vec<Change> {
    let plan = plan.clone();
    match (wanted, inventory.pool(&plan)) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![Change::DissolvePool(plan)],
        (Some(wanted), None) => vec![Change::CreatePool(wanted.new_pool(&plan))],
        (Some(wanted), Some(pool)) => {
            let set = match (wanted.changed_strategy(pool), wanted.changed_capacity(pool)) {
                (None, None) => None,
                (strategy, capacity) => Some(Change::SetPool { plan: plan.clone(), strategy, capacity }),
            };
            let grow = wanted.missing_key_count(pool).map(|count| Change::Grow { plan, count });
            set.into_iter().chain(grow).collect()
        }
    }
}

/// The differences between the plan's pool and the desired one, one line each.
pub(super) fn differences(wanted: Option<&DesiredPool>, before: Option<&Pool>) -> Vec<String> {
    let line = |what: &str, before: &dyn ToString, after: &dyn ToString| {
        format!("{what}: {} → {}", before.to_string(), after.to_string())
    };
    match (wanted, before) {
        (None, None) => Vec::new(),
        (None, Some(pool)) => vec![line("pool", &pluralize(pool.keys.len(), "API key"), &"none")],
        (Some(wanted), None) => {
            let new = wanted.new_pool(&PlanId::new(""));
            let keys = pluralize(new.new_keys as usize, "new API key");
            vec![line("pool", &"none", &format!("{keys}, {} tenants each, {}", new.capacity, new.strategy))]
        }
        (Some(wanted), Some(pool)) => {
            let strategy = wanted.changed_strategy(pool).map(|new| line("strategy", &pool.strategy, &new));
            let capacity =
                wanted.changed_capacity(pool).map(|new| line("capacity", &describe_capacity(pool), &new));
            let keys = wanted
                .missing_key_count(pool)
                .map(|more| line("pool keys", &active_key_count(pool), &(active_key_count(pool) + more)));
            strategy.into_iter().chain(capacity).chain(keys).collect()
        }
    }
}

fn describe_capacity(pool: &Pool) -> String {
    pool.capacity.value_to_show().map_or_else(|| "not known".to_owned(), ToString::to_string)
}

fn active_key_count(pool: &Pool) -> u32 {
    let open = pool.keys.iter().filter(|key| key.state == PoolKeyState::Active).count();
    u32::try_from(open).unwrap_or(u32::MAX)
}
