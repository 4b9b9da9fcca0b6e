//! REST APIs in domain types.

mod gateway_responses;
mod stages;
mod writes;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigateway::types::{Method, MethodSnapshot, Resource};
use keypool_domain::StageRef;

use super::failure::Service;
use super::pages::Pages;
use super::protected_api::{AllowedHosts, CheckedRequest, invoke_url};
use super::{Aws, Failure};

/// The largest page that API Gateway returns.
const PAGE_SIZE: i32 = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RestMethod {
    /// The resource's id.
    pub(crate) resource: String,
    /// The resource's path, for example `/pets/{petId}`.
    pub(crate) path: String,
    /// The verb, or `ANY`.
    pub(crate) verb: String,
    /// Whether the method requires an API key.
    pub(crate) needs_key: bool,
}

impl Aws {
    /// Returns the methods of a REST API as last edited; the deployed version may be older.
    pub(crate) async fn methods(&self, api: &str) -> Result<Vec<RestMethod>, Failure> {
        let call = self.call(Service::ApiGateway, "GetResources", format!("REST API {api}"));
        let request = self.shared.gateway.get_resources().rest_api_id(api).embed("methods").limit(PAGE_SIZE);
        let (mut methods, mut pages) = (Vec::new(), Pages::of_list());
        loop {
            let page = request.clone().set_position(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            methods.extend(page.items.unwrap_or_default().into_iter().flat_map(resource_methods));
            if !pages.turn_page(&call, page.position)? {
                return Ok(methods);
            }
        }
    }

    /// Returns whether each deployed method of a stage requires an API key, by verb and path.
    pub(crate) async fn deployed_methods(&self, stage: &StageRef) -> Result<BTreeMap<String, bool>, Failure> {
        let call = self.call(Service::ApiGateway, "GetStage", format!("stage {stage}"));
        let response =
            self.shared.gateway.get_stage().rest_api_id(&stage.api).stage_name(&stage.stage).send().await;
        let Some(deployment) = response.map_err(|error| call.failure(error))?.deployment_id else {
            return Ok(BTreeMap::new());
        };
        let call = self.call(Service::ApiGateway, "GetDeployment", format!("deployment {deployment}"));
        let request = self.shared.gateway.get_deployment().rest_api_id(&stage.api).deployment_id(deployment);
        let response = request.embed("apisummary").send().await.map_err(|error| call.failure(error))?;
        let summary = response.api_summary.unwrap_or_default().into_iter();
        let methods_of_path = |(path, methods): (String, HashMap<String, MethodSnapshot>)| {
            methods.into_iter().map(move |(verb, method)| (format!("{verb} {path}"), method.api_key_required))
        };
        Ok(summary.flat_map(methods_of_path).collect())
    }

    /// Returns the role with which API Gateway writes logs, if the account has one.
    pub(crate) async fn log_role(&self) -> Result<Option<String>, Failure> {
        let call = self.call(Service::ApiGateway, "GetAccount", "the account");
        let account = self.shared.gateway.get_account().send().await.map_err(|error| call.failure(error))?;
        Ok(account.cloudwatch_role_arn.filter(|role| !role.is_empty()))
    }

    /// Refuses to send keys of these APIs to hosts other than their own and those configured for
    /// them.
    pub(crate) fn check_recipient(&self, apis: &[&str], request: &CheckedRequest) -> Result<(), Failure> {
        let context = self.context();
        let control_plane = &context.endpoints.api_gateway;
        // Custom domain mappings are not read yet.
        let hosts: Vec<_> =
            apis.iter().filter_map(|api| self.shared.call_hosts.get(*api)).flatten().cloned().collect();
        AllowedHosts { control_plane, region: &context.region, apis, hosts: &hosts }.check(request.uri())
    }

    /// Returns the address at which a stage is called, without a path.
    pub(crate) fn invoke_url(&self, stage: &StageRef) -> String {
        let context = self.context();
        invoke_url(&context.endpoints.api_gateway, &context.region, stage)
    }
}

fn resource_methods(resource: Resource) -> impl Iterator<Item = RestMethod> {
    let (id, path) = (resource.id.unwrap_or_default(), resource.path.unwrap_or_default());
    let methods: HashMap<String, Method> = resource.resource_methods.unwrap_or_default();
    methods.into_iter().map(move |(verb, method)| RestMethod {
        resource: id.clone(),
        path: path.clone(),
        verb,
        needs_key: method.api_key_required.unwrap_or_default(),
    })
}
