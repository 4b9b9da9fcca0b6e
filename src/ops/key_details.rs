//! Details of single API keys that lists omit: every plan a key is in, and all its tags.

use keypool_domain::{ApiKey, ApiKeyId, Inventory};

use crate::aws::{Aws, Failure};

/// Reads the usage plans of API keys whose plans the inventory does not know, because it could not read the
/// members of all plans. Key values are not read.
///
/// Keys that may not be read stay unknown. Returns `None` if there was nothing to read.
pub async fn with_plans_of_api_keys(
    aws: &Aws,
    inventory: &Inventory,
    keys: &[ApiKeyId],
) -> Result<Option<Inventory>, Failure> {
    let mut results = Vec::new();
    for key in keys.iter().filter(|key| inventory.plans_of_api_key(key).reason().is_some()) {
        match aws.usage_plans_of_key(key).await {
            Ok(plans) => results.push((key.clone(), plans.into_iter().map(|plan| plan.id).collect())),
            Err(Failure::Denied { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok((!results.is_empty()).then(|| inventory.clone().with_plans_of_api_keys(results)))
}

/// Reads the tags of API keys about to be deleted, which lists may omit: the tags name the owner.
///
/// Keys that may not be read stay as listed.
pub async fn with_tags_of_api_keys(
    aws: &Aws,
    inventory: Inventory,
    keys: &[ApiKeyId],
) -> Result<Inventory, Failure> {
    let mut results = Vec::new();
    for id in keys.iter().filter(|id| inventory.api_key(id).key().is_some()) {
        match aws.api_key(id).await {
            Ok(key) => results.push((id.clone(), key)),
            Err(Failure::Denied { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(if results.is_empty() { inventory } else { inventory.with_api_keys(results) })
}

/// Reads the current API key with all its tags, which GetApiKeys may omit. `None` if it is gone.
pub async fn read_api_key(aws: &Aws, id: &ApiKeyId) -> Result<Option<ApiKey>, Failure> {
    aws.api_key(id).await
}
