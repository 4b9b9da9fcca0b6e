//! Creates, updates, grows, drains and dissolves pools.

use crate::limits::MAX_API_KEYS;
use crate::moves;
use crate::refusal::{self, Refusal};
use crate::step::{KeyRef, NewPool, Step, Unit};
use crate::{ApiKeyId, Inventory, Known, PlanId, PoolKeyState, Presence, Strategy};

use super::{create, delete, other_plans, rotate, transfer};

/// DynamoDB allows 100 writes per transaction; one of them writes the pool.
pub const MAX_POOL_KEYS: usize = 99;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoolRequest {
    pub plan: PlanId,
    /// Existing API keys of the plan to share.
    pub api_keys: Vec<ApiKeyId>,
    /// Number of API keys to create in addition.
    pub new_keys: u32,
    pub strategy: Strategy,
    /// Maximum number of tenant keys per API key.
    pub capacity: u32,
}

/// One unit for the pool with the existing keys, then one per new key.
pub(super) fn create(request: &NewPoolRequest, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let plan = inventory.plan(&request.plan).ok_or_else(|| Refusal::NoPlan(request.plan.clone()))?;
    if inventory.pool(&request.plan).is_some() {
        return Err(Refusal::HasPool(plan.name.clone()));
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
    let write_items =
        without_item.map(|id| rotate::write_pool_item(&request.plan, KeyRef::Existing(id.clone())));
    let steps = write_items.chain([Step::PutPool(pool)]).collect();
    let pool_unit = Unit { subject: format!("pool of {}", plan.name), steps };
    let new_key_units = new_key_units(&request.plan, request.new_keys, request.capacity, inventory);
    Ok([pool_unit].into_iter().chain(new_key_units).collect())
}

/// Checks that the pool and the account have room for more keys.
fn check_room(existing: usize, new: u32, inventory: &Inventory) -> Result<(), Refusal> {
    if new as usize > MAX_API_KEYS {
        return Err(Refusal::InvalidCount(new));
    }
    create::check_account_room(new, inventory)?;
    let requested = existing + new as usize;
    if requested > MAX_POOL_KEYS {
        Err(Refusal::TooManyPoolKeys { requested, max: MAX_POOL_KEYS })
    } else {
        Ok(())
    }
}

fn new_key_units(
    plan: &PlanId,
    count: u32,
    capacity: u32,
    inventory: &Inventory,
) -> impl Iterator<Item = Unit> {
    let steps = vec![
        Step::CreateApiKey(rotate::new_pool_key(plan, inventory)),
        Step::AttachApiKey { api_key: KeyRef::New, plan: plan.clone() },
        rotate::write_pool_item(plan, KeyRef::New),
        Step::AddPoolKey { plan: plan.clone(), capacity, replaces: None },
    ];
    let name = inventory.plan_name(plan).to_owned();
    (1..=count).map(move |n| Unit { subject: format!("{name} · pool key {n}"), steps: steps.clone() })
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

fn validate_capacity(capacity: u32) -> Result<(), Refusal> {
    if capacity == 0 { Err(Refusal::ZeroCapacity) } else { Ok(()) }
}

/// Deletes the keys of a pool without tenants, then the pool.
pub(super) fn dissolve(plan: &PlanId, inventory: &Inventory) -> Result<Unit, Refusal> {
    let pool = transfer::require_pool(plan, inventory)?;
    let mut tenants = 0;
    for key in &pool.keys {
        tenants += inventory
            .tenant_key_count(&key.api_key)
            .require(refusal::describe_tenant_key_count(&key.api_key))?;
    }
    if tenants > 0 {
        return Err(Refusal::PoolInUse { plan: inventory.plan_name(plan).to_owned(), tenants });
    }
    let delete_keys = pool.keys.iter().flat_map(|key| {
        let item = delete::delete_pool_item(&key.api_key, inventory);
        delete::remove_and_delete_pool_key(&key.api_key, plan, item, inventory)
    });
    let steps = delete_keys.chain([Step::DeletePool(plan.clone())]).collect();
    Ok(Unit { subject: format!("pool of {}", inventory.plan_name(plan)), steps })
}

pub(super) fn update(
    plan: &PlanId,
    strategy: Option<Strategy>,
    capacity: Option<u32>,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    let pool = transfer::require_pool(plan, inventory)?;
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
        create::require_tenant_counts(pool, inventory)?;
    }
    if let Some(capacity) = capacity {
        let pool_with_counts = inventory.with_actual_counts(pool);
        let tenants: Result<Vec<_>, _> =
            pool_with_counts.keys.iter().map(crate::PoolKey::require_tenant_count).collect();
        let fullest = tenants?.into_iter().max().unwrap_or(0);
        if capacity < fullest {
            return Err(Refusal::CapacityTooLow { tenants: fullest });
        }
    }
    let step = Step::UpdatePool { plan: plan.clone(), strategy, capacity };
    Ok(Unit { subject: format!("pool of {}", inventory.plan_name(plan)), steps: vec![step] })
}

pub(super) fn grow(plan: &PlanId, count: u32, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let pool = transfer::require_pool(plan, inventory)?;
    if count == 0 {
        return Err(Refusal::InvalidCount(count));
    }
    check_room(pool.keys.len(), count, inventory)?;
    let capacity = *pool.capacity.require(refusal::describe_pool_capacity(inventory.plan_name(plan)))?;
    Ok(new_key_units(plan, count, capacity, inventory).collect())
}

/// Moves the tenants of a pool key to the other keys of its pool and deletes it.
pub(super) fn drain(id: &ApiKeyId, inventory: &Inventory) -> Result<Unit, Refusal> {
    let pool = inventory.pool_of_api_key(id).ok_or_else(|| Refusal::NotAPoolKey(id.clone()))?;
    let other_loads = transfer::loads_without(Some(id), pool, inventory)?;
    let tenants = *inventory.tenant_key_count(id).require(refusal::describe_tenant_key_count(id))?;
    let tenants = u32::try_from(tenants).unwrap_or(u32::MAX);
    let name = inventory.plan_name(&pool.plan);
    let moves = moves::drain_moves(id, tenants, &other_loads).ok_or_else(|| {
        let room = moves::total_room(&other_loads);
        Refusal::NotEnoughRoom { plan: name.to_owned(), room, requested: tenants }
    })?;
    for pool_move in &moves {
        other_plans::check_move_within_pool(&pool_move.from, &pool_move.to, pool, inventory)?;
    }
    let draining = PoolKeyState::Draining;
    let is_active = pool.pool_key(id).is_some_and(|key| key.state != draining);
    let set_draining = is_active.then(|| Step::SetPoolKeyState { api_key: id.clone(), state: draining });
    let steps = set_draining
        .into_iter()
        .chain(delete::delete_pool_items(id, inventory))
        .chain(transfer::move_steps(&moves, inventory).concat())
        .chain(delete::remove_and_delete_pool_key(id, &pool.plan, None, inventory));
    Ok(Unit { subject: format!("pool key {id} of {name}"), steps: steps.collect() })
}
