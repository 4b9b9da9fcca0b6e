//! State of API keys right before a change deletes them, for undo and the audit trail. It never includes
//! key values.

use keypool_domain::{ApiKeyId, Change, FormerApiKey, Inventory, TenantKeyId};

use crate::aws::{Aws, Failure};

/// For keys beyond this number, their state in the inventory is used.
const MAX_KEYS_READ_ONE_BY_ONE: usize = 25;

/// A deleted tenant key and the state of its own API key.
pub(super) type FormerKey = (TenantKeyId, FormerApiKey);

/// Reads the API keys that a deletion removes.
pub(super) async fn read(
    aws: &Aws,
    change: &Change,
    inventory: &Inventory,
) -> Result<Vec<FormerKey>, Failure> {
    let Change::Delete(tenant_keys) = change else { return Ok(Vec::new()) };
    let tenant_keys = tenant_keys.iter().filter_map(|tenant_key| inventory.tenant_key(tenant_key));
    let siloed = tenant_keys.filter(|tenant_key| inventory.is_shared(tenant_key).is_known_to_be(&false));
    let own_keys =
        siloed.filter_map(|tenant_key| Some((tenant_key.id.clone(), tenant_key.require_api_key().ok()?)));
    let mut former_keys = Vec::new();
    for (at, (tenant_key, api_key)) in own_keys.enumerate() {
        let current =
            if at < MAX_KEYS_READ_ONE_BY_ONE { read_current_key(aws, &api_key).await? } else { None };
        let former = current.or_else(|| FormerApiKey::from_inventory(&api_key, inventory));
        former_keys.extend(former.map(|former| (tenant_key, former)));
    }
    Ok(former_keys)
}

/// Returns the current state of an API key, or `None` if reading it is denied.
async fn read_current_key(aws: &Aws, id: &ApiKeyId) -> Result<Option<FormerApiKey>, Failure> {
    let reading = async {
        let Some(key) = aws.api_key(id).await? else { return Ok(None) };
        let plans: Vec<_> = aws.usage_plans_of_key(id).await?.into_iter().map(|plan| plan.id).collect();
        Ok(Some(FormerApiKey::new(&key, &plans)))
    };
    match reading.await {
        Err(Failure::Denied { .. } | Failure::Unsupported(_)) => Ok(None),
        result => result,
    }
}
