//! A REST API behind keys, made over the control plane, on a clock that stands.
//!
//! `GET /pets` needs a key, `GET /toys` too, `GET /open` does not, and `GET /connection_error` needs one and has a backend that
//! cannot be reached.

use std::time::Duration;

use jiff::Timestamp;
use keypool_local_aws::{Clock, LocalAws, Options, World};
use serde_json::{Value, json};

use crate::http::{self, Answer};

/// A Tuesday.
pub(crate) const START: &str = "2026-03-10T12:00:00Z";

pub(crate) const STAGE: &str = "prod";

/// An API key that was made for a test.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) value: String,
}

/// The API and the AWS it is in.
pub(crate) struct ProtectedApi {
    pub(crate) aws: LocalAws,
    pub(crate) id: String,
    pub(crate) root: String,
}

impl ProtectedApi {
    pub(crate) async fn new() -> Self {
        let clock = Clock::standing(START.parse().unwrap());
        let aws =
            LocalAws::start(Options { world: World::Empty, clock, ..Options::default() }).await.unwrap();
        let mut api = Self { aws, id: String::new(), root: String::new() };
        api.id = text(&api.post("/restapis", json!({"name": "zoo"})).await, "id");
        let resources = api.get(&format!("/restapis/{}/resources", api.id)).await.json();
        api.root = text(&resources["item"][0], "id");
        for (path, needs_key, integration) in [
            ("pets", true, mock()),
            ("toys", true, mock()),
            ("open", false, mock()),
            ("broken", true, unreachable()),
        ] {
            let resource = api.resource(path).await;
            api.method(&resource, "GET", needs_key, integration).await;
        }
        api.deploy().await;
        api
    }

    /// Adds a resource below the root.
    pub(crate) async fn resource(&self, path_part: &str) -> String {
        let path = format!("/restapis/{}/resources/{}", self.id, self.root);
        text(&self.post(&path, json!({"pathPart": path_part})).await, "id")
    }

    /// Gives a resource a method that answers 200, if its integration does.
    pub(crate) async fn method(&self, resource: &str, verb: &str, needs_key: bool, integration: Value) {
        let method = format!("/restapis/{}/resources/{resource}/methods/{verb}", self.id);
        self.put(&method, json!({"authorizationType": "NONE", "apiKeyRequired": needs_key})).await;
        self.put(&format!("{method}/responses/200"), json!({})).await;
        self.put(&format!("{method}/integration"), integration).await;
        let template = r#"{"stage":"$context.stage","method":"$context.httpMethod $context.resourcePath"}"#;
        let answer = json!({"responseTemplates": {"application/json": template}});
        self.put(&format!("{method}/integration/responses/200"), answer).await;
    }

    pub(crate) async fn deploy(&self) {
        self.post(&format!("/restapis/{}/deployments", self.id), json!({"stageName": STAGE})).await;
    }

    /// Makes a usage plan that covers the stage.
    pub(crate) async fn plan(&self, throttle: Value, quota: Value) -> String {
        let mut plan = json!({"name": "plan", "apiStages": [{"apiId": self.id, "stage": STAGE}]});
        for (name, limits) in [("throttle", throttle), ("quota", quota)] {
            if !limits.is_null() {
                plan[name] = limits;
            }
        }
        text(&self.post("/usageplans", plan).await, "id")
    }

    /// Makes an enabled API key in a plan.
    pub(crate) async fn key(&self, plan: &str) -> Key {
        let key = self.lone_key().await;
        self.attach(plan, &key).await;
        key
    }

    /// Makes an enabled API key in no plan.
    pub(crate) async fn lone_key(&self) -> Key {
        let made = self.post("/apikeys", json!({"name": "key", "enabled": true})).await;
        Key { id: text(&made, "id"), value: text(&made, "value") }
    }

    pub(crate) async fn attach(&self, plan: &str, key: &Key) {
        self.post(&format!("/usageplans/{plan}/keys"), json!({"keyId": key.id, "keyType": "API_KEY"})).await;
    }

    pub(crate) async fn set_enabled(&self, key: &Key, enabled: bool) {
        self.replace(&format!("/apikeys/{}", key.id), "/enabled", &enabled.to_string()).await;
    }

    /// Patches one member.
    pub(crate) async fn replace(&self, path: &str, member: &str, value: &str) {
        let operations = json!({"patchOperations": [{"op": "replace", "path": member, "value": value}]});
        self.control("PATCH", path, &operations.to_string()).await;
    }

    /// What GetUsage says of a key: calls and what is left, day by day; nothing where it knows no such key.
    pub(crate) async fn usage(&self, plan: &str, key: &Key, first: &str, last: &str) -> Vec<(i64, i64)> {
        let usage =
            self.get(&format!("/usageplans/{plan}/usage?startDate={first}&endDate={last}")).await.json();
        let days = usage["values"][&key.id].as_array().cloned().unwrap_or_default();
        days.iter().map(|day| (day[0].as_i64().unwrap(), day[1].as_i64().unwrap())).collect()
    }

    /// Calls `GET` on a path of the stage.
    pub(crate) async fn call(&self, path: &str, key: Option<&str>) -> Answer {
        self.call_as("GET", &format!("{}/{STAGE}{path}", self.id), key).await
    }

    /// Calls what stands behind the root of all protected APIs.
    pub(crate) async fn call_as(&self, method: &str, path: &str, key: Option<&str>) -> Answer {
        let headers: Vec<_> = key.into_iter().map(|key| ("x-api-key", key)).collect();
        let path = format!("/_aws/execute-api/{path}");
        http::send(&self.aws.endpoint(), method, &path, &headers, "").await.unwrap()
    }

    /// Calls so many times at once and says what came: `.` passed, `t` throttled, `q` quota spent, `f` forbidden,
    /// `b` backend failed.
    pub(crate) async fn series(&self, path: &str, key: &Key, calls: usize) -> String {
        let mut series = String::new();
        for _ in 0..calls {
            series.push(kind(&self.call(path, Some(&key.value)).await));
        }
        series
    }

    pub(crate) fn advance(&self, seconds: f64) {
        self.aws.clock().advance(Duration::from_secs_f64(seconds));
    }

    pub(crate) fn set_time(&self, moment: &str) {
        self.aws.clock().set(moment.parse::<Timestamp>().unwrap());
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.control("GET", path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.control("POST", path, &body.to_string()).await.json()
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.control("PUT", path, &body.to_string()).await.json()
    }

    pub(crate) async fn delete(&self, path: &str) {
        self.control("DELETE", path, "").await;
    }

    async fn control(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [("accept", "application/json"), ("content-type", "application/json")];
        let answer = http::send(&self.aws.endpoint(), method, path, &headers, body).await.unwrap();
        assert!(answer.status < 300, "{method} {path} {body}: {answer:?}");
        answer
    }
}

/// An integration that answers by itself.
pub(crate) fn mock() -> Value {
    json!({"type": "MOCK", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}})
}

/// An integration whose backend is not there.
fn unreachable() -> Value {
    json!({"type": "HTTP", "httpMethod": "GET", "uri": "http://127.0.0.1:9/"})
}

fn kind(answer: &Answer) -> char {
    match (answer.status, answer.header("x-amzn-errortype")) {
        (200, None) => '.',
        (429, Some("TooManyRequestsException")) => 't',
        (429, Some("LimitExceededException")) => 'q',
        (403, Some("ForbiddenException")) => 'f',
        (500, Some("InternalServerErrorException")) => 'b',
        _ => panic!("{answer:?}"),
    }
}

fn text(object: &Value, member: &str) -> String {
    object[member].as_str().unwrap_or_else(|| panic!("no {member} in {object}")).to_owned()
}
