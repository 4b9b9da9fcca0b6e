//! `/restapis/{id}/resources`: the resources being edited, each a path of the REST API.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::request::{Input, Output};
use super::{methods, rest_apis};
use crate::state::{Account, Resource, RestApi};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewResource {
    path_part: Option<String>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, parent_id] = input.ids();
    let new: NewResource = input.json()?;
    let part = new.path_part.unwrap_or_default();
    check_path_part(&part)?;
    let (id, max_resources) = (account.id_generator.new_id(6), account.settings().limits.resources_per_api);
    let api = rest_apis::find_mut(account, api_id)?;
    let parent = find(api, parent_id)?;
    let path = format!("{}/{part}", parent.path.trim_end_matches('/'));
    if api.resources.values().any(|resource| resource.path == path) {
        return Err(ApiError::conflict(format!(
            "Another resource with the same parent already has this name: {part}"
        )));
    }
    if api.resources.len() >= max_resources {
        return Err(ApiError::limit_exceeded(format!(
            "Maximum number of resources of {max_resources} reached for the API"
        )));
    }
    let parent_id = Some(parent.id.clone());
    let resource = Resource { id, parent_id, path_part: Some(part), path, methods: BTreeMap::new() };
    let output = Output::created(view(&resource, false));
    api.resources.insert(resource.id.clone(), resource);
    Ok(output)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id] = input.ids();
    let page_request = PageRequest::from_query(&input.query)?;
    let api = rest_apis::find(account, api_id)?;
    let with_methods = embeds_methods(input);
    let mut resources: Vec<&Resource> = api.resources.values().collect();
    resources.sort_by_key(|resource| &resource.path);
    Ok(Output::ok(page_request.list_by_index(resources.into_iter(), |resource| view(resource, with_methods))))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, id] = input.ids();
    let resource = find(rest_apis::find(account, api_id)?, id)?;
    Ok(Output::ok(view(resource, embeds_methods(input))))
}

pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, id] = input.ids();
    let api = rest_apis::find_mut(account, api_id)?;
    let resource = find(api, id)?;
    if resource.parent_id.is_none() {
        return Err(ApiError::bad_request("Root resource cannot be deleted"));
    }
    let (path, children_prefix) = (resource.path.clone(), format!("{}/", resource.path));
    api.resources.retain(|_, other| other.path != path && !other.path.starts_with(&children_prefix));
    Ok(Output::accepted())
}

pub(super) fn find<'a>(api: &'a RestApi, id: &str) -> Result<&'a Resource, ApiError> {
    api.resources.get(id).ok_or_else(not_found)
}

pub(super) fn find_mut<'a>(api: &'a mut RestApi, id: &str) -> Result<&'a mut Resource, ApiError> {
    api.resources.get_mut(id).ok_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::not_found("Invalid Resource identifier specified")
}

fn check_path_part(part: &str) -> Result<(), ApiError> {
    let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
    let name = name.map_or(part, |name| name.trim_end_matches('+'));
    let allowed = |character: char| character.is_ascii_alphanumeric() || "._-:$".contains(character);
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(ApiError::bad_request(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the \
             beginning and the end.",
        ));
    }
    Ok(())
}

/// Whether the query asks for each resource's methods, not only their verbs.
fn embeds_methods(input: &Input<'_>) -> bool {
    input.query.all("embed").flat_map(|embedded| embedded.split(',')).any(|embedded| embedded == "methods")
}

fn view(resource: &Resource, with_methods: bool) -> Value {
    let method_entry = |(verb, method): (&String, &crate::state::Method)| {
        let value: Value = if with_methods { methods::view(verb, method) } else { json!({}) };
        (verb.clone(), value)
    };
    let methods: Map<String, Value> = resource.methods.iter().map(method_entry).collect();
    json!({
        "id": resource.id,
        "parentId": resource.parent_id,
        "pathPart": resource.path_part,
        "path": resource.path,
        "resourceMethods": (!methods.is_empty()).then_some(methods),
    })
}
