//! The named worlds, as seen by a caller.

use keypool_local_aws::{Clock, LocalAws, Options, World};
use serde_json::{Value, json};

use crate::http::{self, HttpResponse};

async fn start(world: World) -> LocalAws {
    let clock = Clock::fixed("2026-11-22T09:30:00Z".parse().unwrap());
    LocalAws::start(Options { world, clock, ..Options::default() }).await.unwrap()
}

async fn get(aws: &LocalAws, path: &str, headers: &[(&str, &str)]) -> HttpResponse {
    http::send(&aws.endpoint(), "GET", path, headers, "").await.unwrap()
}

async fn list(aws: &LocalAws, path: &str) -> Vec<Value> {
    get(aws, path, &[("accept", "application/json")]).await.json()["item"].as_array().unwrap().clone()
}

async fn call_dynamodb(aws: &LocalAws, operation: &str, body: Value) -> Value {
    let target = format!("DynamoDB_20120810.{operation}");
    let authorization = "AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/dynamodb/aws4_request, \
                         SignedHeaders=host;x-amz-date, Signature=0";
    let headers = [
        ("x-amz-target", target.as_str()),
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-date", "20261122T093000Z"),
        ("authorization", authorization),
    ];
    http::send(&aws.endpoint(), "POST", "/", &headers, &body.to_string()).await.unwrap().json()
}

#[tokio::test]
async fn every_tenant_of_the_sample_can_call_the_api() {
    let aws = start(World::Sample).await;
    let tables = call_dynamodb(&aws, "ListTables", json!({})).await;
    let tables: Vec<&str> =
        tables["TableNames"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let keys = tables.iter().find(|name| name.contains("TieredAPIKeys")).unwrap();
    assert!(tables.iter().any(|name| name.contains("TieredAPIPlans")));
    assert!(tables.contains(&"keypool-pools"));

    let items = call_dynamodb(&aws, "Scan", json!({"TableName": keys})).await;
    let items = items["Items"].as_array().unwrap();
    assert!(items.len() > 30, "{} items", items.len());
    for item in items {
        let value = item["value"]["S"].as_str().unwrap();
        let response = get(&aws, "/_aws/execute-api/w4k8t2m7xq/prod/api", &[("x-api-key", value)]).await;
        assert_eq!(response.status, 200, "{item}: {response:?}");
        aws.clock().advance(std::time::Duration::from_millis(100));
        assert_eq!(response.json()["message"], "Hello from the protected API", "{item}");
    }
}

#[tokio::test]
async fn quotas_match_the_plans_table_only_in_the_sample() {
    let cases = [(World::Sample, [20, 2_000, 5_000, 50_000]), (World::SampleDrifted, [10, 10, 100, 100])];
    for (world, limits) in cases {
        let aws = start(world.clone()).await;
        let plans = list(&aws, "/usageplans").await;
        for (name, limit) in ["TestPlan", "FreePlan", "BasicPlan", "PremiumPlan"].into_iter().zip(limits) {
            let plan = plans.iter().find(|plan| plan["name"] == name).unwrap();
            assert_eq!(plan["quota"]["limit"], limit, "{world:?} {name}");
        }
    }
}

#[tokio::test]
async fn the_empty_world_has_no_api_and_no_table() {
    let aws = start(World::Empty).await;
    for path in ["/restapis", "/usageplans", "/apikeys"] {
        assert_eq!(list(&aws, path).await, Vec::<Value>::new(), "{path}");
    }
    assert_eq!(call_dynamodb(&aws, "ListTables", json!({})).await["TableNames"], json!([]));
}

#[tokio::test]
async fn a_scaled_world_is_paged() {
    let aws = start(World::Scale { plans: 3, keys: 600, tenants: 1_000 }).await;
    let page = get(&aws, "/apikeys?limit=500", &[]).await.json();
    assert_eq!(page["item"].as_array().unwrap().len(), 500);
    let position = page["position"].as_str().unwrap();
    assert_eq!(list(&aws, &format!("/apikeys?limit=500&position={position}")).await.len(), 100);
}

#[tokio::test]
async fn a_fork_starts_equal_and_diverges() {
    let aws = start(World::Sample).await;
    let fork = aws.fork().await.unwrap();
    assert_eq!(list(&fork, "/apikeys").await, list(&aws, "/apikeys").await);
    let table = "keypool-pools";
    let count_items =
        async |aws: &LocalAws| call_dynamodb(aws, "Scan", json!({"TableName": table})).await["Count"].clone();
    let before = count_items(&aws).await;
    assert_eq!(count_items(&fork).await, before);
    assert_ne!(before, json!(0));

    let key = list(&fork, "/apikeys").await[0]["id"].as_str().unwrap().to_owned();
    http::send(&fork.endpoint(), "DELETE", &format!("/apikeys/{key}"), &[], "").await.unwrap();
    call_dynamodb(&fork, "PutItem", json!({"TableName": table, "Item": {"id": {"S": "new"}}})).await;
    let status = async |aws: &LocalAws| get(aws, &format!("/apikeys/{key}"), &[]).await.status;
    assert_eq!((status(&fork).await, status(&aws).await), (404, 200));
    assert_eq!(count_items(&aws).await, before);
    assert_ne!(count_items(&fork).await, before);
}
