//! Pools themselves: made of a plan's keys, grown, drained, set and dissolved.

use crate::moves;
use crate::step::{KeyRef, NewPool, Step, Unit};
use crate::{ApiKeyId, Inventory, Known, PlanId, PoolKeyState, Presence, Strategy};

use super::refusal::{self, MAX_API_KEYS, Refusal};
use super::{create as keys, delete, other_plans, rotate, transfer};

/// Pool keys that fit into one transaction with their pool.
pub const MAX_POOL_KEYS: usize = 99;

/// What is asked of a new pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoolRequest {
    /// The plan whose keys become its pool.
    pub plan: PlanId,
    /// The API keys of the plan that are to be shared.
    pub api_keys: Vec<ApiKeyId>,
    /// How many are made besides.
    pub new_keys: u32,
    /// How a new tenant gets its key.
    pub strategy: Strategy,
    /// The most tenant keys behind one API key.
    pub capacity: u32,
}

/// The pool of keys that there are, and then each new key as a unit.
pub(super) fn create(asked: &NewPoolRequest, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let plan = inventory.plan(&asked.plan).ok_or_else(|| Refusal::NoPlan(asked.plan.clone()))?;
    if inventory.pool(&asked.plan).is_some() {
        return Err(Refusal::HasPool(plan.name.clone()));
    }
    validate_capacity(asked.capacity)?;
    if asked.api_keys.is_empty() && asked.new_keys == 0 {
        return Err(Refusal::EmptyField("list of API keys"));
    }
    check_room(asked.api_keys.len(), asked.new_keys, inventory)?;
    let keys: Result<Vec<_>, Refusal> =
        asked.api_keys.iter().map(|id| require_shareable_key(id, asked, inventory)).collect();
    let pool =
        NewPool { plan: asked.plan.clone(), strategy: asked.strategy, capacity: asked.capacity, keys: keys? };
    let unlisted = asked.api_keys.iter().filter(|id| !inventory.is_in_keys_table(id));
    let written = unlisted.map(|id| rotate::write_pool_item(&asked.plan, KeyRef::Existing(id.clone())));
    let steps = written.chain([Step::PutPool(pool)]).collect();
    let put = Unit { subject: format!("pool of {}", plan.name), steps };
    let grown = new_keys(&asked.plan, asked.new_keys, asked.capacity, inventory);
    Ok([put].into_iter().chain(grown).collect())
}

/// So many more keys find room in the pool and in the account.
fn check_room(keys: usize, more: u32, inventory: &Inventory) -> Result<(), Refusal> {
    if more as usize > MAX_API_KEYS {
        return Err(Refusal::InvalidCount(more));
    }
    keys::check_account_room(more, inventory)?;
    let wanted = keys + more as usize;
    if wanted > MAX_POOL_KEYS {
        Err(Refusal::TooManyPoolKeys { wanted, most: MAX_POOL_KEYS })
    } else {
        Ok(())
    }
}

fn new_keys(plan: &PlanId, count: u32, capacity: u32, inventory: &Inventory) -> impl Iterator<Item = Unit> {
    let steps = vec![
        Step::CreateApiKey(rotate::new_pool_key(plan, inventory)),
        Step::AttachApiKey { api_key: KeyRef::New, plan: plan.clone() },
        rotate::write_pool_item(plan, KeyRef::New),
        Step::AddPoolKey { plan: plan.clone(), capacity, replaces: None },
    ];
    let name = inventory.plan_name(plan).to_owned();
    (1..=count).map(move |n| Unit { subject: format!("{name} · pool key {n}"), steps: steps.clone() })
}

/// A key that can be shared, with the rows that refer to it already.
fn require_shareable_key(
    id: &ApiKeyId,
    asked: &NewPoolRequest,
    inventory: &Inventory,
) -> Result<(ApiKeyId, u32), Refusal> {
    if inventory.api_key(id) == Presence::Missing {
        return Err(Refusal::NoApiKey(id.clone()));
    }
    let plan = inventory.plan_name(&asked.plan).to_owned();
    let is_member = inventory.is_member(&asked.plan, id);
    if !*is_member.require(format!("whether API key {id} is in {plan}"))? {
        return Err(Refusal::NotInPlan { api_key: id.clone(), plan });
    }
    // The row of the key's own, where it has one, goes on as a siloed tenant key and counts for no one else.
    Ok((id.clone(), *inventory.reference_count(id).require(refusal::describe_tenant_key_count(id))?))
}

fn validate_capacity(capacity: u32) -> Result<(), Refusal> {
    if capacity == 0 { Err(Refusal::ZeroCapacity) } else { Ok(()) }
}

/// The keys of a pool without tenants go, and then the pool.
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
    let each = pool.keys.iter().flat_map(|key| {
        let item = delete::delete_pool_item(&key.api_key, inventory);
        delete::remove_and_delete_pool_key(&key.api_key, plan, item, inventory)
    });
    let steps = each.chain([Step::DeletePool(plan.clone())]).collect();
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
    let differs = |most: u32| {
        let is_so = |capacity: &Known<u32>| capacity.is_known_to_be(&most);
        !is_so(&pool.capacity) || pool.keys.iter().any(|key| !is_so(&key.capacity))
    };
    let capacity = capacity.filter(|most| differs(*most));
    if strategy.is_none() && capacity.is_none() {
        return Err(Refusal::NoDifference);
    }
    if capacity.is_some() {
        keys::require_tenant_counts(pool, inventory)?;
    }
    if let Some(most) = capacity {
        let filled = inventory.with_actual_counts(pool);
        let tenants: Result<Vec<_>, _> = filled.keys.iter().map(crate::PoolKey::require_tenants).collect();
        let fullest = tenants?.into_iter().max().unwrap_or(0);
        if most < fullest {
            return Err(Refusal::CapacityTooLow { tenants: fullest });
        }
    }
    let step = Step::UpdatePool { plan: plan.clone(), strategy, capacity };
    Ok(Unit { subject: format!("pool of {}", inventory.plan_name(plan)), steps: vec![step] })
}

/// More API keys for a pool, one unit each.
pub(super) fn grow(plan: &PlanId, count: u32, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    let pool = transfer::require_pool(plan, inventory)?;
    if count == 0 {
        return Err(Refusal::InvalidCount(count));
    }
    check_room(pool.keys.len(), count, inventory)?;
    let capacity = *pool.capacity.require(refusal::describe_pool_capacity(inventory.plan_name(plan)))?;
    Ok(new_keys(plan, count, capacity, inventory).collect())
}

/// The tenants of a pool key go to the others, and it goes.
pub(super) fn drain(id: &ApiKeyId, inventory: &Inventory) -> Result<Unit, Refusal> {
    let pool = inventory.pool_of_api_key(id).ok_or_else(|| Refusal::NotAPoolKey(id.clone()))?;
    let others = transfer::loads_without(Some(id), pool, inventory)?;
    let tenants = *inventory.tenant_key_count(id).require(refusal::describe_tenant_key_count(id))?;
    let tenants = u32::try_from(tenants).unwrap_or(u32::MAX);
    let name = inventory.plan_name(&pool.plan);
    let moves = moves::drain_moves(id, tenants, &others).ok_or_else(|| {
        let room = moves::total_room(&others);
        Refusal::NotEnoughRoom { plan: name.to_owned(), room, wanted: tenants }
    })?;
    for one in &moves {
        other_plans::check_move_within_pool(&one.from, &one.to, pool, inventory)?;
    }
    let draining = PoolKeyState::Draining;
    let active = pool.pool_key(id).is_some_and(|key| key.state != draining);
    let mark = active.then(|| Step::SetPoolKeyState { api_key: id.clone(), state: draining });
    let steps = mark
        .into_iter()
        .chain(delete::delete_pool_items(id, inventory))
        .chain(transfer::move_steps(&moves, inventory).concat())
        .chain(delete::remove_and_delete_pool_key(id, &pool.plan, None, inventory));
    Ok(Unit { subject: format!("pool key {id} of {name}"), steps: steps.collect() })
}
