//! A REST API created through the control plane, with a fixed clock.
//!
//! `GET /pets`, `GET /toys` and `GET /broken` require a key; `GET /open` does not. `GET /broken` has an unreachable
//! backend.

use std::time::Duration;

use jiff::Timestamp;
use keypool_local_aws::{Clock, LocalAws, Options, World};
use serde_json::{Value, json};

use crate::http::{self, HttpResponse};

/// A Tuesday.
pub(crate) const START: &str = "2026-03-10T12:00:00Z";

pub(crate) const STAGE: &str = "prod";

#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) value: String,
}

pub(crate) struct ProtectedApi {
    pub(crate) aws: LocalAws,
    pub(crate) id: String,
    pub(crate) root: String,
}

impl ProtectedApi {
    pub(crate) async fn new() -> Self {
        let clock = Clock::fixed(START.parse().unwrap());
        let aws =
            LocalAws::start(Options { world: World::Empty, clock, ..Options::default() }).await.unwrap();
        let mut api = Self { aws, id: String::new(), root: String::new() };
        api.id = string_member(&api.post("/restapis", json!({"name": "zoo"})).await, "id");
        let resources = api.get(&format!("/restapis/{}/resources", api.id)).await.json();
        api.root = string_member(&resources["item"][0], "id");
        for (path, needs_key, integration) in [
            ("pets", true, mock_integration()),
            ("toys", true, mock_integration()),
            ("open", false, mock_integration()),
            ("broken", true, unreachable_integration()),
        ] {
            let resource = api.create_resource(path).await;
            api.create_method(&resource, "GET", needs_key, integration).await;
        }
        api.deploy().await;
        api
    }

    /// Creates a resource below the root, and returns its id.
    pub(crate) async fn create_resource(&self, path_part: &str) -> String {
        let path = format!("/restapis/{}/resources/{}", self.id, self.root);
        string_member(&self.post(&path, json!({"pathPart": path_part})).await, "id")
    }

    /// Creates a method that returns 200 if its integration does.
    pub(crate) async fn create_method(
        &self,
        resource: &str,
        verb: &str,
        needs_key: bool,
        integration: Value,
    ) {
        let method = format!("/restapis/{}/resources/{resource}/methods/{verb}", self.id);
        self.put(&method, json!({"authorizationType": "NONE", "apiKeyRequired": needs_key})).await;
        self.put(&format!("{method}/responses/200"), json!({})).await;
        self.put(&format!("{method}/integration"), integration).await;
        let template = r#"{"stage":"$context.stage","method":"$context.httpMethod $context.resourcePath"}"#;
        let response = json!({"responseTemplates": {"application/json": template}});
        self.put(&format!("{method}/integration/responses/200"), response).await;
    }

    pub(crate) async fn deploy(&self) {
        self.post(&format!("/restapis/{}/deployments", self.id), json!({"stageName": STAGE})).await;
    }

    /// Creates a usage plan for the stage, and returns its id.
    pub(crate) async fn create_plan(&self, throttle: Value, quota: Value) -> String {
        let mut plan = json!({"name": "plan", "apiStages": [{"apiId": self.id, "stage": STAGE}]});
        for (name, limits) in [("throttle", throttle), ("quota", quota)] {
            if !limits.is_null() {
                plan[name] = limits;
            }
        }
        string_member(&self.post("/usageplans", plan).await, "id")
    }

    /// Creates an enabled API key in a plan.
    pub(crate) async fn create_key(&self, plan: &str) -> Key {
        let key = self.create_key_without_plan().await;
        self.attach(plan, &key).await;
        key
    }

    pub(crate) async fn create_key_without_plan(&self) -> Key {
        let created = self.post("/apikeys", json!({"name": "key", "enabled": true})).await;
        Key { id: string_member(&created, "id"), value: string_member(&created, "value") }
    }

    pub(crate) async fn attach(&self, plan: &str, key: &Key) {
        self.post(&format!("/usageplans/{plan}/keys"), json!({"keyId": key.id, "keyType": "API_KEY"})).await;
    }

    pub(crate) async fn set_enabled(&self, key: &Key, enabled: bool) {
        self.replace(&format!("/apikeys/{}", key.id), "/enabled", &enabled.to_string()).await;
    }

    /// Sends a patch with one `replace` operation.
    pub(crate) async fn replace(&self, path: &str, member: &str, value: &str) {
        let operations = json!({"patchOperations": [{"op": "replace", "path": member, "value": value}]});
        self.send_ok("PATCH", path, &operations.to_string()).await;
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) {
        self.send_ok("PATCH", path, &body.to_string()).await;
    }

    /// Returns a key's used and remaining calls per day from GetUsage; empty if the key is not in the response.
    pub(crate) async fn usage(&self, plan: &str, key: &Key, first: &str, last: &str) -> Vec<(i64, i64)> {
        let usage =
            self.get(&format!("/usageplans/{plan}/usage?startDate={first}&endDate={last}")).await.json();
        let days = usage["values"][&key.id].as_array().cloned().unwrap_or_default();
        days.iter().map(|day| (day[0].as_i64().unwrap(), day[1].as_i64().unwrap())).collect()
    }

    /// Calls `GET` on a path below the stage.
    pub(crate) async fn call(&self, path: &str, key: Option<&str>) -> HttpResponse {
        self.call_with_method("GET", &format!("{}/{STAGE}{path}", self.id), key).await
    }

    /// Calls a path that starts with the API's id.
    pub(crate) async fn call_with_method(&self, method: &str, path: &str, key: Option<&str>) -> HttpResponse {
        let headers: Vec<_> = key.into_iter().map(|key| ("x-api-key", key)).collect();
        let path = format!("/_aws/execute-api/{path}");
        http::send(&self.aws.endpoint(), method, &path, &headers, "").await.unwrap()
    }

    /// Makes `calls` calls, and returns a character for each: `.` passed, `t` throttled, `q` quota exceeded, `f`
    /// forbidden, `b` backend failed.
    pub(crate) async fn call_repeatedly(&self, path: &str, key: &Key, calls: usize) -> String {
        let mut outcomes = String::new();
        for _ in 0..calls {
            outcomes.push(outcome_char(&self.call(path, Some(&key.value)).await));
        }
        outcomes
    }

    pub(crate) fn advance(&self, seconds: f64) {
        self.aws.clock().advance(Duration::from_secs_f64(seconds));
    }

    pub(crate) fn set_time(&self, moment: &str) {
        self.aws.clock().set(moment.parse::<Timestamp>().unwrap());
    }

    pub(crate) async fn get(&self, path: &str) -> HttpResponse {
        self.send_ok("GET", path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.send_ok("POST", path, &body.to_string()).await.json()
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.send_ok("PUT", path, &body.to_string()).await.json()
    }

    pub(crate) async fn delete(&self, path: &str) {
        self.send_ok("DELETE", path, "").await;
    }

    /// Sends a request to the control plane. Panics unless the status is 2xx.
    async fn send_ok(&self, method: &str, path: &str, body: &str) -> HttpResponse {
        let headers = [("accept", "application/json"), ("content-type", "application/json")];
        let response = http::send(&self.aws.endpoint(), method, path, &headers, body).await.unwrap();
        assert!(response.status < 300, "{method} {path} {body}: {response:?}");
        response
    }
}

pub(crate) fn mock_integration() -> Value {
    json!({"type": "MOCK", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}})
}

fn unreachable_integration() -> Value {
    json!({"type": "HTTP", "httpMethod": "GET", "uri": "http://127.0.0.1:9/"})
}

fn outcome_char(response: &HttpResponse) -> char {
    match (response.status, response.header("x-amzn-errortype")) {
        (200, None) => '.',
        (429, Some("TooManyRequestsException")) => 't',
        (429, Some("LimitExceededException")) => 'q',
        (403, Some("ForbiddenException")) => 'f',
        (500, Some("InternalServerErrorException")) => 'b',
        _ => panic!("{response:?}"),
    }
}

fn string_member(object: &Value, member: &str) -> String {
    object[member].as_str().unwrap_or_else(|| panic!("no {member} in {object}")).to_owned()
}
