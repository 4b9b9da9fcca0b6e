//! Custom domain names and base path mappings.

use serde_json::{Value, json};

use crate::http::{self, HttpResponse};
use crate::protected_api::{ProtectedApi, STAGE};

async fn map(api: &ProtectedApi, base_path: &str, stage: Option<&str>) {
    let mapping = json!({"basePath": base_path, "restApiId": api.id, "stage": stage});
    api.post("/domainnames/api.example.com/basepathmappings", mapping).await;
}

async fn call(api: &ProtectedApi, path: &str, key: &str) -> HttpResponse {
    let path = format!("/_aws/domain-names/{path}");
    http::send(&api.aws.endpoint(), "GET", &path, &[("x-api-key", key)], "").await.unwrap()
}

#[tokio::test]
async fn a_mapped_domain_serves_an_api_whose_default_endpoint_is_disabled() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(Value::Null, Value::Null).await;
    let key = api.create_key(&plan).await.value;
    api.replace(&format!("/restapis/{}", api.id), "/disableExecuteApiEndpoint", "true").await;
    api.deploy().await;
    api.post("/domainnames", json!({"domainName": "api.example.com"})).await;
    map(&api, "v1", Some(STAGE)).await;
    map(&api, "stages", None).await;
    for (path, status) in [
        ("api.example.com/v1/pets", 200),
        ("API.example.com/v1/pets", 200),
        ("api.example.com/stages/prod/pets", 200),
        ("api.example.com/v2/pets", 403),
        ("api.example.com/pets", 403),
        ("other.example.com/v1/pets", 403),
    ] {
        assert_eq!(call(&api, path, &key).await.status, status, "{path}");
    }
    map(&api, "", Some(STAGE)).await;
    assert_eq!(call(&api, "api.example.com/pets", &key).await.status, 200);
    let listed = api.get("/domainnames/api.example.com/basepathmappings").await.json();
    let mappings: Vec<_> = listed["item"].as_array().unwrap().iter().map(|item| &item["basePath"]).collect();
    assert_eq!(mappings, ["(none)", "stages", "v1"]);
    api.delete("/domainnames/api.example.com/basepathmappings/v1").await;
    assert_eq!(call(&api, "api.example.com/v1/pets", &key).await.status, 403);
    api.delete("/domainnames/api.example.com").await;
    assert_eq!(api.get("/domainnames").await.json()["item"], json!([]));
}

#[tokio::test]
async fn a_base_path_is_one_segment_and_used_once() {
    let api = ProtectedApi::new().await;
    api.post("/domainnames", json!({"domainName": "api.example.com"})).await;
    let again = json!({"domainName": "API.example.com"}).to_string();
    let refused = http::send(&api.aws.endpoint(), "POST", "/domainnames", &[], &again).await.unwrap();
    assert_eq!(refused.status, 400, "a domain name exists once");
    map(&api, "v1", Some(STAGE)).await;
    for (base_path, stage, status) in [("v1", STAGE, 409), ("a/b", STAGE, 400), ("v2", "nosuch", 404)] {
        let body = json!({"basePath": base_path, "restApiId": api.id, "stage": stage}).to_string();
        let path = "/domainnames/api.example.com/basepathmappings";
        let response = http::send(&api.aws.endpoint(), "POST", path, &[], &body).await.unwrap();
        assert_eq!(response.status, status, "{base_path} {stage}");
    }
}
