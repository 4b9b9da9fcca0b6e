//! Status, type and exact message of each error.

use serde_json::{Value, json};

use crate::control_plane::ControlPlane;

/// Status, type and message.
type ErrorResponse = (u16, String, String);

async fn error_response(account: &ControlPlane, method: &str, path: &str, body: Value) -> ErrorResponse {
    let response = account.send(method, path, body).await;
    let message = response.json()["message"].as_str().unwrap_or_default().to_owned();
    (response.status, response.header("x-amzn-errortype").unwrap_or_default().to_owned(), message)
}

fn expected_error(status: u16, name: &str, message: &str) -> ErrorResponse {
    (status, format!("{name}Exception"), message.to_owned())
}

fn patch(op: &str, path: &str, value: &str) -> Value {
    json!({ "patchOperations": [{ "op": op, "path": path, "value": value }] })
}

#[tokio::test]
async fn api_key_errors_match_those_of_aws() {
    let account = ControlPlane::empty().await;
    let key = format!("/apikeys/{}", account.create_key("a").await);
    let paths = "Must be one of: [/description, /enabled, /name, /customerId]";
    let cases = [
        (
            "GET",
            "/apikeys/nokey",
            Value::Null,
            expected_error(404, "NotFound", "Invalid API Key identifier specified"),
        ),
        (
            "PATCH",
            "/apikeys/nokey",
            patch("replace", "/name", "a"),
            expected_error(404, "NotFound", "Invalid API Key identifier specified"),
        ),
        (
            "PATCH",
            &key,
            patch("replace", "/id", "a"),
            expected_error(
                400,
                "BadRequest",
                &format!("Invalid patch path  '/id' specified for op 'replace'. {paths}"),
            ),
        ),
        (
            "POST",
            "/apikeys",
            json!({ "name": "n".repeat(1025) }),
            expected_error(400, "BadRequest", "Invalid API Key name, can be at most 1024 characters."),
        ),
        (
            "PATCH",
            &key,
            patch("replace", "/name", &"n".repeat(1025)),
            expected_error(400, "BadRequest", "Invalid API Key name, can be at most 1024 characters."),
        ),
        (
            "POST",
            "/apikeys",
            json!({ "value": "v".repeat(19) }),
            expected_error(400, "BadRequest", "API Key value should be at least 20 characters"),
        ),
        (
            "POST",
            "/apikeys",
            json!({ "value": "v".repeat(129) }),
            expected_error(400, "BadRequest", "API Key value exceeds maximum size of 128 characters"),
        ),
        (
            "POST",
            "/apikeys",
            json!({ "description": "d".repeat(125_001) }),
            expected_error(400, "BadRequest", "Invalid API Key description specified."),
        ),
    ];
    for (method, path, body, expected) in cases {
        assert_eq!(error_response(&account, method, path, body).await, expected);
    }
    for (length, status) in [(20, 201), (128, 201)] {
        let key = json!({ "value": "v".repeat(length), "name": "n".repeat(1024), "description": "d".repeat(125_000) });
        assert_eq!(account.request("POST", "/apikeys", key).await.0, status);
    }
    assert_eq!(
        account.get("/apikeys").await["item"].as_array().unwrap().len(),
        3,
        "rejected requests create nothing"
    );
}

#[tokio::test]
async fn usage_plan_errors_match_those_of_aws() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&["dev"]).await;
    let plan_id = account.create_plan("Free", &[]).await;
    let plan = format!("/usageplans/{plan_id}");
    let plan_without_throttle = account.request_ok("POST", "/usageplans", json!({ "name": "Bare" })).await;
    let plan_without_throttle = format!("/usageplans/{}", plan_without_throttle["id"].as_str().unwrap());
    let (stage, stage_path) = (format!("{api}:dev"), format!("/apiStages/{api}:dev"));
    account.patch(&plan_without_throttle, "add", "/apiStages", &stage).await;
    let unknown_plan = expected_error(404, "NotFound", "Invalid Usage Plan ID specified");
    let malformed = expected_error(400, "BadRequest", "Invalid API Stage specified");
    let removable = "Must be one of: [/apiStages, /quota, /throttle, /productCode, \
                     /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, \
                     /apiStages/<apidId:stageName>/throttle]";
    let cases = [
        ("GET", "/usageplans/noplan", Value::Null, unknown_plan.clone()),
        ("DELETE", "/usageplans/noplan", Value::Null, unknown_plan.clone()),
        ("PATCH", "/usageplans/noplan", patch("replace", "/name", "a"), unknown_plan.clone()),
        (
            "PATCH",
            &plan,
            patch("remove", "/apiStages", &stage),
            expected_error(
                404,
                "NotFound",
                &format!("Invalid API Stage {{api: {api}, stage: dev}} specified for usageplan {plan_id}"),
            ),
        ),
        ("PATCH", &plan, patch("remove", "/apiStages", ""), malformed.clone()),
        ("PATCH", &plan, patch("remove", "/apiStages", "nocolon"), malformed.clone()),
        (
            "PATCH",
            &plan,
            patch("add", "/apiStages", "nocolon"),
            expected_error(404, "NotFound", "API Stage not found: nocolon"),
        ),
        (
            "PATCH",
            &plan,
            patch("add", "/apiStages", &format!("{api}:none")),
            expected_error(404, "NotFound", &format!("API Stage not found: {api}:none")),
        ),
        (
            "PATCH",
            &plan,
            patch("remove", &stage_path, ""),
            expected_error(
                400,
                "BadRequest",
                &format!("Invalid patch path  '{stage_path}' specified for op 'remove'. {removable}"),
            ),
        ),
        (
            "PATCH",
            &plan_without_throttle,
            patch("replace", &format!("{stage_path}/throttle//GET/rateLimit"), "1"),
            expected_error(
                400,
                "BadRequest",
                "Can not define fine grain throttling if usage plan throttle is not defined.",
            ),
        ),
        (
            "PATCH",
            &plan,
            patch("replace", "/quota/offset", "1"),
            expected_error(400, "BadRequest", "Usage Plan quota offset must be zero in the DAY period"),
        ),
    ];
    for (method, path, body, expected) in cases {
        assert_eq!(
            error_response(&account, method, path, body.clone()).await,
            expected,
            "{method} {path} {body}"
        );
    }
}

#[tokio::test]
async fn a_quota_offset_outside_the_period_is_rejected() {
    let account = ControlPlane::empty().await;
    let cases = [
        ("DAY", 1, "Usage Plan quota offset must be zero in the DAY period"),
        ("WEEK", 7, "Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period"),
        ("MONTH", 28, "Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period"),
    ];
    for (period, offset, message) in cases {
        let plan =
            |offset| json!({ "name": "p", "quota": { "limit": 1, "offset": offset, "period": period } });
        let error = error_response(&account, "POST", "/usageplans", plan(offset)).await;
        assert_eq!(error, expected_error(400, "BadRequest", message));
        assert_eq!(account.request("POST", "/usageplans", plan(offset - 1)).await.0, 201, "{period}");
    }
}

#[tokio::test]
async fn patch_errors_match_those_of_aws() {
    let account = ControlPlane::empty().await;
    let (key, plan) = (account.create_key("a").await, account.create_plan("Free", &[]).await);
    account.add_key_to_plan(&plan, &key).await;
    let enumeration = "failed to satisfy constraint: Member must satisfy enum value set: \
                       [add, remove, move, test, replace, copy]";
    let usage = format!("/usageplans/{plan}/keys/{key}/usage");
    let error = error_response(&account, "PATCH", &usage, patch("add", "/remaining", "1")).await;
    let message = "Invalid patch operation specified. Must be one of: [replace]";
    assert_eq!(error, expected_error(400, "BadRequest", message));

    let error =
        error_response(&account, "PATCH", &format!("/usageplans/{plan}"), patch("wrong", "/name", "a")).await;
    let message = format!(
        "1 validation error detected: Value 'wrong' at 'updateUsagePlanInput.patchOperations.1.member.op' {enumeration}"
    );
    assert_eq!(error, expected_error(400, "Validation", &message));
}

#[tokio::test]
async fn usage_plan_key_errors_match_those_of_aws() {
    let account = ControlPlane::empty().await;
    let (key, plan) = (account.create_key("a").await, account.create_plan("Free", &[]).await);
    let (no_plan, no_key) = ("Invalid Usage Plan ID specified", "Invalid API Key identifier specified");
    for (plan, key, message) in
        [("noplan", key.as_str(), no_plan), (&plan, "nokey", no_key), ("no", "no", no_plan)]
    {
        assert_eq!(account.add_key_to_plan(plan, key).await, (404, json!({ "message": message })));
    }
    for path in [format!("/usageplans/{plan}/keys/{key}"), format!("/usageplans/{plan}/keys/nokey")] {
        for method in ["GET", "DELETE"] {
            assert_eq!(
                error_response(&account, method, &path, Value::Null).await,
                expected_error(404, "NotFound", no_key)
            );
        }
    }
}

#[tokio::test]
async fn rest_api_errors_match_those_of_aws() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.create_api(&[]).await;
    let resource = format!("/restapis/{api}/resources");
    let cases = [
        ("/restapis/noapi".to_owned(), "Invalid API identifier specified 000000000000:noapi"),
        (format!("{resource}/none"), "Invalid Resource identifier specified"),
        (format!("{resource}/{root}/methods/PUT"), "Invalid Method identifier specified"),
        (format!("/restapis/{api}/stages/none"), "Invalid stage identifier specified"),
    ];
    for (path, message) in cases {
        assert_eq!(
            error_response(&account, "GET", &path, Value::Null).await,
            expected_error(404, "NotFound", message)
        );
    }
}

#[tokio::test]
async fn a_key_in_too_many_plans_is_rejected() {
    let account = ControlPlane::empty().await;
    let key = account.create_key("a").await;
    for number in 0..10 {
        let plan = account.create_plan(&format!("plan {number}"), &[]).await;
        assert_eq!(account.add_key_to_plan(&plan, &key).await.0, 201);
    }
    let plan = account.create_plan("one more", &[]).await;
    let member = json!({ "keyId": key, "keyType": "API_KEY" });
    let error = account.send("POST", &format!("/usageplans/{plan}/keys"), member).await;
    assert_eq!((error.status, error.header("x-amzn-errortype")), (429, Some("LimitExceededException")));
    assert_eq!(error.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn unknown_operations_and_malformed_bodies_are_rejected() {
    let account = ControlPlane::empty().await;
    let no_such_operation = expected_error(403, "MissingAuthenticationToken", "Missing Authentication Token");
    for (method, path) in [("GET", "/"), ("GET", "/nowhere"), ("PUT", "/apikeys"), ("GET", "/apikeys/a/b")] {
        assert_eq!(
            error_response(&account, method, path, Value::Null).await,
            no_such_operation,
            "{method} {path}"
        );
    }
    let endpoint = account.aws.endpoint();
    for body in ["{", "[]", "\"text\"", "{\"name\": 5}", "{\"enabled\": {}}"] {
        let response = crate::http::send(&endpoint, "POST", "/apikeys", &[], body).await.unwrap();
        assert_eq!(
            (response.status, response.header("x-amzn-errortype")),
            (400, Some("SerializationException")),
            "{body}"
        );
    }
    assert_eq!(account.get("/apikeys").await, json!({ "item": [] }));
}
