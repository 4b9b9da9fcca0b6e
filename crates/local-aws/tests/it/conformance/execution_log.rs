//! The execution log explains each result in AWS's words, and contains at most the last six characters of a key.

use serde_json::{Value, json};

use crate::http::HttpResponse;
use crate::protected_api::ProtectedApi;

const NO_LIMIT: Value = Value::Null;

/// Returns the lines of a call after the first one, which always has the call's extended id.
fn lines(api: &ProtectedApi, response: &HttpResponse) -> Vec<String> {
    let request_id = response.header("x-amzn-requestid").unwrap();
    let lines = api.aws.execution_log().lines_of_request(request_id);
    let extended_id = response.header("x-amz-apigw-id").unwrap();
    assert_eq!(lines[0], format!("({request_id}) Extended Request Id: {extended_id}"));
    let prefix = format!("({request_id}) ");
    lines[1..].iter().map(|line| line.strip_prefix(&prefix).unwrap().replace(request_id, "REQUEST")).collect()
}

#[tokio::test]
async fn each_outcome_of_a_call_has_its_log_lines() {
    let api = ProtectedApi::new().await;
    let low_throttle = api.create_plan(json!({"rateLimit": 0.5, "burstLimit": 1}), NO_LIMIT).await;
    let low_quota = api.create_plan(NO_LIMIT, json!({"limit": 1, "period": "DAY"})).await;
    let (throttled_key, exhausted_key) =
        (api.create_key(&low_throttle).await, api.create_key(&low_quota).await);
    let stage = format!("{}/prod", api.id);
    let pets = pets_resource(&api).await;
    let masked = |value: &str| format!("**********{}", &value[value.len() - 6..]);
    let verifying =
        |key: &str| format!("Verifying Usage Plan for request: REQUEST. API Key: {key} API Stage: {stage}");
    let succeeded = |key: &str| format!("Usage Plan check succeeded for API Key {key} and API Stage {stage}");

    let response = api.call("/open", None).await;
    let no_key_required = "API Key  authorized because method 'GET /open' does not require API Key. \
                Request will not contribute to throttle or quota limits";
    assert_eq!(lines(&api, &response), [verifying(""), no_key_required.to_owned()]);

    let response = api.call("/pets", None).await;
    let unauthorized = format!(
        "API Key  not authorized because method 'GET /pets' requires API Key and API Key is not associated with a \
         Usage Plan for API Stage {stage}: No Usage Plan found for key and API Stage"
    );
    assert_eq!(lines(&api, &response), [verifying(""), unauthorized]);

    let key = masked(&throttled_key.value);
    let response = api.call("/pets", Some(&throttled_key.value)).await;
    assert_eq!(lines(&api, &response), [verifying(&key), succeeded(&key)]);
    let response = api.call("/pets", Some(&throttled_key.value)).await;
    let throttled = format!(
        "API Key {key} exceeded throttle limit for API Stage {stage}: Key throttle limit exceeded for Usage Plan ID \
         {low_throttle}, RestApi {}, Stage prod, Resource {pets}, HttpMethod GET. Limit: 0.50 Burst: 1",
        api.id
    );
    assert_eq!(lines(&api, &response), [verifying(&key), throttled]);

    let key = masked(&exhausted_key.value);
    api.call("/pets", Some(&exhausted_key.value)).await;
    let response = api.call("/pets", Some(&exhausted_key.value)).await;
    let exhausted = format!(
        "API Key {key} exceeded quota limit for API Stage {stage}: Key quota exhausted for Usage Plan ID {low_quota}. \
         Limit: 1 Period: DAY"
    );
    assert_eq!(lines(&api, &response), [verifying(&key), exhausted]);
}

async fn pets_resource(api: &ProtectedApi) -> String {
    let resources = api.get(&format!("/restapis/{}/resources", api.id)).await.json();
    let resources = resources["item"].as_array().unwrap().clone();
    let pets = resources.iter().find(|resource| resource["path"] == "/pets").unwrap();
    pets["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn no_log_line_contains_a_key_value() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(NO_LIMIT, json!({"limit": 1, "period": "DAY"})).await;
    let key = api.create_key(&plan).await;
    let password = "a-password-typed-into-the-wrong-field";
    for value in [&key.value, &key.value, password, "short"] {
        api.call("/pets", Some(value)).await;
    }
    let log = api.aws.execution_log().lines();
    assert!(log.len() >= 12, "{log:?}");
    for line in log {
        assert_eq!(line.group, format!("API-Gateway-Execution-Logs_{}/prod", api.id));
        for value in [&key.value, password, "short"] {
            assert!(!line.message.contains(value), "{line}");
        }
    }
}
