//! Finds the stage behind a custom domain name.

use super::route::{CallPath, parse_call_path};
use crate::state::{Account, NO_BASE_PATH};

/// Resolves `/DOMAIN/BASE_PATH/PATH`. The mapping without base path serves what no other mapping does; a mapping
/// without stage takes it from the path.
pub(super) fn resolve(account: &Account, path: &str) -> Option<CallPath> {
    let (name, below) = split_first(path);
    let domain = account.domain_names.get(&name.to_ascii_lowercase())?;
    let (base_path, rest) = split_first(below);
    let with_base_path = domain.mappings.get(base_path).map(|mapping| (mapping, rest));
    let (mapping, rest) = with_base_path.or_else(|| Some((domain.mappings.get(NO_BASE_PATH)?, below)))?;
    let (api, stage) = (&mapping.rest_api_id, mapping.stage.as_ref());
    Some(match stage {
        Some(stage) => parse_call_path(&format!("/{api}/{stage}/{}", rest.trim_start_matches('/'))),
        None => parse_call_path(&format!("/{api}/{}", rest.trim_start_matches('/'))),
    })
}

fn split_first(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    path.split_once('/').unwrap_or((path, ""))
}
