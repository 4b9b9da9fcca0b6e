//! What API keys are right before a change deletes them, for its undo and for the audit trail; never their values.

use keypool_domain::{ApiKeyId, Change, FormerApiKey, Inventory, TenantKeyId};

use crate::aws::{Aws, Failure};

/// The most API keys that are read one by one; beyond that the lists have to do.
const MAX_KEYS_READ_ONE_BY_ONE: usize = 25;

/// What a deleted tenant key's own API key was.
pub(super) type FormerKey = (TenantKeyId, FormerApiKey);

/// Reads the API keys that a deletion ends.
pub(super) async fn read(
    aws: &Aws,
    change: &Change,
    inventory: &Inventory,
) -> Result<Vec<FormerKey>, Failure> {
    let Change::Delete(rows) = change else { return Ok(Vec::new()) };
    let rows = rows.iter().filter_map(|row| inventory.tenant_key(row));
    let own = rows.filter(|row| inventory.is_shared(row).is_known_to_be(&false));
    let own = own.filter_map(|row| Some((row.id.clone(), row.require_api_key().ok()?)));
    let mut all = Vec::new();
    for (at, (row, api_key)) in own.enumerate() {
        let now = if at < MAX_KEYS_READ_ONE_BY_ONE { read_current_key(aws, &api_key).await? } else { None };
        let former = now.or_else(|| FormerApiKey::from_inventory(&api_key, inventory));
        all.extend(former.map(|former| (row, former)));
    }
    Ok(all)
}

/// An API key as it is now, where it may be asked for.
async fn read_current_key(aws: &Aws, id: &ApiKeyId) -> Result<Option<FormerApiKey>, Failure> {
    let asked = async {
        let Some(key) = aws.api_key(id).await? else { return Ok(None) };
        let plans: Vec<_> = aws.usage_plans_of_key(id).await?.into_iter().map(|plan| plan.id).collect();
        Ok(Some(FormerApiKey::new(&key, &plans)))
    };
    match asked.await {
        Err(Failure::Denied { .. } | Failure::Unsupported(_)) => Ok(None),
        asked => asked,
    }
}
