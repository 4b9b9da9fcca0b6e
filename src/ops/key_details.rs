//! What API Gateway answers for a single API key, where the lists say too little: every plan it is in, and all its tags.

use keypool_domain::{ApiKey, ApiKeyId, Inventory};

use crate::aws::{Aws, Failure};

/// Asks for the usage plans of API keys, where the members of the plans do not tell them; no value is read.
///
/// A key that may not be asked for stays unknown; `None` where nothing had to be asked.
pub async fn with_plans_of_api_keys(
    aws: &Aws,
    inventory: &Inventory,
    keys: &[ApiKeyId],
) -> Result<Option<Inventory>, Failure> {
    let mut answers = Vec::new();
    for key in keys.iter().filter(|key| inventory.plans_of_api_key(key).reason().is_some()) {
        match aws.usage_plans_of_key(key).await {
            Ok(plans) => answers.push((key.clone(), plans.into_iter().map(|plan| plan.id).collect())),
            Err(Failure::Denied { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok((!answers.is_empty()).then(|| inventory.clone().with_plans_of_api_keys(answers)))
}

/// Asks for the tags of API keys that are to go, which the list may leave out: they say whose a key is.
///
/// A key that may not be asked for stays as it is listed.
pub async fn with_tags_of_api_keys(
    aws: &Aws,
    inventory: Inventory,
    keys: &[ApiKeyId],
) -> Result<Inventory, Failure> {
    let mut answers = Vec::new();
    for id in keys.iter().filter(|id| inventory.api_key(id).key().is_some()) {
        match aws.api_key(id).await {
            Ok(answer) => answers.push((id.clone(), answer)),
            Err(Failure::Denied { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(if answers.is_empty() { inventory } else { inventory.with_api_keys(answers) })
}

/// An API key as it is now, with all its tags, which GetApiKeys may leave out; `None` where it is gone.
pub async fn read_api_key(aws: &Aws, id: &ApiKeyId) -> Result<Option<ApiKey>, Failure> {
    aws.api_key(id).await
}
