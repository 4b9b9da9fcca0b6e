//! Adds API keys to a pool.

use crate::refusal;
use crate::step::Unit;
use crate::text::pluralize;
use crate::{Inventory, PlanId, Refusal};

use super::operation::{Effects, Operation, Record, ResourceState, Scope, Subject};
use super::pool_keys::{check_room, new_key_units, require_pool};

pub(super) struct Grow<'a> {
    pub(super) plan: &'a PlanId,
    pub(super) count: u32,
}

impl Operation for Grow<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let pool = require_pool(self.plan, inventory)?;
        if self.count == 0 {
            return Err(Refusal::InvalidCount(self.count));
        }
        check_room(pool.keys.len(), self.count, inventory)?;
        let plan_name = inventory.plan_name(self.plan);
        let capacity = *pool.capacity.require(refusal::describe_pool_capacity(plan_name))?;
        Ok(new_key_units(self.plan, self.count, capacity, inventory).collect())
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let keys = pluralize(self.count as usize, "API key");
        format!("add {keys} to the pool of {}", inventory.plan_name(self.plan))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_plans([self.plan]);
        Effects { scope, cautions: Vec::new(), needs_confirmation: false }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription).with_before(ResourceState::pool(self.plan, inventory))
    }
}
