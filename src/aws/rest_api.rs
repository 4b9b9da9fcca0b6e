//! What a REST API offers, in domain types.

use std::collections::HashMap;

use aws_sdk_apigateway::types::{Method, Resource};
use keypool_domain::StageRef;

use super::failure::Service;
use super::protected::invoke_url;
use super::{Aws, Failure};

/// The most resources that one page holds.
const PAGE: i32 = 500;

/// A method of a REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiMethod {
    /// The resource's path, for example `/pets/{petId}`.
    pub(crate) path: String,
    /// The verb, or `ANY`.
    pub(crate) verb: String,
    /// Whether it wants an API key.
    pub(crate) needs_key: bool,
}

impl Aws {
    /// The methods of a REST API as they were last edited; what is deployed may be older.
    pub(crate) async fn methods(&self, api: &str) -> Result<Vec<ApiMethod>, Failure> {
        let call = self.call(Service::ApiGateway, "GetResources", format!("REST API {api}"));
        let request = self.shared.asked.get_resources().rest_api_id(api).embed("methods").limit(PAGE);
        let mut items = request.into_paginator().items().send();
        let mut methods = Vec::new();
        while let Some(resource) = items.next().await {
            methods.extend(methods_of(resource.map_err(|why| call.failed(why))?));
        }
        Ok(methods)
    }

    /// Where a stage is called, without a path.
    pub(crate) fn invoke_url(&self, stage: &StageRef) -> String {
        let context = self.context();
        invoke_url(context.endpoint.as_deref(), &context.region, stage)
    }
}

fn methods_of(resource: Resource) -> impl Iterator<Item = ApiMethod> {
    let path = resource.path.unwrap_or_default();
    let methods: HashMap<String, Method> = resource.resource_methods.unwrap_or_default();
    methods.into_iter().map(move |(verb, method)| ApiMethod {
        path: path.clone(),
        verb,
        needs_key: method.api_key_required.unwrap_or_default(),
    })
}
