//! Evens out the tenants over the keys of a pool, with as few moves as possible.

use crate::moves::{self, Load, Move};
use crate::step::{Step, Unit};
use crate::text::pluralize;
use crate::{Inventory, PlanId, Refusal};

use super::operation::{Effects, Operation, Record, ResourceState, Scope, Subject};
use super::other_plans::check_move_within_pool;
use super::pool_keys::{loads_without, move_steps, require_pool};

pub(super) struct Rebalance<'a>(pub(super) &'a PlanId);

impl Operation for Rebalance<'_> {
    /// One unit per pair of keys.
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let plan = self.0;
        let pool = require_pool(plan, inventory)?;
        let loads = loads_without(None, pool, inventory)?;
        let name = inventory.plan_name(plan);
        let moves = moves::balance_moves(&loads).ok_or_else(|| not_enough_room(name, &loads))?;
        if moves.is_empty() {
            return Err(Refusal::AlreadyBalanced(name.to_owned()));
        }
        for pool_move in &moves {
            check_move_within_pool(&pool_move.from, &pool_move.to, pool, inventory)?;
        }
        let subject = |pool_move: &Move| format!("{} → {}", pool_move.from, pool_move.to);
        Ok(move_steps(&moves, inventory)
            .into_iter()
            .zip(&moves)
            .map(|(steps, pool_move)| Unit { subject: subject(pool_move), steps })
            .collect())
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("rebalance the pool of {}", inventory.plan_name(self.0))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let units = self.units(inventory).unwrap_or_default();
        let repointed = units.iter().flat_map(|unit| &unit.steps).filter_map(|step| {
            if let Step::Repoint { tenant_keys, .. } = step { Some(tenant_keys) } else { None }
        });
        let tenant_keys = repointed.flatten().filter_map(|tenant_key| inventory.tenant_key(tenant_key));
        let scope = Scope::new(inventory).with_tenant_keys_alone(tenant_keys).with_pool(self.0);
        let caution = match scope.tenant_keys.len() {
            1 => "1 tenant key gets another value; its current value keeps working".to_owned(),
            count => format!(
                "{} get other values; their current values keep working",
                pluralize(count, "tenant key")
            ),
        };
        Effects { scope, cautions: vec![caution], needs_confirmation: true }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription).with_before(ResourceState::pool(self.0, inventory))
    }
}

fn not_enough_room(plan: &str, loads: &[Load]) -> Refusal {
    let sum = |field: fn(&Load) -> u32| loads.iter().map(field).sum::<u32>();
    let (tenants, capacity) = (sum(|load| load.tenants), sum(|load| load.capacity));
    Refusal::NotEnoughRoom { plan: plan.to_owned(), room: 0, requested: tenants.saturating_sub(capacity) }
}
