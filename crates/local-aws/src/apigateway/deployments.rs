//! `/restapis/{id}/deployments`: snapshots of the resources, which stages serve to callers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::page::PageRequest;
use super::request::{Input, Output, to_epoch_seconds};
use super::{rest_apis, stages};
use crate::state::{AccessSettings, Account, Deployment, Resource, RestApi};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewDeployment {
    stage_name: Option<String>,
    stage_description: Option<String>,
    description: Option<String>,
    variables: Option<BTreeMap<String, String>>,
    tracing_enabled: Option<bool>,
}

pub(super) fn create(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id] = input.ids();
    let new: NewDeployment = input.json()?;
    let (id, max_stages) = (account.id_generator.new_id(6), account.settings().limits.stages_per_api);
    let api = rest_apis::find_mut(account, api_id)?;
    check_deployable(api)?;
    let deployment = Deployment {
        id,
        description: new.description,
        created: input.now,
        resources: api.resources.clone(),
        gateway_responses: api.gateway_responses.clone(),
        access: Some(AccessSettings::from_api(api)),
    };
    if let Some(name) = new.stage_name.filter(|name| !name.is_empty()) {
        let mut stage = match api.stages.get(&name) {
            Some(stage) => stage.clone(),
            None => stages::new_stage(api, &name, max_stages, input.now)?,
        };
        stage.deployment_id.clone_from(&deployment.id);
        stage.updated = input.now;
        stage.description = new.stage_description.or(stage.description);
        stage.variables = new.variables.unwrap_or(stage.variables);
        stage.tracing = new.tracing_enabled.unwrap_or(stage.tracing);
        api.stages.insert(name, stage);
    }
    let output = Output::created(view(&deployment, false));
    api.deployments.push(deployment);
    Ok(output)
}

pub(super) fn list(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id] = input.ids();
    let page_request = PageRequest::from_query(&input.query)?;
    let api = rest_apis::find(account, api_id)?;
    Ok(Output::ok(
        page_request.list_by_index(api.deployments.iter().rev(), |deployment| view(deployment, false)),
    ))
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, id] = input.ids();
    let deployment = rest_apis::find(account, api_id)?.deployment(id).ok_or_else(not_found)?;
    let with_summary = input.query.all("embed").any(|embedded| embedded == "apisummary");
    Ok(Output::ok(view(deployment, with_summary)))
}

/// Deletes a deployment that no stage serves.
pub(super) fn delete(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [api_id, id] = input.ids();
    let api = rest_apis::find_mut(account, api_id)?;
    api.deployment(id).ok_or_else(not_found)?;
    if api.stages.values().any(|stage| stage.deployment_id == id) {
        return Err(ApiError::bad_request(
            "Active stages pointing to this deployment must be moved or deleted",
        ));
    }
    api.deployments.retain(|deployment| deployment.id != id);
    Ok(Output::accepted())
}

pub(super) fn not_found() -> ApiError {
    ApiError::not_found("Invalid Deployment identifier specified")
}

fn check_deployable(api: &RestApi) -> Result<(), ApiError> {
    let mut methods = api.resources.values().flat_map(|resource| resource.methods.values()).peekable();
    if methods.peek().is_none() {
        return Err(ApiError::bad_request("The REST API doesn't contain any methods"));
    }
    if methods.any(|method| method.integration.is_none()) {
        return Err(ApiError::bad_request("No integration defined for method"));
    }
    Ok(())
}

fn view(deployment: &Deployment, with_summary: bool) -> Value {
    json!({
        "id": deployment.id,
        "description": deployment.description,
        "createdDate": to_epoch_seconds(deployment.created),
        "apiSummary": with_summary.then(|| api_summary(&deployment.resources)),
    })
}

fn api_summary(resources: &BTreeMap<String, Resource>) -> Map<String, Value> {
    let summarize_methods = |resource: &Resource| -> Map<String, Value> {
        let method_entry = |(verb, method): (&String, &crate::state::Method)| {
            let value = json!({
                "authorizationType": method.authorization_type,
                "apiKeyRequired": method.api_key_required,
            });
            (verb.clone(), value)
        };
        resource.methods.iter().map(method_entry).collect()
    };
    let with_methods = resources.values().filter(|resource| !resource.methods.is_empty());
    with_methods.map(|resource| (resource.path.clone(), summarize_methods(resource).into())).collect()
}
