//! Resolves what an operator typed to API keys.

use crate::{ApiKeyId, Inventory, TenantKey, TenantKeyId};

/// The API keys that a tenant key id, an API key id, a tenant or a name stands for, each with the
/// tenant key that sends it.
///
/// A shared API key's id resolves to the key alone: its calls belong to no particular tenant.
pub fn resolve_keys(inventory: &Inventory, word: &str) -> Vec<(ApiKeyId, Option<TenantKeyId>)> {
    let of_row = |row: &TenantKey| Some((row.api_key().into_result().ok()?, Some(row.id.clone())));
    if let Some(row) = inventory.tenant_key(&word.into()) {
        return of_row(row).into_iter().collect();
    }
    let id = ApiKeyId::new(word);
    let is_known = inventory.api_key(&id).key().is_some() || inventory.tenant_keys_of_api_key(&id).len() > 0;
    if is_known {
        return vec![(id, None)];
    }
    let rows = |fits: &dyn Fn(&TenantKey) -> bool| {
        inventory.tenant_keys().iter().filter(|row| fits(row)).filter_map(of_row).collect::<Vec<_>>()
    };
    let of_tenant = rows(&|row| row.tenant.as_str() == word);
    let named = if of_tenant.is_empty() { rows(&|row| row.name == word) } else { of_tenant };
    if !named.is_empty() {
        return named;
    }
    let keys = inventory.listed_api_keys().iter().filter(|key| key.name == word);
    keys.map(|key| (key.id.clone(), None)).collect()
}
