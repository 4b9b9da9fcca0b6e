//! Two more services, each an API with its own usage plan, for API keys that are in three plans.

use aws_sdk_apigateway::types::{IntegrationType, Op, PatchOperation};
use keypool_domain::{ApiKeyId, PlanId};

use super::{TestAccount, create_usage_plan};
use crate::support::http_pipeline;

const EXTRA_SERVICES: [&str; 2] = ["Maps", "Mail"];

impl TestAccount {
    /// Creates an API whose `GET /` returns 200, with its own usage plan.
    pub(in crate::wire) async fn create_service(&self, name: &str) -> PlanId {
        let gateway = &self.gateway;
        let api = gateway.create_rest_api().name(name).send().await.expect("a REST API").id.expect("its id");
        let resources = gateway.get_resources().rest_api_id(&api).send().await.expect("resources");
        let root = resources.items()[0].id().expect("the root").to_owned();
        let method = gateway.put_method().rest_api_id(&api).resource_id(&root).http_method("GET");
        method.authorization_type("NONE").api_key_required(true).send().await.expect("a method");
        put_mock_integration(gateway, &api, &root).await;
        gateway.create_deployment().rest_api_id(&api).stage_name("prod").send().await.expect("a deployment");
        create_usage_plan(gateway, &api, name).await
    }

    /// Creates two services and adds these API keys to their plans.
    pub(in crate::wire) async fn create_services(&self, keys: &[&ApiKeyId]) -> Vec<PlanId> {
        let apis = self.gateway.get_rest_apis().send().await.expect("REST APIs");
        let shop = apis.items()[0].id().expect("its id").to_owned();
        let resources = self.gateway.get_resources().rest_api_id(&shop).send().await.expect("resources");
        put_mock_integration(&self.gateway, &shop, resources.items()[0].id().expect("the root")).await;
        let deployment = self.gateway.create_deployment().rest_api_id(&shop).stage_name("prod").send().await;
        deployment.expect("a deployment");
        let mut plans = Vec::new();
        for name in EXTRA_SERVICES {
            let plan = self.create_service(name).await;
            for key in keys {
                self.attach_key(&plan, key).await;
            }
            plans.push(plan);
        }
        plans
    }

    /// Adds an API key to a usage plan through the SDK.
    pub(in crate::wire) async fn attach_key(&self, plan: &PlanId, key: &ApiKeyId) {
        let attach = self.gateway.create_usage_plan_key().usage_plan_id(plan.as_str());
        attach.key_id(key.as_str()).key_type("API_KEY").send().await.expect("it is attached");
    }

    /// Sets an AWS Marketplace customer, a description and tags, as another program would.
    pub(in crate::wire) async fn set_foreign_attributes(&self, key: &ApiKeyId) {
        let replace = |path: &str, value: &str| {
            PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
        };
        let patch = self.gateway.update_api_key().api_key(key.as_str());
        let patch = patch.patch_operations(replace("/customerId", "cust-1"));
        patch.patch_operations(replace("/description", "theirs")).send().await.expect("a customer");
        let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{key}");
        let tag = self.gateway.tag_resource().resource_arn(arn).tags("team", "blue").tags("cost", "42");
        tag.send().await.expect("tags");
    }

    /// Calls each of the three services with this API key; returns the HTTP statuses.
    pub(in crate::wire) async fn call_services(&self, key: &ApiKeyId) -> Vec<u16> {
        let value = self.api_key(key).await.expect("the API key").value.expect("its value");
        let apis = self.gateway.get_rest_apis().send().await.expect("REST APIs");
        let host = self.endpoint.trim_start_matches("http://");
        let mut requests = Vec::new();
        for name in ["shop"].into_iter().chain(EXTRA_SERVICES) {
            let api = apis.items().iter().find(|api| api.name() == Some(name)).and_then(|api| api.id());
            let path = format!("/_aws/execute-api/{}/prod/", api.expect("the API"));
            requests.push(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nx-api-key: {value}\r\n\r\n"));
        }
        let stream = std::net::TcpStream::connect(host).expect("a connection");
        tokio::task::spawn_blocking(move || http_pipeline::send_pipelined(&stream, &requests))
            .await
            .expect("a thread")
    }
}

async fn put_mock_integration(gateway: &aws_sdk_apigateway::Client, api: &str, root: &str) {
    let mock = gateway.put_integration().rest_api_id(api).resource_id(root).http_method("GET");
    let mock = mock.r#type(IntegrationType::Mock);
    let mock = mock.request_templates("application/json", r#"{"statusCode": 200}"#);
    mock.send().await.expect("an integration");
    let response = gateway.put_method_response().rest_api_id(api).resource_id(root).http_method("GET");
    response.status_code("200").send().await.expect("a response");
    let response = gateway.put_integration_response().rest_api_id(api).resource_id(root).http_method("GET");
    response.status_code("200").send().await.expect("a response");
}
