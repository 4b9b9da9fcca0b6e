//! An empty account with a fixed clock, and functions to create what most tests need.

use jiff::Timestamp;
use keypool_local_aws::{LocalAws, Options, World};
use serde_json::{Value, json};

use crate::http::{self, HttpResponse};

/// 2026-03-10T12:00:00Z.
pub(crate) const START_EPOCH_SECONDS: i64 = 1_773_144_000;

pub(crate) struct ControlPlane {
    pub(crate) aws: LocalAws,
}

impl ControlPlane {
    pub(crate) async fn empty() -> Self {
        let aws = LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.unwrap();
        aws.clock().set(Timestamp::from_second(START_EPOCH_SECONDS).unwrap());
        Self { aws }
    }

    /// Sends a request with a JSON body, or without one if `body` is null.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> HttpResponse {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        http::send(&self.aws.endpoint(), method, path, &[], &body).await.unwrap()
    }

    /// Sends a request, and returns the status and the body (null if empty).
    pub(crate) async fn request(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let response = self.send(method, path, body).await;
        let body = if response.body.is_empty() { Value::Null } else { response.json() };
        (response.status, body)
    }

    /// Sends a request, and returns the body. Panics unless the status is 2xx.
    pub(crate) async fn request_ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, response) = self.request(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {response}");
        response
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.request_ok("GET", path, Value::Null).await
    }

    /// Applies one patch operation to a member of the resource at `path`.
    pub(crate) async fn patch(&self, path: &str, op: &str, member: &str, value: &str) -> (u16, Value) {
        let operations = json!({ "patchOperations": [{ "op": op, "path": member, "value": value }] });
        self.request("PATCH", path, operations).await
    }

    /// Creates an enabled API key, and returns its id.
    pub(crate) async fn create_key(&self, name: &str) -> String {
        id(&self.request_ok("POST", "/apikeys", json!({ "name": name, "enabled": true })).await)
    }

    /// Creates a usage plan with 20 calls per day for these stages, and returns its id.
    pub(crate) async fn create_plan(&self, name: &str, stages: &[(&str, &str)]) -> String {
        let stages: Vec<Value> =
            stages.iter().map(|(api, stage)| json!({ "apiId": api, "stage": stage })).collect();
        let plan = json!({
            "name": name,
            "apiStages": stages,
            "throttle": { "rateLimit": 10.5, "burstLimit": 4 },
            "quota": { "limit": 20, "period": "DAY" },
        });
        id(&self.request_ok("POST", "/usageplans", plan).await)
    }

    pub(crate) async fn add_key_to_plan(&self, plan: &str, key: &str) -> (u16, Value) {
        let member = json!({ "keyId": key, "keyType": "API_KEY" });
        self.request("POST", &format!("/usageplans/{plan}/keys"), member).await
    }

    /// Creates a REST API with a `GET /` that requires a key, deploys it to these stages, and returns the ids of the API
    /// and of its root resource.
    pub(crate) async fn create_api(&self, stages: &[&str]) -> (String, String) {
        let api = self.request_ok("POST", "/restapis", json!({ "name": "pets" })).await;
        let (api, root) = (id(&api), api["rootResourceId"].as_str().unwrap().to_owned());
        let method = format!("/restapis/{api}/resources/{root}/methods/GET");
        let definition = json!({ "authorizationType": "NONE", "apiKeyRequired": true });
        self.request_ok("PUT", &method, definition).await;
        let mock =
            json!({ "type": "MOCK", "requestTemplates": { "application/json": "{\"statusCode\": 200}" } });
        self.request_ok("PUT", &format!("{method}/integration"), mock).await;
        self.request_ok("PUT", &format!("{method}/responses/200"), json!({})).await;
        self.request_ok("PUT", &format!("{method}/integration/responses/200"), json!({})).await;
        for stage in stages {
            self.deploy(&api, stage).await;
        }
        (api, root)
    }

    /// Deploys the API to a stage, and returns the deployment's id.
    pub(crate) async fn deploy(&self, api: &str, stage: &str) -> String {
        id(&self
            .request_ok("POST", &format!("/restapis/{api}/deployments"), json!({ "stageName": stage }))
            .await)
    }
}

pub(crate) fn id(response: &Value) -> String {
    response["id"].as_str().unwrap().to_owned()
}

/// Returns the string member `name` of each item of a list.
pub(crate) fn member_of_each(list: &Value, name: &str) -> Vec<String> {
    let items = list["item"].as_array().unwrap_or_else(|| panic!("no list: {list}"));
    items.iter().map(|item| item[name].as_str().unwrap_or_default().to_owned()).collect()
}
