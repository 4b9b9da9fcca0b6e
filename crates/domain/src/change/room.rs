//! Room for new API keys in the account, and for new tenant keys in a pool.

use crate::limits::MAX_API_KEYS;
use crate::refusal;
use crate::{Inventory, Known, Pool, Refusal};

/// Checks that the account has room for more API keys; passes if the keys could not be listed.
pub(super) fn check_account_room(requested: u32, inventory: &Inventory) -> Result<(), Refusal> {
    let existing = inventory.listed_api_keys().len();
    if existing + requested as usize > MAX_API_KEYS {
        return Err(Refusal::AccountFull { existing, requested });
    }
    Ok(())
}

/// Requires known tenant counts, so that no tenant is assigned by a count that may be too low.
pub(super) fn require_tenant_counts(pool: &Pool, inventory: &Inventory) -> Result<(), Refusal> {
    for key in pool.keys.iter().filter(|key| !key.remaining_capacity().is_known_to_be(&0)) {
        let count = inventory.reference_count(&key.api_key);
        count.require(refusal::describe_tenant_key_count(&key.api_key))?;
    }
    Ok(())
}

pub(super) fn check_pool_room(pool: &Pool, requested: u32, inventory: &Inventory) -> Result<(), Refusal> {
    require_tenant_counts(pool, inventory)?;
    let pool = inventory.with_actual_counts(pool);
    let live = pool.keys.iter().filter(|key| inventory.is_live(&key.api_key));
    let (mut room, mut unknown) = (0_u32, None);
    for key in live {
        match key.remaining_capacity() {
            Known::Value(free) => room = room.saturating_add(free),
            Known::Unknown(_) => unknown = unknown.or(Some(key)),
        }
    }
    if room < requested {
        // The known room is too small, but a key with unknown room may have enough.
        if let Some(key) = unknown {
            key.require_tenant_count()?;
            key.require_capacity()?;
        }
        return Err(Refusal::NotEnoughRoom {
            plan: inventory.plan_name(&pool.plan).to_owned(),
            room,
            requested,
        });
    }
    Ok(())
}
