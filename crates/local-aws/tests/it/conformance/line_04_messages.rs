//! The texts of the errors, letter for letter, with their names.

use serde_json::{Value, json};

use crate::control_plane::ControlPlane;

/// What an error is told by: its status, name and text.
type Told = (u16, String, String);

async fn told(account: &ControlPlane, method: &str, path: &str, body: Value) -> Told {
    let answer = account.send(method, path, body).await;
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    (answer.status, answer.header("x-amzn-errortype").unwrap_or_default().to_owned(), message)
}

fn is(status: u16, name: &str, message: &str) -> Told {
    (status, format!("{name}Exception"), message.to_owned())
}

fn patch(op: &str, path: &str, value: &str) -> Value {
    json!({ "patchOperations": [{ "op": op, "path": path, "value": value }] })
}

#[tokio::test]
async fn of_api_keys() {
    let account = ControlPlane::empty().await;
    let key = format!("/apikeys/{}", account.key("a").await);
    let paths = "Must be one of: [/description, /enabled, /name, /customerId]";
    let cases = [
        ("GET", "/apikeys/nokey", Value::Null, is(404, "NotFound", "Invalid API Key identifier specified")),
        (
            "PATCH",
            "/apikeys/nokey",
            patch("replace", "/name", "a"),
            is(404, "NotFound", "Invalid API Key identifier specified"),
        ),
        (
            "PATCH",
            &key,
            patch("replace", "/id", "a"),
            is(400, "BadRequest", &format!("Invalid patch path  '/id' specified for op 'replace'. {paths}")),
        ),
        (
            "POST",
            "/apikeys",
            json!({ "name": "n".repeat(1025) }),
            is(400, "BadRequest", "Invalid API Key name, can be at most 1024 characters."),
        ),
        (
            "PATCH",
            &key,
            patch("replace", "/name", &"n".repeat(1025)),
            is(400, "BadRequest", "Invalid API Key name, can be at most 1024 characters."),
        ),
        (
            "POST",
            "/apikeys",
            json!({ "value": "v".repeat(19) }),
            is(400, "BadRequest", "API Key value should be at least 20 characters"),
        ),
        (
            "POST",
            "/apikeys",
            json!({ "value": "v".repeat(129) }),
            is(400, "BadRequest", "API Key value exceeds maximum size of 128 characters"),
        ),
        (
            "POST",
            "/apikeys",
            json!({ "description": "d".repeat(125_001) }),
            is(400, "BadRequest", "Invalid API Key description specified."),
        ),
    ];
    for (method, path, body, expected) in cases {
        assert_eq!(told(&account, method, path, body).await, expected);
    }
    for (length, status) in [(20, 201), (128, 201)] {
        let key = json!({ "value": "v".repeat(length), "name": "n".repeat(1024), "description": "d".repeat(125_000) });
        assert_eq!(account.ask("POST", "/apikeys", key).await.0, status);
    }
    assert_eq!(
        account.get("/apikeys").await["item"].as_array().unwrap().len(),
        3,
        "the refused left nothing"
    );
}

#[tokio::test]
async fn of_usage_plans() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.api(&["dev"]).await;
    let plan_id = account.plan("Free", &[]).await;
    let plan = format!("/usageplans/{plan_id}");
    let bare = account.done("POST", "/usageplans", json!({ "name": "Bare" })).await;
    let bare = format!("/usageplans/{}", bare["id"].as_str().unwrap());
    let (stage, stage_path) = (format!("{api}:dev"), format!("/apiStages/{api}:dev"));
    account.patch(&bare, "add", "/apiStages", &stage).await;
    let unknown_plan = is(404, "NotFound", "Invalid Usage Plan ID specified");
    let malformed = is(400, "BadRequest", "Invalid API Stage specified");
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
            is(
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
            is(404, "NotFound", "API Stage not found: nocolon"),
        ),
        (
            "PATCH",
            &plan,
            patch("add", "/apiStages", &format!("{api}:none")),
            is(404, "NotFound", &format!("API Stage not found: {api}:none")),
        ),
        (
            "PATCH",
            &plan,
            patch("remove", &stage_path, ""),
            is(
                400,
                "BadRequest",
                &format!("Invalid patch path  '{stage_path}' specified for op 'remove'. {removable}"),
            ),
        ),
        (
            "PATCH",
            &bare,
            patch("replace", &format!("{stage_path}/throttle//GET/rateLimit"), "1"),
            is(
                400,
                "BadRequest",
                "Can not define fine grain throttling if usage plan throttle is not defined.",
            ),
        ),
        (
            "PATCH",
            &plan,
            patch("replace", "/quota/offset", "1"),
            is(400, "BadRequest", "Usage Plan quota offset must be zero in the DAY period"),
        ),
    ];
    for (method, path, body, expected) in cases {
        assert_eq!(told(&account, method, path, body.clone()).await, expected, "{method} {path} {body}");
    }
}

#[tokio::test]
async fn of_quotas_whose_offset_is_outside_the_period() {
    let account = ControlPlane::empty().await;
    let cases = [
        ("DAY", 1, "Usage Plan quota offset must be zero in the DAY period"),
        ("WEEK", 7, "Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period"),
        ("MONTH", 28, "Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period"),
    ];
    for (period, offset, message) in cases {
        let plan =
            |offset| json!({ "name": "p", "quota": { "limit": 1, "offset": offset, "period": period } });
        let refused = told(&account, "POST", "/usageplans", plan(offset)).await;
        assert_eq!(refused, is(400, "BadRequest", message));
        assert_eq!(account.ask("POST", "/usageplans", plan(offset - 1)).await.0, 201, "{period}");
    }
}

#[tokio::test]
async fn of_patches() {
    let account = ControlPlane::empty().await;
    let (key, plan) = (account.key("a").await, account.plan("Free", &[]).await);
    account.join(&plan, &key).await;
    let enumeration = "failed to satisfy constraint: Member must satisfy enum value set: \
                       [add, remove, move, test, replace, copy]";
    let usage = format!("/usageplans/{plan}/keys/{key}/usage");
    let refused = told(&account, "PATCH", &usage, patch("add", "/remaining", "1")).await;
    let message = "Invalid patch operation specified. Must be one of: [replace]";
    assert_eq!(refused, is(400, "BadRequest", message));

    let refused = told(&account, "PATCH", &format!("/usageplans/{plan}"), patch("wrong", "/name", "a")).await;
    let message = format!(
        "1 validation error detected: Value 'wrong' at 'updateUsagePlanInput.patchOperations.1.member.op' {enumeration}"
    );
    assert_eq!(refused, is(400, "Validation", &message));
}

#[tokio::test]
async fn of_memberships() {
    let account = ControlPlane::empty().await;
    let (key, plan) = (account.key("a").await, account.plan("Free", &[]).await);
    let (no_plan, no_key) = ("Invalid Usage Plan ID specified", "Invalid API Key identifier specified");
    for (plan, key, message) in
        [("noplan", key.as_str(), no_plan), (&plan, "nokey", no_key), ("no", "no", no_plan)]
    {
        assert_eq!(account.join(plan, key).await, (404, json!({ "message": message })));
    }
    for path in [format!("/usageplans/{plan}/keys/{key}"), format!("/usageplans/{plan}/keys/nokey")] {
        for method in ["GET", "DELETE"] {
            assert_eq!(told(&account, method, &path, Value::Null).await, is(404, "NotFound", no_key));
        }
    }
}

#[tokio::test]
async fn of_rest_apis() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.api(&[]).await;
    let resource = format!("/restapis/{api}/resources");
    let cases = [
        ("/restapis/noapi".to_owned(), "Invalid API identifier specified 000000000000:noapi"),
        (format!("{resource}/none"), "Invalid Resource identifier specified"),
        (format!("{resource}/{root}/methods/PUT"), "Invalid Method identifier specified"),
        (format!("/restapis/{api}/stages/none"), "Invalid stage identifier specified"),
    ];
    for (path, message) in cases {
        assert_eq!(told(&account, "GET", &path, Value::Null).await, is(404, "NotFound", message));
    }
}

#[tokio::test]
async fn of_a_key_in_too_many_plans() {
    let account = ControlPlane::empty().await;
    let key = account.key("a").await;
    for number in 0..10 {
        let plan = account.plan(&format!("plan {number}"), &[]).await;
        assert_eq!(account.join(&plan, &key).await.0, 201);
    }
    let plan = account.plan("one more", &[]).await;
    let member = json!({ "keyId": key, "keyType": "API_KEY" });
    let refused = account.send("POST", &format!("/usageplans/{plan}/keys"), member).await;
    assert_eq!((refused.status, refused.header("x-amzn-errortype")), (429, Some("LimitExceededException")));
    assert_eq!(refused.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn of_what_is_no_request() {
    let account = ControlPlane::empty().await;
    let nothing = is(403, "MissingAuthenticationToken", "Missing Authentication Token");
    for (method, path) in [("GET", "/"), ("GET", "/nowhere"), ("PUT", "/apikeys"), ("GET", "/apikeys/a/b")] {
        assert_eq!(told(&account, method, path, Value::Null).await, nothing, "{method} {path}");
    }
    let endpoint = account.aws.endpoint();
    for body in ["{", "[]", "\"text\"", "{\"name\": 5}", "{\"enabled\": {}}"] {
        let answer = crate::http::send(&endpoint, "POST", "/apikeys", &[], body).await.unwrap();
        assert_eq!(
            (answer.status, answer.header("x-amzn-errortype")),
            (400, Some("SerializationException")),
            "{body}"
        );
    }
    assert_eq!(account.get("/apikeys").await, json!({ "item": [] }));
}
