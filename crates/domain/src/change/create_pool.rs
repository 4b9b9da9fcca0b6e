//! Creates a pool from API keys of a plan and new ones.

use crate::refusal;
use crate::step::{KeyRef, NewPool, Step, Unit};
use crate::text::pluralize;
use crate::{ApiKeyId, Inventory, Presence, Refusal};

use super::kinds::NewPoolRequest;
use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::pool_keys::{check_room, new_key_units, validate_capacity, write_pool_item};

pub(super) struct CreatePool<'a>(pub(super) &'a NewPoolRequest);

impl Operation for CreatePool<'_> {
    /// One unit for the pool with the existing keys, then one per new key.
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let request = self.0;
        let plan = inventory.plan(&request.plan).ok_or_else(|| Refusal::NoPlan(request.plan.clone()))?;
        if inventory.pool(&request.plan).is_some() {
            return Err(Refusal::HasPool(inventory.plan_name(&plan.id).to_owned()));
        }
        validate_capacity(request.capacity)?;
        if request.api_keys.is_empty() && request.new_keys == 0 {
            return Err(Refusal::EmptyField("at least one API key"));
        }
        check_room(request.api_keys.len(), request.new_keys, inventory)?;
        let keys: Result<Vec<_>, Refusal> =
            request.api_keys.iter().map(|id| require_shareable_key(id, request, inventory)).collect();
        let pool = NewPool {
            plan: request.plan.clone(),
            strategy: request.strategy,
            capacity: request.capacity,
            keys: keys?,
        };
        let without_item = request.api_keys.iter().filter(|id| !inventory.is_in_keys_table(id));
        let write_items = without_item.map(|id| write_pool_item(&request.plan, KeyRef::Existing(id.clone())));
        let steps = write_items.chain([Step::PutPool(pool)]).collect();
        let pool_unit = Unit { subject: format!("pool of {}", inventory.plan_name(&plan.id)), steps };
        let new_key_units = new_key_units(&request.plan, request.new_keys, request.capacity, inventory);
        Ok([pool_unit].into_iter().chain(new_key_units).collect())
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let request = self.0;
        let counts = [(request.api_keys.len(), "API key"), (request.new_keys as usize, "new API key")];
        let keys = counts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| pluralize(*count, noun));
        let keys: Vec<_> = keys.collect();
        format!("make {} the pool of {}", keys.join(" and "), inventory.plan_name(&request.plan))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_plans([&self.0.plan]).with_entered_plans([&self.0.plan]);
        Effects { scope, cautions: Vec::new(), needs_confirmation: false }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::ApiKeys)
    }
}

/// A key that can be shared, with the number of tenant keys that already refer to it.
fn require_shareable_key(
    id: &ApiKeyId,
    request: &NewPoolRequest,
    inventory: &Inventory,
) -> Result<(ApiKeyId, u32), Refusal> {
    if inventory.api_key(id) == Presence::Missing {
        return Err(Refusal::NoApiKey(id.clone()));
    }
    let plan = inventory.plan_name(&request.plan).to_owned();
    let is_member = inventory.is_member(&request.plan, id);
    if !*is_member.require(format!("whether API key {id} is in {plan}"))? {
        return Err(Refusal::NotInPlan { api_key: id.clone(), plan });
    }
    // The key's own tenant key, if any, stays siloed and is not counted.
    Ok((id.clone(), *inventory.reference_count(id).require(refusal::describe_tenant_key_count(id))?))
}
