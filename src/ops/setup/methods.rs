//! Whether the methods that a plan limits are there.

use std::collections::{BTreeMap, BTreeSet};

use keypool_domain::{MethodRef, StageRef};

use crate::aws::{Aws, RestMethod};

/// Those that their API does not have, each once; an API whose methods cannot be read is taken to have them.
pub async fn missing_methods(aws: &Aws, limited: &[(StageRef, MethodRef)]) -> BTreeSet<(String, MethodRef)> {
    let mut of_api: BTreeMap<&str, BTreeSet<&MethodRef>> = BTreeMap::new();
    for (stage, method) in limited {
        of_api.entry(&stage.api).or_default().insert(method);
    }
    let mut absent = BTreeSet::new();
    for (api, wanted) in of_api {
        let Ok(there) = aws.methods(api).await else { continue };
        let missing =
            wanted.into_iter().filter(|method| !there.iter().any(|known| serves_method(known, method)));
        absent.extend(missing.map(|method| (api.to_owned(), method.clone())));
    }
    absent
}

fn serves_method(known: &RestMethod, method: &MethodRef) -> bool {
    known.path == method.path && (known.verb == method.verb || known.verb == "ANY")
}
