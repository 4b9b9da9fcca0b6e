//! REST APIs: the resources being edited, the deployments, and the stages that serve a deployment to callers.
//!
//! Invariant: a deployment has its own copy of the resources, so an edited method changes nothing for callers until it
//! is deployed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::access_settings::AccessSettings;
use super::api_key::Tags;
use super::collection::Entity;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RestApi {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    /// `HEADER` or `AUTHORIZER`.
    pub(crate) api_key_source: String,
    /// Other members of the create request, unchanged.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) settings: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    /// The resources being edited, by id.
    pub(crate) resources: BTreeMap<String, Resource>,
    /// Oldest first.
    #[serde(default)]
    pub(crate) deployments: Vec<Deployment>,
    /// By name.
    #[serde(default)]
    pub(crate) stages: BTreeMap<String, Stage>,
    /// Only the customized responses, by type.
    #[serde(default)]
    pub(crate) gateway_responses: BTreeMap<String, GatewayResponse>,
    /// By id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) authorizers: BTreeMap<String, Authorizer>,
}

impl RestApi {
    pub(crate) fn deployment(&self, id: &str) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.id == id)
    }

    /// Returns a stage and the deployment that it serves.
    pub(crate) fn stage_deployment(&self, stage: &str) -> Option<(&Stage, &Deployment)> {
        let stage = self.stages.get(stage)?;
        Some((stage, self.deployment(&stage.deployment_id)?))
    }
}

impl Entity for RestApi {
    const KIND: &'static str = "restApi";

    fn id(&self) -> String {
        self.id.clone()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resource {
    pub(crate) id: String,
    /// `None` for the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path_part: Option<String>,
    /// The full path, such as `/pets/{id}`.
    pub(crate) path: String,
    /// By verb; `ANY` matches every verb.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) methods: BTreeMap<String, Method>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Method {
    pub(crate) authorization_type: String,
    pub(crate) api_key_required: bool,
    /// Other members of the request, unchanged.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) settings: Map<String, Value>,
    /// By status.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) responses: BTreeMap<String, MethodResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) integration: Option<Integration>,
}

impl Method {
    pub(crate) fn authorizer_id(&self) -> Option<&str> {
        self.settings.get("authorizerId")?.as_str()
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MethodResponse {
    pub(crate) response_parameters: BTreeMap<String, bool>,
    pub(crate) response_models: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Integration {
    /// `MOCK`, `HTTP`, `HTTP_PROXY`, `AWS` or `AWS_PROXY`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// By content type.
    pub(crate) request_templates: BTreeMap<String, String>,
    /// Other members of the request, unchanged.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) settings: Map<String, Value>,
    /// By status.
    pub(crate) responses: BTreeMap<String, IntegrationResponse>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct IntegrationResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) selection_pattern: Option<String>,
    /// By `method.response.header.NAME`.
    pub(crate) response_parameters: BTreeMap<String, String>,
    /// By content type.
    pub(crate) response_templates: BTreeMap<String, String>,
}

/// A snapshot of the resources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    /// By id.
    pub(crate) resources: BTreeMap<String, Resource>,
    #[serde(default)]
    pub(crate) gateway_responses: BTreeMap<String, GatewayResponse>,
    /// `None` in journals of older versions: the API's settings as last edited apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) access: Option<AccessSettings>,
}

/// A record of an authorizer, which is never run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authorizer {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `TOKEN`, `REQUEST` or `COGNITO_USER_POOLS`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Other members of the request, unchanged.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) settings: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stage {
    pub(crate) name: String,
    pub(crate) deployment_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// By `path/VERB` with `~1` for the path's slashes, such as `~1pets/GET`; `*/*` is the default for all methods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) method_settings: BTreeMap<String, MethodSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) access_log: Option<AccessLogSettings>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) tracing: bool,
    /// The associated web ACL, which is never evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) web_acl_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

/// A stage's settings for a method; a setting that was never set is `None`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MethodSettings {
    pub(crate) metrics_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logging_level: Option<String>,
    pub(crate) data_trace_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) throttling_rate_limit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) throttling_burst_limit: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AccessLogSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<String>,
}

/// A customized response to one type of error.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct GatewayResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_code: Option<String>,
    /// By `gatewayresponse.header.NAME`.
    pub(crate) response_parameters: BTreeMap<String, String>,
    /// By content type.
    pub(crate) response_templates: BTreeMap<String, String>,
}
