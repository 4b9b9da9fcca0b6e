//! Every patch path, and what the patched resource contains.

use serde_json::{Value, json};

use crate::control_plane::{ControlPlane, id};

/// Operation, path and value of a patch, a JSON pointer into its response, and the expected value there.
type Case<'a> = (&'a str, String, &'a str, &'a str, Value);

async fn check_patches(account: &ControlPlane, resource: &str, cases: Vec<Case<'_>>) {
    for (op, path, value, pointer, expected) in cases {
        let (status, response) = account.patch(resource, op, &path, value).await;
        assert_eq!(status, 200, "{op} {path}: {response}");
        let found = response.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(found, expected, "{op} {path} {value}");
        assert_eq!(account.get(resource).await, response, "{op} {path}: the response is the stored state");
    }
}

#[tokio::test]
async fn each_patch_of_an_api_key_is_stored() {
    let account = ControlPlane::empty().await;
    let key = format!("/apikeys/{}", account.create_key("a").await);
    let cases = vec![
        ("replace", "/name".into(), "b", "/name", json!("b")),
        ("replace", "/description".into(), "for b", "/description", json!("for b")),
        ("replace", "/enabled".into(), "false", "/enabled", json!(false)),
        ("replace", "/customerId".into(), "c-1", "/customerId", json!("c-1")),
        ("add", "/stages".into(), "abc/prod", "/stageKeys", json!(["abc/prod"])),
        ("remove", "/stages".into(), "abc/prod", "/stageKeys", json!([])),
        ("add", "/labels".into(), "x", "/name", json!("b")),
        ("remove", "/labels".into(), "x", "/name", json!("b")),
    ];
    check_patches(&account, &key, cases).await;
}

#[tokio::test]
async fn a_patch_can_add_limits_to_a_usage_plan_without_any() {
    let account = ControlPlane::empty().await;
    let plan = account.request_ok("POST", "/usageplans", json!({ "name": "p" })).await;
    let operations = [
        ("/quota/limit", "100"),
        ("/quota/period", "MONTH"),
        ("/throttle/rateLimit", "0.1"),
        ("/throttle/burstLimit", "3"),
    ];
    let operations: Vec<Value> = operations
        .iter()
        .map(|(path, value)| json!({ "op": "replace", "path": path, "value": value }))
        .collect();
    let path = format!("/usageplans/{}", id(&plan));
    let patched = account.request_ok("PATCH", &path, json!({ "patchOperations": operations })).await;
    assert_eq!(patched["quota"], json!({ "limit": 100, "offset": 0, "period": "MONTH" }));
    assert_eq!(patched["throttle"], json!({ "rateLimit": 0.1, "burstLimit": 3 }));
}

#[tokio::test]
async fn each_patch_of_a_usage_plan_is_stored() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&["prod"]).await;
    let plan = format!("/usageplans/{}", account.create_plan("Free", &[]).await);
    let (stage, throttle_path) =
        (format!("{api}:prod"), |rest: &str| format!("/apiStages/{api}:prod/throttle{rest}"));
    let throttle = |rate: f64, burst: i32| json!({ "rateLimit": rate, "burstLimit": burst });
    let throttles = r#"{"/pets/POST":{"rateLimit":2.5,"burstLimit":9}}"#;
    let cases = vec![
        ("replace", "/name".into(), "Paid", "/name", json!("Paid")),
        ("replace", "/description".into(), "monthly", "/description", json!("monthly")),
        ("add", "/productCode".into(), "pc-1", "/productCode", json!("pc-1")),
        ("replace", "/productCode".into(), "pc-2", "/productCode", json!("pc-2")),
        ("remove", "/productCode".into(), "", "/productCode", Value::Null),
        ("add", "/quota/limit".into(), "7", "/quota/limit", json!(7)),
        ("replace", "/quota/period".into(), "WEEK", "/quota/period", json!("WEEK")),
        ("replace", "/quota/offset".into(), "6", "/quota/offset", json!(6)),
        ("add", "/throttle/rateLimit".into(), "3", "/throttle/rateLimit", json!(3.0)),
        ("replace", "/throttle/burstLimit".into(), "8", "/throttle/burstLimit", json!(8)),
        ("add", "/apiStages".into(), &stage, "/apiStages", json!([{ "apiId": api, "stage": "prod" }])),
        (
            "add",
            throttle_path("//pets/GET/rateLimit"),
            "1.5",
            "/apiStages/0/throttle",
            json!({ "/pets/GET": throttle(1.5, 0) }),
        ),
        (
            "replace",
            throttle_path("//pets/GET/burstLimit"),
            "4",
            "/apiStages/0/throttle",
            json!({ "/pets/GET": throttle(1.5, 4) }),
        ),
        (
            "replace",
            throttle_path("///GET/burstLimit"),
            "2",
            "/apiStages/0/throttle/~1~1GET/burstLimit",
            json!(2),
        ),
        (
            "remove",
            throttle_path("///GET"),
            "",
            "/apiStages/0/throttle",
            json!({ "/pets/GET": throttle(1.5, 4) }),
        ),
        (
            "add",
            throttle_path(""),
            throttles,
            "/apiStages/0/throttle",
            json!({ "/pets/GET": throttle(1.5, 4), "/pets/POST": throttle(2.5, 9) }),
        ),
        (
            "replace",
            throttle_path(""),
            throttles,
            "/apiStages/0/throttle",
            json!({ "/pets/POST": throttle(2.5, 9) }),
        ),
        ("remove", throttle_path(""), "", "/apiStages/0/throttle", Value::Null),
        ("remove", "/apiStages".into(), &stage, "/apiStages", json!([])),
        ("remove", "/quota".into(), "", "/quota", Value::Null),
        ("remove", "/throttle".into(), "", "/throttle", Value::Null),
    ];
    check_patches(&account, &plan, cases).await;
}

#[tokio::test]
async fn each_patch_of_the_account_is_stored() {
    let account = ControlPlane::empty().await;
    let before = account.get("/account").await;
    assert_eq!(
        before,
        json!({
            "throttleSettings": { "rateLimit": 10000.0, "burstLimit": 5000 },
            "features": ["UsagePlans"],
            "apiKeyVersion": "4",
        })
    );
    let role = "arn:aws:iam::000000000000:role/logs";
    let cases = vec![
        ("replace", "/cloudwatchRoleArn".into(), role, "/cloudwatchRoleArn", json!(role)),
        ("replace", "/cloudwatchRoleArn".into(), "", "/cloudwatchRoleArn", Value::Null),
        ("add", "/features".into(), "More", "/features", json!(["UsagePlans", "More"])),
        ("remove", "/features".into(), "More", "/features", json!(["UsagePlans"])),
    ];
    check_patches(&account, "/account", cases).await;
    assert_eq!(account.patch("/account", "remove", "/features", "UsagePlans").await.0, 400);
}

#[tokio::test]
async fn each_patch_of_a_stage_is_stored() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&["prod"]).await;
    let stage = format!("/restapis/{api}/stages/prod");
    let other_deployment = account.deploy(&api, "other").await;
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:calls";
    let cases = vec![
        ("replace", "/description".into(), "live", "/description", json!("live")),
        ("replace", "/deploymentId".into(), &other_deployment, "/deploymentId", json!(other_deployment)),
        ("replace", "/tracingEnabled".into(), "true", "/tracingEnabled", json!(true)),
        (
            "add",
            "/accessLogSettings/format".into(),
            "$context.requestId",
            "/accessLogSettings/format",
            json!("$context.requestId"),
        ),
        (
            "replace",
            "/accessLogSettings/destinationArn".into(),
            arn,
            "/accessLogSettings/destinationArn",
            json!(arn),
        ),
        ("remove", "/accessLogSettings".into(), "", "/accessLogSettings", Value::Null),
        ("add", "/variables/colour".into(), "red", "/variables", json!({ "colour": "red" })),
        ("remove", "/variables/colour".into(), "", "/variables", Value::Null),
        (
            "replace",
            "/*/*/throttling/rateLimit".into(),
            "100",
            "/methodSettings/*~1*/throttlingRateLimit",
            json!(100.0),
        ),
        (
            "replace",
            "/*/*/logging/loglevel".into(),
            "INFO",
            "/methodSettings/*~1*/loggingLevel",
            json!("INFO"),
        ),
        (
            "replace",
            "/*/*/logging/dataTrace".into(),
            "true",
            "/methodSettings/*~1*/dataTraceEnabled",
            json!(true),
        ),
        (
            "replace",
            "/*/*/metrics/enabled".into(),
            "true",
            "/methodSettings/*~1*/metricsEnabled",
            json!(true),
        ),
        (
            "replace",
            "/~1pets/GET/throttling/burstLimit".into(),
            "5",
            "/methodSettings/~01pets~1GET/throttlingBurstLimit",
            json!(5),
        ),
        ("remove", "/~1pets/GET".into(), "", "/methodSettings/~01pets~1GET", Value::Null),
    ];
    check_patches(&account, &stage, cases).await;
}

#[tokio::test]
async fn each_patch_of_a_method_is_stored() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.create_api(&[]).await;
    let method = format!("/restapis/{api}/resources/{root}/methods/GET");
    let header = "method.request.header.X-Tenant";
    let cases = vec![
        ("replace", "/apiKeyRequired".into(), "false", "/apiKeyRequired", json!(false)),
        ("replace", "/authorizationType".into(), "AWS_IAM", "/authorizationType", json!("AWS_IAM")),
        ("replace", "/operationName".into(), "listPets", "/operationName", json!("listPets")),
        (
            "add",
            format!("/requestParameters/{header}"),
            "true",
            "/requestParameters",
            json!({ header: true }),
        ),
        ("remove", format!("/requestParameters/{header}"), "", "/requestParameters", json!({})),
        ("add", "/authorizationScopes".into(), "read", "/authorizationScopes", json!(["read"])),
        ("remove", "/authorizationScopes".into(), "read", "/authorizationScopes", json!([])),
    ];
    check_patches(&account, &method, cases).await;
}

#[tokio::test]
async fn a_patch_is_applied_as_a_whole_or_not_at_all() {
    let account = ControlPlane::empty().await;
    let plan = format!("/usageplans/{}", account.create_plan("Free", &[]).await);
    let before = account.get(&plan).await;
    let operations = json!({ "patchOperations": [
        { "op": "replace", "path": "/name", "value": "Paid" },
        { "op": "replace", "path": "/quota/limit", "value": "many" },
    ] });
    assert_eq!(account.request("PATCH", &plan, operations).await.0, 400);
    assert_eq!(account.get(&plan).await, before);
}

#[tokio::test]
async fn a_plans_method_throttle_names_one_method() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&["prod"]).await;
    let plan = account.create_plan("Free", &[(&api, "prod")]).await;
    let path = format!("/usageplans/{plan}");
    let limit = json!({ "rateLimit": 1.0, "burstLimit": 1 });
    for method in ["*/*", "/*/*", "/pets/*", "/pets", "GET"] {
        let stage = json!({ "apiId": api, "stage": "prod", "throttle": { method: limit } });
        let new = json!({ "name": "Paid", "throttle": limit, "apiStages": [stage] });
        assert_eq!(account.request("POST", "/usageplans", new).await.0, 400, "create with {method}");
        let map = json!({ method: limit }).to_string();
        let stage = format!("/apiStages/{api}:prod/throttle");
        assert_eq!(account.patch(&path, "replace", &stage, &map).await.0, 400, "patch with {method}");
        let rate = format!("{stage}/{method}/rateLimit");
        assert_eq!(account.patch(&path, "add", &rate, "1").await.0, 400, "patch of {method}");
    }
    assert_eq!(account.get("/usageplans").await["item"][0]["apiStages"][0].get("throttle"), None);
}
