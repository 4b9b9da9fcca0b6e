//! Tenant keys and grace periods in descriptions.

use crate::text::{format_duration, pluralize};
use crate::{Inventory, TenantKey, TenantKeyId};

/// The title of a single key, or the number of keys.
pub(super) fn titles(inventory: &Inventory, ids: &[TenantKeyId]) -> String {
    match ids {
        [id] => title(inventory, id),
        _ => pluralize(ids.len(), "key"),
    }
}

/// For example `key "web" of acme`.
pub(super) fn title(inventory: &Inventory, id: &TenantKeyId) -> String {
    let title = |key: &TenantKey| format!("key \"{}\" of {}", inventory.key_name(key), key.tenant);
    inventory.tenant_key(id).map_or_else(|| format!("key {id}"), title)
}

pub(super) fn grace_suffix(grace: u64) -> String {
    if grace == 0 {
        String::new()
    } else {
        format!(", old value works for another {}", format_duration(grace))
    }
}
