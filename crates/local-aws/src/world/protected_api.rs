//! A REST API with one method that requires an API key, deployed to a stage.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Map;

use crate::state::{
    AccessSettings, Deployment, Integration, IntegrationResponse, Method, MethodResponse, MethodSettings,
    Resource, RestApi, Stage, Tags,
};

const RESPONSE_BODY: &str = concat!(
    r#"{"message":"Hello from the protected API","#,
    r#""apiKeyId":"$context.identity.apiKeyId","#,
    r#""requestId":"$context.requestId"}"#
);

pub(super) struct ProtectedApiSpec<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) stage: &'a str,
    /// The only segment of the method's path.
    pub(super) path_part: &'a str,
    pub(super) created: Timestamp,
}

impl ProtectedApiSpec<'_> {
    /// Returns an API with a mock `GET` method, deployed and not edited since.
    pub(super) fn to_rest_api(&self) -> RestApi {
        let resources = self.resources();
        let deployment = Deployment {
            id: self.derived_id("d"),
            description: None,
            created: self.created,
            resources: resources.clone(),
            gateway_responses: BTreeMap::new(),
            access: None,
        };
        let mut api = RestApi {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            description: None,
            created: self.created,
            api_key_source: "HEADER".to_owned(),
            settings: Map::new(),
            tags: Tags::new(),
            resources,
            stages: BTreeMap::from([(self.stage.to_owned(), self.stage(&deployment.id))]),
            deployments: vec![deployment],
            gateway_responses: BTreeMap::new(),
            authorizers: BTreeMap::new(),
        };
        let access = AccessSettings::from_api(&api);
        api.deployments.iter_mut().for_each(|deployment| deployment.access = Some(access.clone()));
        api
    }

    fn resources(&self) -> BTreeMap<String, Resource> {
        let root = Resource {
            id: self.derived_id("r"),
            parent_id: None,
            path_part: None,
            path: "/".to_owned(),
            methods: BTreeMap::new(),
        };
        let child = Resource {
            id: self.derived_id("p"),
            parent_id: Some(root.id.clone()),
            path_part: Some(self.path_part.to_owned()),
            path: format!("/{}", self.path_part),
            methods: BTreeMap::from([("GET".to_owned(), mock_method_requiring_key())]),
        };
        [root, child].map(|resource| (resource.id.clone(), resource)).into()
    }

    fn stage(&self, deployment_id: &str) -> Stage {
        let log_settings = MethodSettings {
            logging_level: Some("INFO".to_owned()),
            metrics_enabled: true,
            ..MethodSettings::default()
        };
        Stage {
            name: self.stage.to_owned(),
            deployment_id: deployment_id.to_owned(),
            description: None,
            created: self.created,
            updated: self.created,
            method_settings: BTreeMap::from([("*/*".to_owned(), log_settings)]),
            access_log: None,
            variables: BTreeMap::new(),
            tracing: false,
            web_acl_arn: None,
            tags: Tags::new(),
        }
    }

    /// Returns a six-character id derived from the API's id.
    fn derived_id(&self, prefix: &str) -> String {
        prefix.chars().chain(self.id.chars().rev()).take(6).collect()
    }
}

fn mock_method_requiring_key() -> Method {
    let json = |text: &str| BTreeMap::from([("application/json".to_owned(), text.to_owned())]);
    let response =
        IntegrationResponse { response_templates: json(RESPONSE_BODY), ..IntegrationResponse::default() };
    let mock = Integration {
        kind: "MOCK".to_owned(),
        request_templates: json(r#"{"statusCode": 200}"#),
        responses: BTreeMap::from([("200".to_owned(), response)]),
        ..Integration::default()
    };
    Method {
        authorization_type: "NONE".to_owned(),
        api_key_required: true,
        responses: BTreeMap::from([("200".to_owned(), MethodResponse::default())]),
        integration: Some(mock),
        ..Method::default()
    }
}
