//! `/domainnames`: custom domain names of REST APIs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::request::{Input, Output};
use super::{rest_apis, tags, usage_plans};
use crate::state::{Account, DomainName, Tags};

/// Members that are stored and returned unchanged.
const SETTINGS: [&str; 6] = [
    "certificateName",
    "certificateArn",
    "regionalCertificateName",
    "regionalCertificateArn",
    "endpointConfiguration",
    "securityPolicy",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewDomainName {
    domain_name: Option<String>,
    tags: Option<Tags>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let new: NewDomainName = input.json()?;
    let tags = new.tags.unwrap_or_default();
    tags::check(&tags, account)?;
    let name = new.domain_name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| usage_plans::missing_member("domainName"))?.to_ascii_lowercase();
    if account.domain_names.contains(&name) {
        return Err(ApiError::bad_request("The domain name you provided already exists."));
    }
    if !is_domain_name(&name) {
        return Err(ApiError::bad_request("Invalid domain name specified"));
    }
    let settings = rest_apis::retain_members(new.settings, &SETTINGS);
    rest_apis::check_endpoint_types(&settings, "createDomainNameInput")?;
    let domain = DomainName { name, created: input.now, settings, tags, mappings: BTreeMap::new() };
    let output = Output::created(view(&domain));
    account.domain_names.insert(domain);
    Ok(output)
}

/// Whether a text is a host name of at least two labels; the first may be a wildcard. AWS's text about other names is
/// not known.
fn is_domain_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len()) && label.chars().all(is_inner) && !label.starts_with('-')
    };
    let host = name.strip_prefix("*.").unwrap_or(name);
    name.len() <= 253 && host.contains('.') && host.split('.').all(is_label)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let page_request = PageRequest::from_query(&input.query)?;
    Ok(Output::ok(page_request.list(account.domain_names.oldest_after(page_request.position), view)))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [name] = input.ids();
    find(account, name).map(|domain| Output::ok(view(domain)))
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [name] = input.ids();
    account.domain_names.remove(name).map(|_| Output::accepted()).ok_or_else(not_found)
}

pub(super) fn find<'a>(account: &'a Account, name: &str) -> Result<&'a DomainName, ApiError> {
    account.domain_names.get(name).ok_or_else(not_found)
}

pub(super) fn not_found() -> ApiError {
    ApiError::not_found("Invalid domain name identifier specified")
}

fn view(domain: &DomainName) -> Value {
    let view = json!({
        "domainName": domain.name,
        "domainNameStatus": "AVAILABLE",
        "endpointConfiguration": { "types": ["EDGE"] },
        "tags": domain.tags,
    });
    rest_apis::with_settings(view, &domain.settings)
}
