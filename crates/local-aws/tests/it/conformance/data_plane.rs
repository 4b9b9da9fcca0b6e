//! The protected API's responses match AWS's byte for byte, including its two kinds of 429.

use serde_json::json;

use crate::http::HttpResponse;
use crate::protected_api::{ProtectedApi, STAGE};

const NO_LIMIT: serde_json::Value = serde_json::Value::Null;

/// Checks a response to the byte, except for ids.
fn assert_refusal(case: &str, response: &HttpResponse, status: u16, error_type: &str, body: &str) {
    assert_eq!((response.status, response.body.as_str()), (status, body), "{case}");
    let mut names: Vec<&str> = response.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    // `connection` is there because the test requested it. There is no `retry-after`.
    let expected = [
        "connection",
        "content-length",
        "content-type",
        "date",
        "x-amz-apigw-id",
        "x-amzn-errortype",
        "x-amzn-requestid",
    ];
    assert_eq!(names, expected, "{case}");
    assert_eq!(response.header("x-amzn-errortype"), Some(error_type), "{case}");
    assert_eq!(response.header("content-type"), Some("application/json"), "{case}");
    assert_eq!(response.header("content-length"), Some(body.len().to_string().as_str()), "{case}");
    assert_eq!(response.header("date"), Some("Tue, 10 Mar 2026 12:00:00 GMT"), "{case}");
    assert_ids_are_well_formed(response);
}

fn assert_ids_are_well_formed(response: &HttpResponse) {
    let request_id = response.header("x-amzn-requestid").unwrap();
    let groups: Vec<usize> = request_id.split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12], "{request_id}");
    let extended = response.header("x-amz-apigw-id").unwrap();
    assert!(extended.len() == 16 && extended.ends_with('='), "{extended}");
}

#[tokio::test]
async fn rejected_calls_get_the_same_responses_as_on_aws() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(NO_LIMIT, NO_LIMIT).await;
    let key = api.create_key(&plan).await;
    let disabled = api.create_key(&plan).await;
    api.set_enabled(&disabled, false).await;
    let key_without_plan = api.create_key_without_plan().await;
    let api_id = &api.id;
    let forbidden = (403, "ForbiddenException", r#"{"message":"Forbidden"}"#);
    let missing_token =
        (403, "MissingAuthenticationTokenException", r#"{"message":"Missing Authentication Token"}"#);
    let server_error = (500, "InternalServerErrorException", r#"{"message":"Internal server error"}"#);
    let unknown_value = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
    let valid = Some(key.value.as_str());
    let cases = [
        ("no key", "GET", format!("{api_id}/{STAGE}/pets"), None, forbidden),
        ("an empty key", "GET", format!("{api_id}/{STAGE}/pets"), Some(""), forbidden),
        ("an unknown key", "GET", format!("{api_id}/{STAGE}/pets"), Some(unknown_value), forbidden),
        (
            "a key's id instead of its value",
            "GET",
            format!("{api_id}/{STAGE}/pets"),
            Some(&key.id),
            forbidden,
        ),
        ("a disabled key", "GET", format!("{api_id}/{STAGE}/pets"), Some(&disabled.value), forbidden),
        (
            "a key without a plan",
            "GET",
            format!("{api_id}/{STAGE}/pets"),
            Some(&key_without_plan.value),
            forbidden,
        ),
        ("no such path", "GET", format!("{api_id}/{STAGE}/cats"), valid, missing_token),
        ("no such path and no key", "GET", format!("{api_id}/{STAGE}/cats"), None, missing_token),
        ("a path below a resource", "GET", format!("{api_id}/{STAGE}/pets/7"), valid, missing_token),
        ("no method on the root", "GET", format!("{api_id}/{STAGE}"), valid, missing_token),
        ("no such verb", "POST", format!("{api_id}/{STAGE}/pets"), valid, missing_token),
        ("no such stage", "GET", format!("{api_id}/beta/pets"), valid, forbidden),
        ("no stage", "GET", api_id.clone(), valid, forbidden),
        ("no such API", "GET", format!("0123456789/{STAGE}/pets"), valid, forbidden),
        ("a backend that cannot be reached", "GET", format!("{api_id}/{STAGE}/broken"), valid, server_error),
    ];
    for (case, method, path, key, (status, error_type, body)) in cases {
        let response = api.call_with_method(method, &path, key).await;
        assert_refusal(case, &response, status, error_type, body);
    }
}

#[tokio::test]
async fn the_two_kinds_of_429_differ_in_type_and_body() {
    let api = ProtectedApi::new().await;
    let low_throttle = api.create_plan(json!({"rateLimit": 1, "burstLimit": 1}), NO_LIMIT).await;
    let low_quota = api.create_plan(NO_LIMIT, json!({"limit": 1, "period": "DAY"})).await;
    let cases = [
        (low_throttle, "TooManyRequestsException", r#"{"message":"Too Many Requests"}"#),
        (low_quota, "LimitExceededException", r#"{"message":"Limit Exceeded"}"#),
    ];
    for (plan, error_type, body) in cases {
        let key = api.create_key(&plan).await;
        assert_eq!(api.call("/pets", Some(&key.value)).await.status, 200);
        let response = api.call("/pets", Some(&key.value)).await;
        assert_refusal(error_type, &response, 429, error_type, body);
    }
}

#[tokio::test]
async fn an_accepted_call_gets_the_response_of_the_mock() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(NO_LIMIT, NO_LIMIT).await;
    let key = api.create_key(&plan).await;
    for path in ["/pets", "/pets/", "/pets?color=red"] {
        let response = api.call(path, Some(&key.value)).await;
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.json(), json!({"stage": STAGE, "method": "GET /pets"}));
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert_eq!(response.header("x-amzn-errortype"), None);
        assert_ids_are_well_formed(&response);
    }
}

#[tokio::test]
async fn gateway_responses_customize_errors() {
    let api = ProtectedApi::new().await;
    let plan =
        api.create_plan(json!({"rateLimit": 1, "burstLimit": 1}), json!({"limit": 1, "period": "DAY"})).await;
    let key = api.create_key(&plan).await;
    let throttled = json!({
        "statusCode": "503",
        "responseParameters": {"gatewayresponse.header.Retry-After": "'1'"},
        "responseTemplates": {"application/json": "{\"why\":$context.error.messageString}"}
    });
    api.put(&format!("/restapis/{}/gatewayresponses/THROTTLED", api.id), throttled).await;
    api.put(&format!("/restapis/{}/gatewayresponses/DEFAULT_4XX", api.id), json!({"statusCode": "418"}))
        .await;
    assert_eq!(api.call("/pets", None).await.status, 403, "an edit applies only once it is deployed");

    api.deploy().await;
    assert_eq!(api.call_repeatedly("/pets", &key, 1).await, ".");
    let throttled = api.call("/pets", Some(&key.value)).await;
    assert_eq!((throttled.status, throttled.body.as_str()), (503, r#"{"why":"Too Many Requests"}"#));
    assert_eq!(throttled.header("retry-after"), Some("1"));
    assert_eq!(throttled.header("x-amzn-errortype"), Some("TooManyRequestsException"));

    api.advance(1.0);
    let other_errors =
        [("quota", "/pets", Some(key.value.as_str())), ("key", "/pets", None), ("path", "/cats", None)];
    for (case, path, key) in other_errors {
        let response = api.call(path, key).await;
        assert_eq!((response.status, response.header("retry-after")), (418, None), "{case}");
    }
}

#[tokio::test]
async fn a_method_with_iam_authorization_rejects_calls_with_only_a_key() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(NO_LIMIT, json!({"limit": 5, "period": "DAY"})).await;
    let key = api.create_key(&plan).await;
    let vault = api.create_resource("vault").await;
    api.create_method(&vault, "GET", true, crate::protected_api::mock_integration()).await;
    let method = format!("/restapis/{}/resources/{vault}/methods/GET", api.id);
    api.replace(&method, "/authorizationType", "AWS_IAM").await;
    api.deploy().await;

    let response = api.call("/vault", Some(&key.value)).await;
    let body = r#"{"message":"Missing Authentication Token"}"#;
    assert_refusal("IAM", &response, 403, "MissingAuthenticationTokenException", body);
    assert_eq!(api.usage(&plan, &key, "2026-03-10", "2026-03-10").await, [], "the call is not counted");
}

#[tokio::test]
async fn a_greedy_path_with_the_verb_any_matches_every_call() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(NO_LIMIT, NO_LIMIT).await;
    let key = api.create_key(&plan).await;
    let rest = api.create_resource("{rest+}").await;
    api.create_method(&rest, "ANY", true, crate::protected_api::mock_integration()).await;
    api.deploy().await;
    for (verb, path) in [("DELETE", "cats"), ("GET", "cats/7/toys"), ("PATCH", "pets/7")] {
        let path = format!("{}/{STAGE}/{path}", api.id);
        let response = api.call_with_method(verb, &path, Some(&key.value)).await;
        assert_eq!(
            (response.status, response.json()["method"].as_str()),
            (200, Some("ANY /{rest+}")),
            "{verb} {path}"
        );
    }
}
