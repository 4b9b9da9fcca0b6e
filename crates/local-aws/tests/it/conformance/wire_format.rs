//! The wire format: `item` and `values`, epoch seconds, limits as numbers, statuses 201, 202 and 204, empty bodies, the
//! error type in a header, and `Retry-After` on a 429 of the control plane.

use serde_json::{Value, json};

use crate::control_plane::{ControlPlane, START_EPOCH_SECONDS, id};

#[tokio::test]
async fn every_operation_has_its_status_and_only_deletions_and_tags_have_no_body() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.create_api(&["prod"]).await;
    let (key, plan) = (account.create_key("a").await, account.create_plan("Free", &[]).await);
    account.add_key_to_plan(&plan, &key).await;
    let arn = format!("/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapikeys%2F{key}");
    let empty_patch = || json!({ "patchOperations": [] });
    let cases = [
        ("POST", "/apikeys".to_owned(), json!({}), 201),
        ("GET", "/apikeys".to_owned(), Value::Null, 200),
        ("GET", format!("/apikeys/{key}"), Value::Null, 200),
        ("PATCH", format!("/apikeys/{key}"), empty_patch(), 200),
        ("POST", "/usageplans".to_owned(), json!({ "name": "Paid" }), 201),
        ("GET", "/usageplans".to_owned(), Value::Null, 200),
        ("GET", format!("/usageplans/{plan}"), Value::Null, 200),
        ("PATCH", format!("/usageplans/{plan}"), empty_patch(), 200),
        ("GET", format!("/usageplans/{plan}/keys"), Value::Null, 200),
        ("GET", format!("/usageplans/{plan}/keys/{key}"), Value::Null, 200),
        (
            "GET",
            format!("/usageplans/{plan}/usage?startDate=2026-03-01&endDate=2026-03-02"),
            Value::Null,
            200,
        ),
        ("PATCH", format!("/usageplans/{plan}/keys/{key}/usage"), empty_patch(), 200),
        ("PUT", arn.clone(), json!({ "tags": { "a": "b" } }), 204),
        ("GET", arn.clone(), Value::Null, 200),
        ("DELETE", format!("{arn}?tagKeys=a"), Value::Null, 204),
        ("GET", "/account".to_owned(), Value::Null, 200),
        ("PATCH", "/account".to_owned(), empty_patch(), 200),
        ("GET", "/restapis".to_owned(), Value::Null, 200),
        ("GET", format!("/restapis/{api}"), Value::Null, 200),
        ("GET", format!("/restapis/{api}/resources?embed=methods"), Value::Null, 200),
        ("POST", format!("/restapis/{api}/resources/{root}"), json!({ "pathPart": "pets" }), 201),
        ("GET", format!("/restapis/{api}/resources/{root}/methods/GET"), Value::Null, 200),
        ("PATCH", format!("/restapis/{api}/resources/{root}/methods/GET"), empty_patch(), 200),
        ("GET", format!("/restapis/{api}/resources/{root}/methods/GET/integration"), Value::Null, 200),
        ("GET", format!("/restapis/{api}/resources/{root}/methods/GET/responses/200"), Value::Null, 200),
        ("GET", format!("/restapis/{api}/deployments"), Value::Null, 200),
        ("GET", format!("/restapis/{api}/stages"), Value::Null, 200),
        ("GET", format!("/restapis/{api}/stages/prod"), Value::Null, 200),
        ("PATCH", format!("/restapis/{api}/stages/prod"), empty_patch(), 200),
        ("PUT", format!("/restapis/{api}/gatewayresponses/THROTTLED"), json!({}), 201),
        ("GET", format!("/restapis/{api}/gatewayresponses/THROTTLED"), Value::Null, 200),
        ("GET", format!("/restapis/{api}/gatewayresponses"), Value::Null, 200),
        ("DELETE", format!("/restapis/{api}/gatewayresponses/THROTTLED"), Value::Null, 202),
        ("DELETE", format!("/restapis/{api}/resources/{root}/methods/GET/integration"), Value::Null, 204),
        ("DELETE", format!("/restapis/{api}/resources/{root}/methods/GET"), Value::Null, 204),
        ("DELETE", format!("/restapis/{api}/stages/prod"), Value::Null, 202),
        ("DELETE", format!("/restapis/{api}"), Value::Null, 202),
        ("DELETE", format!("/usageplans/{plan}/keys/{key}"), Value::Null, 202),
        ("DELETE", format!("/usageplans/{plan}"), Value::Null, 202),
        ("DELETE", format!("/apikeys/{key}"), Value::Null, 202),
    ];
    for (method, path, body, status) in cases {
        let response = account.send(method, &path, body).await;
        assert_eq!(response.status, status, "{method} {path}: {}", response.body);
        assert_eq!(
            response.body.is_empty(),
            matches!(status, 202 | 204),
            "{method} {path}: {}",
            response.body
        );
        assert_eq!(response.header("x-amzn-requestid").map(str::len), Some(36), "{method} {path}");
        assert!(response.header("x-amz-apigw-id").is_some_and(|id| id.ends_with('=')), "{method} {path}");
        assert_eq!(response.header("x-amzn-errortype"), None, "{method} {path}");
    }
}

#[tokio::test]
async fn a_key_has_epoch_seconds_and_omits_unset_members() {
    let account = ControlPlane::empty().await;
    let created = account.request_ok("POST", "/apikeys", json!({ "name": "a" })).await;
    let (id, value) = (id(&created), created["value"].clone());
    let expected = json!({
        "id": id, "value": value, "name": "a", "enabled": false,
        "createdDate": START_EPOCH_SECONDS, "lastUpdatedDate": START_EPOCH_SECONDS, "stageKeys": [],
    });
    assert_eq!(created, expected);
    assert_eq!(id.len(), 10);
    assert_eq!(value.as_str().map(str::len), Some(40));

    let mut listed = expected.clone();
    listed.as_object_mut().unwrap().remove("value");
    assert_eq!(account.get("/apikeys").await, json!({ "item": [listed] }));
    assert_eq!(account.get("/apikeys?includeValues=true").await, json!({ "item": [expected] }));
    assert_eq!(account.get(&format!("/apikeys/{id}")).await["value"], Value::Null);
    assert_eq!(account.get(&format!("/apikeys/{id}?includeValue=true")).await["value"], value);
}

#[tokio::test]
async fn an_updated_key_has_tags_but_no_value() {
    let account = ControlPlane::empty().await;
    let key = account.create_key("a").await;
    let (_, updated) = account.patch(&format!("/apikeys/{key}"), "replace", "/name", "b").await;
    assert_eq!(
        (&updated["name"], &updated["value"], &updated["tags"]),
        (&json!("b"), &Value::Null, &json!({}))
    );
}

#[tokio::test]
async fn limits_of_a_plan_are_numbers_even_after_a_patch() {
    let account = ControlPlane::empty().await;
    let plan = account.create_plan("Free", &[]).await;
    let throttle = json!({ "rateLimit": 10.5, "burstLimit": 4 });
    let quota = json!({ "limit": 20, "offset": 0, "period": "DAY" });
    let mut expected =
        json!({ "id": plan, "name": "Free", "apiStages": [], "throttle": throttle, "quota": quota });
    assert_eq!(account.get("/usageplans").await, json!({ "item": [expected] }));

    let path = format!("/usageplans/{plan}");
    for (member, value) in
        [("/quota/limit", "30"), ("/throttle/burstLimit", "7"), ("/throttle/rateLimit", "0.5")]
    {
        account.patch(&path, "replace", member, value).await;
    }
    expected["quota"]["limit"] = json!(30);
    expected["throttle"] = json!({ "rateLimit": 0.5, "burstLimit": 7 });
    expected["tags"] = json!({});
    assert_eq!(account.get(&path).await, expected);
}

#[tokio::test]
async fn usage_is_a_map_of_key_ids_under_values() {
    let account = ControlPlane::empty().await;
    let (key, plan) = (account.create_key("a").await, account.create_plan("Free", &[]).await);
    account.add_key_to_plan(&plan, &key).await;
    account.patch(&format!("/usageplans/{plan}/keys/{key}/usage"), "replace", "/remaining", "15").await;
    let usage =
        account.get(&format!("/usageplans/{plan}/usage?startDate=2026-03-09&endDate=2026-03-10")).await;
    assert_eq!(
        usage,
        json!({
            "usagePlanId": plan, "startDate": "2026-03-09", "endDate": "2026-03-10",
            "values": { key: [[0, 20], [0, 15]] },
        })
    );
}

#[tokio::test]
async fn an_error_has_its_type_in_a_header_and_its_message_in_the_body() {
    let account = ControlPlane::empty().await;
    let response = account.send("GET", "/apikeys/nokey", Value::Null).await;
    assert_eq!(response.status, 404);
    assert_eq!(response.header("x-amzn-errortype"), Some("NotFoundException"));
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("retry-after"), None);
    assert_eq!(response.body, r#"{"message":"Invalid API Key identifier specified"}"#);
    assert!(response.header("x-amzn-requestid").is_some());
}

#[tokio::test]
async fn a_429_has_retry_after() {
    let account = ControlPlane::empty().await;
    let switches = keypool_local_aws::Switches { control_plane_rates: true, ..account.aws.switches() };
    account.aws.set_switches(switches);
    let plan = account.create_plan("Free", &[]).await;
    let path = format!("/usageplans/{plan}");
    let empty_patch = json!({ "patchOperations": [] });
    assert_eq!(account.send("PATCH", &path, empty_patch.clone()).await.status, 200);

    let error = account.send("PATCH", &path, empty_patch).await;
    assert_eq!(error.status, 429);
    assert_eq!(error.header("x-amzn-errortype"), Some("TooManyRequestsException"));
    assert_eq!(error.header("retry-after"), Some("20"));
    assert_eq!(error.body, r#"{"message":"Too Many Requests"}"#);
}
