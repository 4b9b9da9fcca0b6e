//! Scripted faults, as seen by a caller.

use keypool_local_aws::{Answer as FaultAnswer, Fault};
use serde_json::json;

use crate::http;
use crate::protected_api::ProtectedApi;

const NO_LIMIT: serde_json::Value = serde_json::Value::Null;

async fn create_key(api: &ProtectedApi) -> Option<http::HttpResponse> {
    http::send(&api.aws.endpoint(), "POST", "/apikeys", &[], r#"{"name":"key"}"#).await
}

async fn count_keys(api: &ProtectedApi) -> usize {
    api.get("/apikeys").await.json()["item"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_cut_call_gets_no_response_and_takes_effect_only_if_cut_afterwards() {
    let api = ProtectedApi::new().await;
    for (fault, created) in [
        (Fault::on("CreateApiKey", FaultAnswer::Cut), 0),
        (Fault::on("CreateApiKey", FaultAnswer::Cut).after(), 1),
    ] {
        api.aws.faults().script(fault.clone());
        assert!(create_key(&api).await.is_none(), "{fault:?}");
        assert_eq!(count_keys(&api).await, created, "{fault:?}");
    }
    assert_eq!(create_key(&api).await.unwrap().status, 201, "the next call passes");
}

#[tokio::test]
async fn a_scripted_error_has_the_format_of_its_service() {
    let api = ProtectedApi::new().await;
    let too_many_requests = FaultAnswer::Throttled { retry_after: Some(3) };
    api.aws.faults().script(Fault::on("CreateApiKey", too_many_requests).skip(1).times(2));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let response = create_key(&api).await.unwrap();
        statuses.push((response.status, response.header("retry-after").map(str::to_owned)));
    }
    let throttled = (429, Some("3".to_owned()));
    assert_eq!(statuses, [(201, None), throttled.clone(), throttled, (201, None)]);
    assert_eq!(api.aws.faults().hit_count(), 2);
}

#[tokio::test]
async fn a_failed_call_of_the_protected_api_counts_only_if_it_fails_after_its_effect() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(NO_LIMIT, json!({"limit": 9, "period": "DAY"})).await;
    let key = api.create_key(&plan).await;
    let server_error = || Fault {
        path: Some("*/pets".to_owned()),
        ..Fault::on("Invoke", FaultAnswer::ServerError { status: 500 })
    };
    api.aws.faults().script(server_error());
    // `.` is an accepted call, `b` a failed one.
    assert_eq!(api.call_repeatedly("/toys", &key, 1).await, ".");
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, "b.");
    api.aws.faults().script(server_error().after());
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, "b.");
    assert_eq!(api.usage(&plan, &key, "2026-03-10", "2026-03-10").await, [(4, 5)]);
}

#[tokio::test]
async fn faults_can_be_scripted_over_http() {
    let api = ProtectedApi::new().await;
    let fault =
        json!({"service": "apigateway", "method": "POST", "answer": {"kind": "concurrent-modification"}});
    let faults = "/_local-aws/faults";
    let endpoint = api.aws.endpoint();
    let scripted = http::send(&endpoint, "POST", faults, &[], &fault.to_string()).await.unwrap();
    assert_eq!(scripted.status, 200);
    let response = create_key(&api).await.unwrap();
    assert_eq!((response.status, response.header("x-amzn-errortype")), (409, Some("ConflictException")));
    let misspelt = http::send(&endpoint, "POST", faults, &[], r#"{"anwser": {}}"#).await.unwrap();
    assert_eq!(misspelt.status, 400);
    assert!(misspelt.body.contains("anwser"), "{}", misspelt.body);
    for (script, message) in [
        (r#"{"operation": "CreateKey"}"#, "there is no operation `CreateKey`;"),
        (r#"{"operation": "PutItem", "service": "sts"}"#, "there is no operation `PutItem` of sts;"),
    ] {
        let unknown = http::send(&endpoint, "POST", faults, &[], script).await.unwrap();
        assert_eq!(unknown.status, 400);
        assert!(unknown.body.contains(message), "{}", unknown.body);
    }
    assert!(api.aws.faults().active().is_empty());
}
