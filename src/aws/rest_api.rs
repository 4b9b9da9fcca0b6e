//! REST APIs in domain types.

mod access;
mod domain_names;
mod gateway_responses;
mod policy;
mod stages;
mod writes;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigateway::types::{Method, Resource};
use keypool_domain::StageRef;
use keypool_domain::api_access::{Authorization, WebAcl};

use super::failure::Service;
use super::pages::Pages;
use super::protected_api::{AllowedHosts, CheckedRequest, invoke_url};
use super::{Aws, Failure, Site};

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

/// What a stage serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeployedStage {
    /// Whether each method requires an API key, by verb and path. Empty if the endpoint does not report it.
    pub(crate) methods: BTreeMap<String, bool>,
    /// What the methods require besides a key.
    pub(crate) authorizations: BTreeMap<String, Authorization>,
    pub(crate) web_acl: WebAcl,
}

impl Default for DeployedStage {
    fn default() -> Self {
        Self { methods: BTreeMap::new(), authorizations: BTreeMap::new(), web_acl: WebAcl::None }
    }
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

    /// Returns what a stage serves.
    pub(crate) async fn deployed_stage(&self, stage: &StageRef) -> Result<DeployedStage, Failure> {
        let call = self.call(Service::ApiGateway, "GetStage", format!("stage {stage}"));
        let response =
            self.shared.gateway.get_stage().rest_api_id(&stage.api).stage_name(&stage.stage).send().await;
        let response = response.map_err(|error| call.failure(error))?;
        let web_acl = response.web_acl_arn.filter(|arn| !arn.is_empty());
        let mut deployed = DeployedStage {
            web_acl: web_acl.map_or(WebAcl::None, WebAcl::Associated),
            ..DeployedStage::default()
        };
        let Some(deployment) = response.deployment_id else { return Ok(deployed) };
        let call = self.call(Service::ApiGateway, "GetDeployment", format!("deployment {deployment}"));
        let request = self.shared.gateway.get_deployment().rest_api_id(&stage.api).deployment_id(deployment);
        let response = request.embed("apisummary").send().await.map_err(|error| call.failure(error))?;
        for (path, methods) in response.api_summary.unwrap_or_default() {
            for (verb, method) in methods {
                let name = format!("{verb} {path}");
                let authorization_type = method.authorization_type.unwrap_or_default();
                deployed.authorizations.insert(name.clone(), Authorization::from_type(&authorization_type));
                deployed.methods.insert(name, method.api_key_required);
            }
        }
        Ok(deployed)
    }

    /// Returns the role with which API Gateway writes logs, if the account has one.
    pub(crate) async fn log_role(&self) -> Result<Option<String>, Failure> {
        let call = self.call(Service::ApiGateway, "GetAccount", "the account");
        let account = self.shared.gateway.get_account().send().await.map_err(|error| call.failure(error))?;
        Ok(account.cloudwatch_role_arn.filter(|role| !role.is_empty()))
    }

    /// Refuses to send keys of these APIs to hosts other than their own and those configured for
    /// them.
    /// `domains` are hosts of the APIs' custom domains.
    pub(crate) fn check_recipient(
        &self,
        apis: &[&str],
        request: &CheckedRequest,
        domains: &[String],
    ) -> Result<(), Failure> {
        let context = self.context();
        let control_plane = &context.endpoints.api_gateway;
        let configured = apis.iter().filter_map(|api| self.shared.call_hosts.get(*api)).flatten();
        let hosts: Vec<_> = configured.chain(domains).cloned().collect();
        let urls = self.shared.stage_urls.iter().filter(|(stage, _)| apis.contains(&stage.api.as_str()));
        let urls: Vec<_> = urls.map(|(_, url)| url.as_str()).collect();
        AllowedHosts { control_plane, region: &context.region, apis, hosts: &hosts, urls: &urls }
            .check(request.uri())
    }

    /// Whether APIs of this endpoint can have custom domains that are reached by their names.
    pub(crate) fn has_public_domains(&self) -> bool {
        self.context().endpoints.api_gateway.site == Site::Aws
    }

    /// Returns the configured address of a stage, without a path.
    pub(crate) fn configured_url(&self, stage: &StageRef) -> Option<&str> {
        self.shared.stage_urls.get(stage).map(String::as_str)
    }

    /// Returns the address of a stage's default endpoint, without a path.
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
