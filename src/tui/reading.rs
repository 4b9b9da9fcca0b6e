//! A reading of the account, made ready to be shown: whatever takes a look at every row is done here, by the task that
//! reads, so that no key press has to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keypool_domain::{Inventory, PlanId};

use super::key_index::KeyIndex;

/// An inventory with its indexes; it never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What was read.
    pub(crate) inventory: Arc<Inventory>,
    pub(crate) keys: Arc<KeyIndex>,
    pub(crate) tenants: Arc<TenantCounts>,
}

/// How many tenants there are, each counted once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TenantCounts {
    pub(crate) all: usize,
    of_plan: HashMap<PlanId, usize>,
}

impl Reading {
    /// Indexes what was read.
    pub fn new(inventory: Arc<Inventory>) -> Self {
        let keys = Arc::new(KeyIndex::new(&inventory));
        let tenants = Arc::new(TenantCounts::new(&inventory));
        Self { inventory, keys, tenants }
    }
}

impl TenantCounts {
    fn new(inventory: &Inventory) -> Self {
        let all = inventory.rows().iter().map(|row| &row.tenant).collect::<HashSet<_>>().len();
        let plans = inventory.plans().iter().map(|plan| &plan.id);
        let of_plan = plans.map(|plan| {
            let tenants: HashSet<_> = inventory.rows_of(plan).map(|row| &row.tenant).collect();
            (plan.clone(), tenants.len())
        });
        Self { all, of_plan: of_plan.collect() }
    }

    pub(crate) fn of(&self, plan: &PlanId) -> usize {
        self.of_plan.get(plan).copied().unwrap_or(0)
    }
}
