//! Changes strategy or capacity of a pool.

use crate::step::{Step, Unit};
use crate::{Inventory, Known, PlanId, PoolKey, Refusal, Strategy};

use super::operation::{Effects, Operation, Record, ResourceState, Scope, Subject};
use super::pool_keys::{require_pool, validate_capacity};
use super::room::require_tenant_counts;

pub(super) struct SetPool<'a> {
    pub(super) plan: &'a PlanId,
    pub(super) strategy: Option<Strategy>,
    /// Maximum number of tenant keys per API key.
    pub(super) capacity: Option<u32>,
}

impl Operation for SetPool<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let Self { plan, strategy, capacity } = *self;
        let pool = require_pool(plan, inventory)?;
        capacity.map_or(Ok(()), validate_capacity)?;
        let strategy = strategy.filter(|strategy| *strategy != pool.strategy);
        let differs = |new: u32| {
            let is_same = |capacity: &Known<u32>| capacity.is_known_to_be(&new);
            !is_same(&pool.capacity) || pool.keys.iter().any(|key| !is_same(&key.capacity))
        };
        let capacity = capacity.filter(|new| differs(*new));
        if strategy.is_none() && capacity.is_none() {
            return Err(Refusal::NoDifference);
        }
        if capacity.is_some() {
            require_tenant_counts(pool, inventory)?;
        }
        if let Some(capacity) = capacity {
            let pool_with_counts = inventory.with_actual_counts(pool);
            let tenants: Result<Vec<_>, _> =
                pool_with_counts.keys.iter().map(PoolKey::require_tenant_count).collect();
            let fullest = tenants?.into_iter().max().unwrap_or(0);
            if capacity < fullest {
                return Err(Refusal::CapacityTooLow { tenants: fullest });
            }
        }
        let step = Step::UpdatePool { plan: plan.clone(), strategy, capacity };
        Ok(vec![Unit { subject: format!("pool of {}", inventory.plan_name(plan)), steps: vec![step] }])
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("edit the pool of {}", inventory.plan_name(self.plan))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_plans([self.plan]);
        Effects { scope, cautions: Vec::new(), needs_confirmation: false }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription).with_before(ResourceState::pool(self.plan, inventory))
    }
}
