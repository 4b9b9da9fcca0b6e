//! An empty account on a clock that stands, and the few things that most tests put into it.

use jiff::Timestamp;
use keypool_local_aws::{LocalAws, Options, World};
use serde_json::{Value, json};

use crate::http::{self, Answer};

/// When it is, in seconds.
pub(crate) const START: i64 = 1_773_144_000;

/// The control plane of an account.
pub(crate) struct ControlPlane {
    pub(crate) aws: LocalAws,
}

impl ControlPlane {
    /// Of an account with nothing in it.
    pub(crate) async fn empty() -> Self {
        let aws = LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.unwrap();
        aws.clock().set(Timestamp::from_second(START).unwrap());
        Self { aws }
    }

    /// Whatever is answered to a body of JSON, or to none.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        http::send(&self.aws.endpoint(), method, path, &[], &body).await.unwrap()
    }

    /// The status and body of an answer.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let answer = self.send(method, path, body).await;
        let body = if answer.body.is_empty() { Value::Null } else { answer.json() };
        (answer.status, body)
    }

    /// The body of an answer that has to be a success.
    pub(crate) async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.done("GET", path, Value::Null).await
    }

    /// What a resource is after one patch operation.
    pub(crate) async fn patch(&self, path: &str, op: &str, at: &str, value: &str) -> (u16, Value) {
        let operations = json!({ "patchOperations": [{ "op": op, "path": at, "value": value }] });
        self.ask("PATCH", path, operations).await
    }

    /// Makes an API key, and returns its id.
    pub(crate) async fn key(&self, name: &str) -> String {
        id(&self.done("POST", "/apikeys", json!({ "name": name, "enabled": true })).await)
    }

    /// Makes a usage plan with twenty calls a day for these stages, and returns its id.
    pub(crate) async fn plan(&self, name: &str, stages: &[(&str, &str)]) -> String {
        let stages: Vec<Value> =
            stages.iter().map(|(api, stage)| json!({ "apiId": api, "stage": stage })).collect();
        let plan = json!({
            "name": name,
            "apiStages": stages,
            "throttle": { "rateLimit": 10.5, "burstLimit": 4 },
            "quota": { "limit": 20, "period": "DAY" },
        });
        id(&self.done("POST", "/usageplans", plan).await)
    }

    /// Puts an API key into a usage plan.
    pub(crate) async fn join(&self, plan: &str, key: &str) -> (u16, Value) {
        let member = json!({ "keyId": key, "keyType": "API_KEY" });
        self.ask("POST", &format!("/usageplans/{plan}/keys"), member).await
    }

    /// Makes a REST API whose root takes GET with a key, deployed to these stages, and returns its id and its root's.
    pub(crate) async fn api(&self, stages: &[&str]) -> (String, String) {
        let api = self.done("POST", "/restapis", json!({ "name": "pets" })).await;
        let (api, root) = (id(&api), api["rootResourceId"].as_str().unwrap().to_owned());
        let method = format!("/restapis/{api}/resources/{root}/methods/GET");
        let wanted = json!({ "authorizationType": "NONE", "apiKeyRequired": true });
        self.done("PUT", &method, wanted).await;
        let mock =
            json!({ "type": "MOCK", "requestTemplates": { "application/json": "{\"statusCode\": 200}" } });
        self.done("PUT", &format!("{method}/integration"), mock).await;
        self.done("PUT", &format!("{method}/responses/200"), json!({})).await;
        self.done("PUT", &format!("{method}/integration/responses/200"), json!({})).await;
        for stage in stages {
            self.deploy(&api, stage).await;
        }
        (api, root)
    }

    /// Deploys a REST API to a stage, and returns the deployment's id.
    pub(crate) async fn deploy(&self, api: &str, stage: &str) -> String {
        id(&self.done("POST", &format!("/restapis/{api}/deployments"), json!({ "stageName": stage })).await)
    }
}

/// The id of what an answer shows.
pub(crate) fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// What each item of a list has under a name.
pub(crate) fn each(list: &Value, name: &str) -> Vec<String> {
    let items = list["item"].as_array().unwrap_or_else(|| panic!("no list: {list}"));
    items.iter().map(|item| item[name].as_str().unwrap_or_default().to_owned()).collect()
}
