//! Where a stage is called, and which hosts may receive its keys.

use keypool_domain::StageRef;
use keypool_domain::api_access::ApiAccess;

use super::doctor::skip_unreadable;
use crate::aws::protected_api::CheckedRequest;
use crate::aws::{Aws, Failure};

/// Where a stage is called instead of its default endpoint.
#[derive(Debug, Default)]
pub(super) struct CustomAddress {
    pub(super) url: Option<String>,
    /// Why the custom domains could not be read, if one is needed.
    pub(super) unread_domains: Option<String>,
}

/// Returns the configured address of a stage; otherwise, if its default endpoint is disabled, that of a custom
/// domain, as far as domains may be read.
pub(super) async fn read_custom_address(
    aws: &Aws,
    stage: &StageRef,
    access: Option<&ApiAccess>,
) -> Result<CustomAddress, Failure> {
    if let Some(url) = aws.configured_url(stage) {
        return Ok(CustomAddress { url: Some(url.to_owned()), ..CustomAddress::default() });
    }
    if !access.is_some_and(|access| access.is_default_endpoint_disabled) {
        return Ok(CustomAddress::default());
    }
    let read = aws.domain_mappings().await;
    let unread_domains = read.as_ref().err().map(ToString::to_string);
    let mappings = skip_unreadable(read)?.unwrap_or_default();
    Ok(CustomAddress { url: aws.domain_url(&mappings, stage), unread_domains })
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
