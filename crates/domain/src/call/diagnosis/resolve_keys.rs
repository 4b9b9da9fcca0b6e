//! Finds the API keys that an operator's input stands for.

use crate::{ApiKeyId, Inventory, TenantKey, TenantKeyId};

/// The API keys that `text` stands for, each with the tenant key that uses it. `text` is the id of a tenant
/// key, the id of an API key, a tenant or a name.
///
/// The id of a shared API key resolves to the key alone: its calls belong to no particular tenant.
pub fn resolve_keys(inventory: &Inventory, text: &str) -> Vec<(ApiKeyId, Option<TenantKeyId>)> {
    let with_api_key = |tenant_key: &TenantKey| {
        Some((tenant_key.api_key().into_result().ok()?, Some(tenant_key.id.clone())))
    };
    if let Some(tenant_key) = inventory.tenant_key(&text.into()) {
        return with_api_key(tenant_key).into_iter().collect();
    }
    let id = ApiKeyId::new(text);
    let is_known = inventory.api_key(&id).key().is_some() || inventory.tenant_keys_of_api_key(&id).len() > 0;
    if is_known {
        return vec![(id, None)];
    }
    let find_tenant_keys = |matches: &dyn Fn(&TenantKey) -> bool| {
        inventory
            .distinct_tenant_keys()
            .filter(|tenant_key| matches(tenant_key))
            .filter_map(with_api_key)
            .collect::<Vec<_>>()
    };
    let by_tenant = find_tenant_keys(&|tenant_key| tenant_key.tenant.as_str() == text);
    let found = if by_tenant.is_empty() {
        find_tenant_keys(&|tenant_key| tenant_key.name == text)
    } else {
        by_tenant
    };
    if !found.is_empty() {
        return found;
    }
    let keys = inventory.listed_api_keys().iter().filter(|key| key.name == text);
    keys.map(|key| (key.id.clone(), None)).collect()
}
