//! Moves the tenants of a pool key to the other keys of its pool and deletes it.

use crate::step::{Step, Unit};
use crate::{ApiKeyId, Inventory, PoolKeyState, Refusal, moves, refusal};

use super::api_key_deletion::{delete_pool_items, remove_and_delete_pool_key};
use super::operation::{Effects, Operation, Record, ResourceState, Scope, Subject};
use super::other_plans::check_move_within_pool;
use super::pool_keys::{loads_without, move_steps};
use super::transfer::OWN_VALUES_CAUTION;

pub(super) struct Drain<'a>(pub(super) &'a ApiKeyId);

impl Operation for Drain<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let id = self.0;
        let pool = inventory.pool_of_api_key(id).ok_or_else(|| Refusal::NotAPoolKey(id.clone()))?;
        let other_loads = loads_without(Some(id), pool, inventory)?;
        let tenants = *inventory.tenant_key_count(id).require(refusal::describe_tenant_key_count(id))?;
        let tenants = u32::try_from(tenants).unwrap_or(u32::MAX);
        let name = inventory.plan_name(&pool.plan);
        let moves = moves::drain_moves(id, tenants, &other_loads).ok_or_else(|| {
            let room = moves::total_room(&other_loads);
            Refusal::NotEnoughRoom { plan: name.to_owned(), room, requested: tenants }
        })?;
        for pool_move in &moves {
            check_move_within_pool(&pool_move.from, &pool_move.to, pool, inventory)?;
        }
        let draining = PoolKeyState::Draining;
        let is_active = pool.pool_key(id).is_some_and(|key| key.state != draining);
        let set_draining = is_active.then(|| Step::SetPoolKeyState { api_key: id.clone(), state: draining });
        let steps = set_draining
            .into_iter()
            .chain(delete_pool_items(id, inventory))
            .chain(move_steps(&moves, inventory).concat())
            .chain(remove_and_delete_pool_key(id, &pool.plan, None, inventory));
        Ok(vec![Unit { subject: format!("pool key {id} of {name}"), steps: steps.collect() }])
    }

    fn describe(&self, _: &Inventory) -> String {
        format!("drain pool key {}", self.0)
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_pool_key(self.0).with_replaced_api_key(self.0);
        Effects { scope, cautions: vec![OWN_VALUES_CAUTION.to_owned()], needs_confirmation: true }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription).with_before(ResourceState::pool_of_key(self.0, inventory))
    }
}
