//! Finds out which tenant keys have their own API key if the API keys of plans may not be listed.

use keypool_domain::{ApiKeyId, Change, Inventory};

use crate::aws::{Aws, Failure};

/// For each tenant key of these changes whose API key is unknown, looks for an API key with the tenant key's
/// id in the usage plans. If there is one, the tenant key is siloed. Key values are not read; whatever may
/// not be read stays unknown.
pub async fn with_own_api_keys(
    aws: &Aws,
    inventory: Inventory,
    changes: &[Change],
) -> Result<Inventory, Failure> {
    let tenant_keys = changes.iter().flat_map(|change| change.tenant_keys(&inventory));
    let unknown: Vec<_> = tenant_keys
        .filter(|tenant_key| tenant_key.pool_key.reason().is_some())
        .map(|tenant_key| tenant_key.id.clone())
        .collect();
    let mut siloed = Vec::new();
    for id in unknown {
        match aws.usage_plans_of_key(&ApiKeyId::new(id.as_str())).await {
            Ok(plans) if plans.is_empty() => {}
            Ok(_) => siloed.push(id),
            Err(Failure::Denied { .. } | Failure::Gone(_) | Failure::Unsupported(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(if siloed.is_empty() { inventory } else { inventory.with_own_api_keys(&siloed) })
}
