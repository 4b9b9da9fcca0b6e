//! CloudWatch Logs: the access log of a stage, read by FilterLogEvents and Logs Insights.

use keypool_local_aws::{Answer, Fault};
use serde_json::{Value, json};

use crate::http::{self, HttpResponse};
use crate::protected_api::{ProtectedApi, STAGE, START};

const GROUP: &str = "/aws/apigateway/zoo";
const ARN: &str = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/apigateway/zoo";
const FORMAT: &str = r#"{"key":"$context.identity.apiKeyId","tenant":"$context.authorizer.tenantId","status":"$context.status"}"#;

async fn send(api: &ProtectedApi, operation: &str, input: Value) -> HttpResponse {
    let target = format!("Logs_20140328.{operation}");
    let headers = [("x-amz-target", target.as_str()), ("content-type", "application/x-amz-json-1.1")];
    http::send(&api.aws.endpoint(), "POST", "/", &headers, &input.to_string()).await.unwrap()
}

async fn logs(api: &ProtectedApi, operation: &str, input: Value) -> Value {
    let response = send(api, operation, input.clone()).await;
    assert_eq!(response.status, 200, "{operation} {input}: {}", response.body);
    response.json()
}

async fn error(api: &ProtectedApi, operation: &str, input: Value) -> String {
    let response = send(api, operation, input).await;
    assert_eq!(response.status, 400, "{}", response.body);
    response.json()["__type"].as_str().unwrap().to_owned()
}

/// An API whose stage logs to a log group.
async fn logged_api() -> ProtectedApi {
    let api = ProtectedApi::new().await;
    let stage = format!("/restapis/{}/stages/{STAGE}", api.id);
    api.replace(&stage, "/accessLogSettings/format", FORMAT).await;
    api.replace(&stage, "/accessLogSettings/destinationArn", ARN).await;
    api
}

fn start_second() -> i64 {
    START.parse::<jiff::Timestamp>().unwrap().as_second()
}

async fn query(api: &ProtectedApi, text: &str) -> Vec<Value> {
    let (first, last) = (start_second(), start_second() + 3_600);
    let input = json!({ "logGroupName": GROUP, "startTime": first, "endTime": last, "queryString": text });
    let id = logs(api, "StartQuery", input).await;
    assert_eq!(logs(api, "GetQueryResults", id.clone()).await["status"], "Running");
    let results = logs(api, "GetQueryResults", id).await;
    assert_eq!(results["status"], "Complete");
    results["results"].as_array().unwrap().clone()
}

#[tokio::test]
async fn insights_counts_calls_by_key() {
    let api = logged_api().await;
    let plan = api.create_plan(Value::Null, Value::Null).await;
    let (busy, quiet) = (api.create_key(&plan).await, api.create_key(&plan).await);
    api.call_repeatedly("/pets", &busy, 3).await;
    api.advance(3_600.0);
    api.call_repeatedly("/pets", &quiet, 1).await;
    api.advance(0.001);
    // One millisecond after the end of the range.
    api.call_repeatedly("/pets", &quiet, 1).await;
    let counts = query(&api, "filter status = 200 | stats count(*) as calls by key | sort calls desc").await;
    let row = |key: &str, calls: &str| json!([{ "field": "key", "value": key }, { "field": "calls", "value": calls }]);
    assert_eq!(counts, [row(&busy.id, "3"), row(&quiet.id, "1")]);
    let groups = logs(&api, "DescribeLogGroups", json!({ "logGroupNamePrefix": "/aws/apigateway/" })).await;
    let line = FORMAT.replace("$context.identity.apiKeyId", &busy.id).replace("$context.status", "200");
    let line = line.replace("$context.authorizer.tenantId", "-");
    assert_eq!(groups["logGroups"][0]["storedBytes"], 5 * (line.len() + 26));
    assert_eq!(groups["logGroups"][0]["logGroupClass"], "STANDARD");
}

#[tokio::test]
async fn filter_log_events_returns_every_event_in_pages_that_may_be_empty() {
    let api = logged_api().await;
    for _ in 0..1_001 {
        api.call("/open", None).await;
    }
    api.advance(1.0);
    api.call("/pets", None).await;
    let start = (start_second() + 1) * 1_000;
    let mut input = json!({ "logGroupName": GROUP, "startTime": start, "filterPattern": "\"403\"" });
    let first = logs(&api, "FilterLogEvents", input.clone()).await;
    assert_eq!(first["events"], json!([]));
    input["nextToken"] = first["nextToken"].clone();
    let second = logs(&api, "FilterLogEvents", input).await;
    assert_eq!(second["events"].as_array().map(Vec::len), Some(1), "{second}");
    assert_eq!(second["events"][0]["timestamp"], start);
    assert!(second["events"][0]["message"].as_str().unwrap().contains("403"));
    assert_eq!(second["nextToken"], Value::Null);
    let one = logs(&api, "FilterLogEvents", json!({ "logGroupIdentifier": ARN, "limit": 1 })).await;
    assert_eq!((one["events"].as_array().map(Vec::len), &one["nextToken"]), (Some(1), &json!("1")));
}

#[tokio::test]
async fn a_delivery_stream_is_no_log_group() {
    let api = logged_api().await;
    let stage = format!("/restapis/{}/stages/{STAGE}", api.id);
    let firehose = "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-zoo";
    api.replace(&stage, "/accessLogSettings/destinationArn", firehose).await;
    api.call("/open", None).await;
    assert_eq!(logs(&api, "DescribeLogGroups", json!({})).await, json!({ "logGroups": [] }));
    assert_eq!(api.aws.access_log().lines().len(), 1);
}

#[tokio::test]
async fn log_groups_of_infrequent_access_can_only_be_queried() {
    let api = logged_api().await;
    let class = json!({ "logGroupName": GROUP, "logGroupClass": "INFREQUENT_ACCESS" });
    logs(&api, "CreateLogGroup", class.clone()).await;
    api.call("/open", None).await;
    let refused = error(&api, "FilterLogEvents", json!({ "logGroupName": GROUP })).await;
    assert_eq!(refused, "InvalidOperationException");
    assert_eq!(query(&api, "stats count(*) as n").await, [json!([{ "field": "n", "value": "1" }])]);
    assert_eq!(error(&api, "CreateLogGroup", class).await, "ResourceAlreadyExistsException");
}

#[tokio::test]
async fn a_stopped_query_has_no_results_and_a_complete_one_cannot_be_stopped() {
    let api = logged_api().await;
    api.call("/open", None).await;
    let (start, end) = (start_second(), start_second() + 1);
    let input =
        json!({ "logGroupNames": [GROUP], "startTime": start, "endTime": end, "queryString": "fields key" });
    let id = logs(&api, "StartQuery", input.clone()).await;
    assert_eq!(logs(&api, "StopQuery", id.clone()).await, json!({ "success": true }));
    let results = logs(&api, "GetQueryResults", id.clone()).await;
    assert_eq!((&results["status"], &results["results"]), (&json!("Cancelled"), &json!([])));
    assert_eq!(error(&api, "StopQuery", id).await, "InvalidParameterException");
}

#[tokio::test]
async fn wrong_requests_to_logs_are_refused() {
    let api = logged_api().await;
    let range =
        |text: &str| json!({ "logGroupName": "other", "startTime": 0, "endTime": 1, "queryString": text });
    for (operation, input, expected) in [
        ("FilterLogEvents", json!({ "logGroupName": "other" }), "ResourceNotFoundException"),
        ("FilterLogEvents", json!({}), "InvalidParameterException"),
        ("FilterLogEvents", json!({ "logGroupName": "other", "limit": 10_001 }), "InvalidParameterException"),
        ("StartQuery", range("fields key"), "ResourceNotFoundException"),
        ("StartQuery", range("fields"), "MalformedQueryException"),
        (
            "StartQuery",
            json!({ "startTime": 1, "endTime": 1, "queryString": "" }),
            "InvalidParameterException",
        ),
        ("GetQueryResults", json!({ "queryId": "other" }), "ResourceNotFoundException"),
        ("PutLogEvents", json!({}), "UnknownOperationException"),
    ] {
        assert_eq!(error(&api, operation, input.clone()).await, expected, "{operation} {input}");
    }
    api.aws.faults().script(Fault::on("FilterLogEvents", Answer::AccessDenied { action: None }));
    let denied = send(&api, "FilterLogEvents", json!({ "logGroupName": GROUP })).await;
    assert_eq!((denied.status, &denied.json()["__type"]), (400, &json!("AccessDeniedException")));
    assert!(denied.body.contains(
        "logs:FilterLogEvents on resource: arn:aws:logs:us-east-1:000000000000:log-group:/aws/apigateway/zoo"
    ));
}
