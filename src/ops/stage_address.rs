//! Where a stage is called, and which hosts may receive its keys.

use keypool_domain::StageRef;
use keypool_domain::api_access::ApiAccess;

use super::doctor::skip_unreadable;
use crate::aws::protected_api::CheckedRequest;
use crate::aws::{Aws, Failure};

/// Returns the configured address of a stage; otherwise, if its default endpoint is disabled, that of a custom
/// domain, as far as domains may be read.
pub(super) async fn read_custom_url(
    aws: &Aws,
    stage: &StageRef,
    access: Option<&ApiAccess>,
) -> Result<Option<String>, Failure> {
    if let Some(url) = aws.configured_url(stage) {
        return Ok(Some(url.to_owned()));
    }
    if !access.is_some_and(|access| access.is_default_endpoint_disabled) {
        return Ok(None);
    }
    let mappings = skip_unreadable(aws.domain_mappings().await)?.unwrap_or_default();
    Ok(aws.domain_url(&mappings, stage))
}

/// Refuses to send keys of these APIs to hosts other than their own. The hosts of custom domains are read only
/// for a host that is not known otherwise.
pub(super) async fn check_recipient(
    aws: &Aws,
    apis: &[&str],
    request: &CheckedRequest,
) -> Result<(), Failure> {
    let Err(refusal) = aws.check_recipient(apis, request, &[]) else { return Ok(()) };
    if !aws.has_public_domains() {
        return Err(refusal);
    }
    let mappings = skip_unreadable(aws.domain_mappings().await)?.unwrap_or_default();
    let of_apis = mappings.into_iter().filter(|mapping| apis.contains(&mapping.api.as_str()));
    let domains: Vec<String> = of_apis.map(|mapping| mapping.domain).collect();
    aws.check_recipient(apis, request, &domains).map_err(|_| refusal)
}
