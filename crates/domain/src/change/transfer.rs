//! Moves of tenant keys to their own API key or into a pool.

use std::collections::BTreeMap;

use crate::step::{Step, Unit};
use crate::{Inventory, PlanId, Pool, Refusal, TenantKey, TenantKeyId};

use super::api_key_deletion::delete_api_key;
use super::copy::ApiKeyCopy;
use super::kinds::OtherPlans;
use super::other_plans::check_move_into_pool;
use super::room::check_pool_room;
use super::units::{find_tenant_key, tenant_key_unit};

/// The caution for tenant keys whose own API key is deleted.
pub(super) const OWN_VALUES_CAUTION: &str =
    "the current values of these tenants stop working: give them the shared value first";

pub(super) fn move_to_own_key(
    tenant_key: &TenantKey,
    plan: &PlanId,
    copy: ApiKeyCopy,
) -> Result<Unit, Refusal> {
    let mut steps = copy.steps();
    steps.push(match tenant_key.require_pool_key()? {
        Some(from) => Step::IsolateTenantKey {
            tenant_key: tenant_key.id.clone(),
            from: from.clone(),
            plan: plan.clone(),
        },
        // No counter includes a pool key's own tenant key.
        None => Step::ReplaceTenantKey(tenant_key.id.clone()),
    });
    Ok(tenant_key_unit(tenant_key, steps))
}

pub(super) fn join_pool(
    tenant_key: &TenantKey,
    pool: &Pool,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    // A pooled tenant key may have one that another program wrote: it stops nothing there either.
    let expiry = inventory.expiry(tenant_key);
    let expiry = *expiry.require(format!("when tenant key {} expires", tenant_key.id))?;
    if expiry.is_some() && tenant_key.known_pool_key().is_none() {
        return Err(Refusal::HasExpiry(tenant_key.id.clone()));
    }
    check_move_into_pool(&tenant_key.require_api_key()?, &tenant_key.plan, pool, others, inventory)?;
    let from = tenant_key.require_pool_key()?.cloned();
    let delete_own = match from {
        Some(_) => Vec::new(),
        None if inventory.determine_whether_shared(tenant_key)? => Vec::new(),
        None => delete_api_key(&tenant_key.require_api_key()?, inventory),
    };
    let join = Step::JoinPool { tenant_key: tenant_key.id.clone(), plan: pool.plan.clone(), from };
    Ok(tenant_key_unit(tenant_key, [vec![join], delete_own].concat()))
}

/// Checks that the pools to join have enough room.
pub(super) fn check_target_pools(
    tenant_keys: &[TenantKeyId],
    plan: Option<&PlanId>,
    inventory: &Inventory,
) -> Result<(), Refusal> {
    let mut requested: BTreeMap<&PlanId, u32> = BTreeMap::new();
    for tenant_key in tenant_keys {
        let tenant_key = find_tenant_key(tenant_key, inventory)?;
        *requested.entry(plan.unwrap_or(&tenant_key.plan)).or_default() += 1;
    }
    let pools = requested.into_iter().filter_map(|(plan, count)| Some((inventory.pool(plan)?, count)));
    pools.into_iter().try_for_each(|(pool, count)| check_pool_room(pool, count, inventory))
}
