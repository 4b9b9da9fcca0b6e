//! The grace period of an API key that is replaced.

use crate::key::tag;
use crate::step::{KeyRef, Step};
use crate::{ApiKeyId, Inventory, Presence};

use super::api_key_deletion::delete_api_key;

/// A caution for a rotation with a grace period.
pub(super) const OWN_QUOTA_CAUTION: &str =
    "a new API key has its own quota: calls with the old one do not count against it";

/// Tags the old API key with its retirement time before the first tenant key moves, so that an interruption cannot
/// cut its grace period short. Replaces the time that an interrupted rotation left.
pub(super) fn schedule_retirement(
    old: &ApiKeyId,
    successor: KeyRef,
    grace: u64,
    inventory: &Inventory,
) -> Option<Step> {
    let has_tables = inventory.source().has_tables();
    let is_needed = match inventory.api_key(old) {
        // Without tables, this tag is what moves the tenant to the new key.
        Presence::Present(_) if !has_tables => true,
        Presence::Present(key) => grace > 0 || key.tags.contains_key(tag::RETIRES_AT),
        Presence::Unknown(_) => grace > 0,
        Presence::Missing => false,
    };
    let successor = (!has_tables).then_some(successor);
    is_needed.then(|| Step::TagRetirement { api_key: old.clone(), grace, successor })
}

pub(super) fn delete_if_no_grace(old: &ApiKeyId, grace: u64, inventory: &Inventory) -> Vec<Step> {
    if grace == 0 { delete_api_key(old, inventory) } else { Vec::new() }
}
