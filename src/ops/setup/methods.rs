//! Checks whether the methods with throttles exist.

use std::collections::{BTreeMap, BTreeSet};

use keypool_domain::{MethodRef, StageRef};

use crate::aws::{Aws, RestMethod};

/// Returns the throttled methods that their API does not have. APIs whose methods cannot be read are skipped.
pub async fn missing_methods(
    aws: &Aws,
    throttled: &[(StageRef, MethodRef)],
) -> BTreeSet<(String, MethodRef)> {
    let mut by_api: BTreeMap<&str, BTreeSet<&MethodRef>> = BTreeMap::new();
    for (stage, method) in throttled {
        by_api.entry(&stage.api).or_default().insert(method);
    }
    let mut all_missing = BTreeSet::new();
    for (api, methods) in by_api {
        let Ok(existing) = aws.methods(api).await else { continue };
        let missing = methods
            .into_iter()
            .filter(|method| !existing.iter().any(|existing_method| serves_method(existing_method, method)));
        all_missing.extend(missing.map(|method| (api.to_owned(), method.clone())));
    }
    all_missing
}

fn serves_method(existing_method: &RestMethod, method: &MethodRef) -> bool {
    existing_method.path == method.path
        && (existing_method.verb == method.verb || existing_method.verb == "ANY")
}
