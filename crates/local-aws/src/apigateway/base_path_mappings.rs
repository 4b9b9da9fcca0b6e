//! `/domainnames/{name}/basepathmappings`: the stages behind the base paths of a domain name.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::request::{Input, Output};
use super::{domain_names, rest_apis, stages, usage_plans};
use crate::state::{Account, BasePathMapping, NO_BASE_PATH};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMapping {
    base_path: Option<String>,
    rest_api_id: Option<String>,
    stage: Option<String>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [domain] = input.ids();
    domain_names::find(account, domain)?;
    let new: NewMapping = input.json()?;
    let base_path = new.base_path.filter(|path| !path.is_empty());
    let base_path = base_path.unwrap_or_else(|| NO_BASE_PATH.to_owned());
    let rest_api_id = new.rest_api_id.ok_or_else(|| usage_plans::missing_member("restApiId"))?;
    let stage = new.stage.filter(|stage| !stage.is_empty());
    let api = rest_apis::find(account, &rest_api_id)?;
    if stage.as_ref().is_some_and(|stage| !api.stages.contains_key(stage)) {
        return Err(stages::not_found());
    }
    // Mappings with slashes belong to apigatewayv2. The text is not documented.
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "$-_.+!*'()".contains(c);
    if !base_path.chars().all(is_allowed) {
        return Err(ApiError::bad_request("Invalid base path specified"));
    }
    let mapping = BasePathMapping { rest_api_id, stage };
    let output = Output::created(view((&base_path, &mapping)));
    let domain = account.domain_names.get_mut(domain).ok_or_else(domain_names::not_found)?;
    if domain.mappings.contains_key(&base_path) {
        return Err(ApiError::conflict("Base path already exists for this domain name"));
    }
    domain.mappings.insert(base_path, mapping);
    Ok(output)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [domain] = input.ids();
    let page_request = PageRequest::from_query(&input.query)?;
    let domain = domain_names::find(account, domain)?;
    Ok(Output::ok(page_request.list_by_index(domain.mappings.iter(), view)))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [domain, base_path] = input.ids();
    let mapping = domain_names::find(account, domain)?.mappings.get(base_path).ok_or_else(not_found)?;
    Ok(Output::ok(view((base_path, mapping))))
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [domain, base_path] = input.ids();
    let domain = account.domain_names.get_mut(domain).ok_or_else(domain_names::not_found)?;
    domain.mappings.remove(base_path).map(|_| Output::accepted()).ok_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::not_found("Invalid base path mapping identifier specified")
}

fn view<P: AsRef<str>>((base_path, mapping): (P, &BasePathMapping)) -> Value {
    json!({ "basePath": base_path.as_ref(), "restApiId": mapping.rest_api_id, "stage": mapping.stage })
}
