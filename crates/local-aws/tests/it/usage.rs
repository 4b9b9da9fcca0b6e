//! GetUsage and UpdateUsage, without calls to the protected API.

use serde_json::{Value, json};

use crate::control_plane::ControlPlane;

const TODAY: &str = "startDate=2026-03-10&endDate=2026-03-10";

async fn values(account: &ControlPlane, plan: &str, query: &str) -> Value {
    account.get(&format!("/usageplans/{plan}/usage?{query}")).await["values"].clone()
}

/// Creates a plan with `count` keys, and sets the remaining quota of key number n to n, starting at 0.
async fn create_plan_with_keys(account: &ControlPlane, count: u32) -> (String, Vec<String>) {
    let plan = account.create_plan("Free", &[]).await;
    let mut keys = Vec::new();
    for number in 0..count {
        let key = account.create_key(&format!("key-{number}")).await;
        account.add_key_to_plan(&plan, &key).await;
        let usage = format!("/usageplans/{plan}/keys/{key}/usage");
        assert_eq!(account.patch(&usage, "replace", "/remaining", &number.to_string()).await.0, 200);
        keys.push(key);
    }
    (plan, keys)
}

#[tokio::test]
async fn a_key_without_usage_has_no_entry() {
    let account = ControlPlane::empty().await;
    let (plan, keys) = create_plan_with_keys(&account, 1).await;
    let idle = account.create_key("idle").await;
    account.add_key_to_plan(&plan, &idle).await;
    assert_eq!(values(&account, &plan, TODAY).await, json!({ &keys[0]: [[0, 0]] }));
    assert_eq!(values(&account, &plan, &format!("{TODAY}&keyId={idle}")).await, json!({}));
}

#[tokio::test]
async fn usage_of_an_unknown_key_is_an_error() {
    let account = ControlPlane::empty().await;
    let plan = account.create_plan("Free", &[]).await;
    let path = format!("/usageplans/{plan}/usage?{TODAY}&keyId=nokey");
    let unknown = account.request("GET", &path, Value::Null).await;
    assert_eq!(unknown, (404, json!({ "message": "Invalid Key identifier specified" })));
}

#[tokio::test]
async fn usage_is_paged_by_key() {
    let account = ControlPlane::empty().await;
    let (plan, keys) = create_plan_with_keys(&account, 5).await;
    let path = format!("/usageplans/{plan}/usage?{TODAY}&limit=3");
    let first = account.get(&path).await;
    assert_eq!(first["values"].as_object().unwrap().len(), 3);
    let position = first["position"].as_str().unwrap();
    let second = account.get(&format!("{path}&position={position}")).await;
    assert_eq!(second["values"], json!({ &keys[3]: [[0, 3]], &keys[4]: [[0, 4]] }));
    assert_eq!(second.get("position"), None);
}

#[tokio::test]
async fn an_extension_ends_with_the_period() {
    let account = ControlPlane::empty().await;
    let (plan, keys) = create_plan_with_keys(&account, 1).await;
    let usage = format!("/usageplans/{plan}/keys/{}/usage", keys[0]);
    let (status, response) = account.patch(&usage, "replace", "/remaining", "50").await;
    let expected = json!({
        "usagePlanId": plan, "startDate": "2026-03-10", "endDate": "2026-03-10", "values": { &keys[0]: [[0, 50]] },
    });
    assert_eq!((status, response), (200, expected));
    let two_days = "startDate=2026-03-10&endDate=2026-03-11";
    assert_eq!(values(&account, &plan, two_days).await, json!({ &keys[0]: [[0, 50], [0, 20]] }));
}

#[tokio::test]
async fn invalid_requests_are_rejected() {
    let account = ControlPlane::empty().await;
    let (plan, keys) = create_plan_with_keys(&account, 1).await;
    for query in [
        "",
        "startDate=2026-03-10",
        "startDate=2026-03-10&endDate=soon",
        "startDate=2026-03-10&endDate=2026-03-09",
        "startDate=0001-01-01&endDate=9999-12-31",
    ] {
        let (status, _) =
            account.request("GET", &format!("/usageplans/{plan}/usage?{query}"), Value::Null).await;
        assert_eq!(status, 400, "{query}");
    }
    assert_eq!(
        account.request("GET", &format!("/usageplans/noplan/usage?{TODAY}"), Value::Null).await.0,
        404
    );

    let usage = format!("/usageplans/{plan}/keys/{}/usage", keys[0]);
    for value in ["many", "-1", ""] {
        assert_eq!(account.patch(&usage, "replace", "/remaining", value).await.0, 400, "{value}");
    }
    let plan_without_quota = account.request_ok("POST", "/usageplans", json!({ "name": "Bare" })).await;
    let plan_without_quota = plan_without_quota["id"].as_str().unwrap();
    account.add_key_to_plan(plan_without_quota, &keys[0]).await;
    let usage = format!("/usageplans/{plan_without_quota}/keys/{}/usage", keys[0]);
    assert_eq!(account.patch(&usage, "replace", "/remaining", "5").await.0, 400, "a plan without quota");
}
