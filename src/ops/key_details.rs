//! Details of single API keys that lists omit: every plan a key is in, and all its tags.

use futures_util::{StreamExt, TryStreamExt, stream};
use keypool_domain::{ApiKey, ApiKeyId, Inventory};

use crate::aws::{Aws, Failure};

const MAX_CONCURRENT_READS: usize = 8;

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

/// Reads the tags of API keys, which lists may omit: they name the owner of a key about to be deleted, and its end.
///
/// Keys that may not be read stay as listed.
pub async fn with_tags_of_api_keys(
    aws: &Aws,
    inventory: Inventory,
    keys: &[ApiKeyId],
) -> Result<Inventory, Failure> {
    // Owned ids: with borrowed ones the compiler cannot prove that the future is `Send`.
    let listed = keys.iter().filter(|id| inventory.api_key(id).key().is_some());
    let listed: Vec<ApiKeyId> = listed.cloned().collect();
    let reads = listed.into_iter().map(|id| async {
        match aws.api_key(&id).await {
            Ok(key) => Ok(Some((id, key))),
            Err(Failure::Denied { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    });
    let results: Vec<_> = stream::iter(reads).buffer_unordered(MAX_CONCURRENT_READS).try_collect().await?;
    let results: Vec<_> = results.into_iter().flatten().collect();
    Ok(if results.is_empty() { inventory } else { inventory.with_api_keys(results) })
}

/// Reads the current API key with all its tags, which GetApiKeys may omit. `None` if it is gone.
pub async fn read_api_key(aws: &Aws, id: &ApiKeyId) -> Result<Option<ApiKey>, Failure> {
    aws.api_key(id).await
}
