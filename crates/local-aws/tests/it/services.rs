//! The port shared by all services: dispatch, rejection of web pages, and the `/_local-aws/` endpoints.

use keypool_local_aws::{Answer, Fault, Service};
use serde_json::{Value, json};

use crate::control_plane::ControlPlane;
use crate::http::{self, HttpResponse as Response};
use crate::protected_api::{ProtectedApi, STAGE};

const JSON_CONTENT_TYPE: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
const AUTHORIZATION_HEADER: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=a/20260310/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00",
);
const DATE_HEADER: (&str, &str) = ("x-amz-date", "20260310T120000Z");

pub(crate) async fn call_dynamodb(account: &ControlPlane, operation: &str, body: Value) -> Response {
    call_dynamodb_in("us-east-1", account, operation, body).await
}

async fn call_dynamodb_in(region: &str, account: &ControlPlane, operation: &str, body: Value) -> Response {
    let target = format!("DynamoDB_20120810.{operation}");
    let (name, authorization) = AUTHORIZATION_HEADER;
    let authorization = authorization.replace("us-east-1", region);
    let headers =
        [("x-amz-target", target.as_str()), JSON_CONTENT_TYPE, (name, authorization.as_str()), DATE_HEADER];
    http::send(&account.aws.endpoint(), "POST", "/", &headers, &body.to_string()).await.unwrap()
}

pub(crate) async fn create_keys_table(account: &ControlPlane) {
    let table = json!({
        "TableName": "Keys",
        "AttributeDefinitions": [
            { "AttributeName": "id", "AttributeType": "S" }, { "AttributeName": "owner", "AttributeType": "S" }
        ],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-owner",
            "KeySchema": [{ "AttributeName": "owner", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "ALL" },
        }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let created = call_dynamodb(account, "CreateTable", table).await;
    assert_eq!(created.status, 200, "{}", created.body);
}

#[tokio::test]
pub(crate) async fn dynamodb_answers_on_the_same_port() {
    let account = ControlPlane::empty().await;
    create_keys_table(&account).await;
    let put = |id: &str| {
        let item = json!({ "id": { "S": id }, "owner": { "S": "acme" } });
        json!({ "Put": { "TableName": "Keys", "Item": item, "ConditionExpression": "attribute_not_exists(id)" } })
    };
    let new_items = json!({ "TransactItems": [put("a"), put("b")] });
    assert_eq!(call_dynamodb(&account, "TransactWriteItems", new_items).await.status, 200);
    let conflicting =
        call_dynamodb(&account, "TransactWriteItems", json!({ "TransactItems": [put("c"), put("a")] })).await;
    assert_eq!(conflicting.status, 400);
    assert_eq!(conflicting.json()["CancellationReasons"][1]["Code"], "ConditionalCheckFailed");

    let query = json!({
        "TableName": "Keys", "IndexName": "by-owner", "KeyConditionExpression": "#o = :o", "Limit": 1,
        "ExpressionAttributeNames": { "#o": "owner" }, "ExpressionAttributeValues": { ":o": { "S": "acme" } },
    });
    let page = call_dynamodb(&account, "Query", query).await.json();
    assert_eq!(page["Count"], 1);
    assert!(page["LastEvaluatedKey"].is_object());

    let mut scanned = 0;
    for segment in 0..2 {
        let scan = json!({ "TableName": "Keys", "TotalSegments": 2, "Segment": segment });
        scanned += call_dynamodb(&account, "Scan", scan).await.json()["Count"].as_u64().unwrap();
    }
    assert_eq!(scanned, 2, "the failed transaction wrote nothing");
}

#[tokio::test]
async fn faults_hit_dynamodb_and_its_calls_are_recorded() {
    let account = ControlPlane::empty().await;
    create_keys_table(&account).await;
    account.aws.calls().clear();
    let faults = account.aws.faults();
    faults
        .script(Fault { path: Some("Keys".to_owned()), ..Fault::on("DescribeTable", Answer::ExpiredToken) });
    let describe = || call_dynamodb(&account, "DescribeTable", json!({ "TableName": "Keys" }));
    assert_eq!((describe().await.status, describe().await.status), (400, 200));

    let calls = account.aws.calls().all();
    let seen: Vec<_> =
        calls.iter().map(|call| (call.service, call.operation.as_str(), call.status)).collect();
    let expected =
        [(Service::DynamoDb, "DescribeTable", Some(400)), (Service::DynamoDb, "DescribeTable", Some(200))];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_call_cut_after_its_effect_has_no_status() {
    let account = ControlPlane::empty().await;
    account.aws.faults().script(Fault::on("CreateApiKey", Answer::Cut).after());
    assert!(http::send(&account.aws.endpoint(), "POST", "/apikeys", &[], "{}").await.is_none());
    assert_eq!(account.aws.calls().all()[0].status, None);
    assert_eq!(account.get("/apikeys").await["item"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn get_caller_identity_returns_the_account_root() {
    let account = ControlPlane::empty().await;
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let response = http::send(&account.aws.endpoint(), "POST", "/", &[], form).await.unwrap();
    assert_eq!((response.status, response.header("content-type")), (200, Some("text/xml")));
    assert!(response.body.contains("<Arn>arn:aws:iam::000000000000:root</Arn>"), "{}", response.body);
    assert_eq!(account.aws.calls().count("GetCallerIdentity"), 1);
}

#[tokio::test]
async fn errors_of_sts_are_xml() {
    let account = ControlPlane::empty().await;
    let call = async |action: &str| {
        let form = format!("Action={action}&Version=2011-06-15");
        let response = http::send(&account.aws.endpoint(), "POST", "/", &[], &form).await.unwrap();
        assert_eq!(response.header("content-type"), Some("text/xml"));
        (response.status, response.body)
    };
    for (answer, status, code) in [
        (Answer::AccessDenied { action: None }, 403, "AccessDenied"),
        (Answer::ExpiredToken, 403, "ExpiredToken"),
        (Answer::ServerError { status: 500 }, 500, "InternalFailure"),
    ] {
        account.aws.faults().script(Fault::on("GetCallerIdentity", answer));
        let (found, body) = call("GetCallerIdentity").await;
        assert_eq!(found, status);
        assert!(
            body.starts_with("<ErrorResponse ") && body.contains(&format!("<Code>{code}</Code>")),
            "{body}"
        );
    }
    let (status, body) = call("AssumeRole").await;
    assert!(status == 400 && body.contains("Could not find operation AssumeRole"), "{status} {body}");
}

#[tokio::test]
async fn web_pages_are_rejected_by_every_service() {
    let account = ControlPlane::empty().await;
    let origin = ("origin", "https://evil.example");
    let target = ("x-amz-target", "DynamoDB_20120810.ListTables");
    let dynamodb = [origin, target, JSON_CONTENT_TYPE, AUTHORIZATION_HEADER, DATE_HEADER];
    let cases = [
        ("GET", "/apikeys", &[origin][..]),
        ("OPTIONS", "/", &[origin]),
        ("POST", "/", &dynamodb),
        ("GET", "/_aws/execute-api/abc/prod/", &[origin]),
        ("DELETE", "/_local-aws/faults", &[origin]),
    ];
    for (method, path, headers) in cases {
        let response = http::send(&account.aws.endpoint(), method, path, headers, "").await.unwrap();
        assert_eq!(response.status, 403, "{method} {path}");
        assert!(!response.headers.iter().any(|(name, _)| name.starts_with("access-control")), "{response:?}");
    }
    assert_eq!(account.aws.calls().all(), []);
}

#[tokio::test]
async fn the_local_aws_endpoints_control_the_server() {
    let account = ControlPlane::empty().await;
    assert_eq!(account.get("/_local-aws/health").await, json!({ "status": "ok" }));

    let clock = "/_local-aws/clock";
    let set = account.request_ok("PUT", clock, json!({ "set": "2026-04-01T00:00:00Z" })).await;
    assert_eq!(set, json!({ "now": "2026-04-01T00:00:00Z" }));
    let later = account.request_ok("PUT", clock, json!({ "advanceSeconds": 90 })).await;
    assert_eq!(later, json!({ "now": "2026-04-01T00:01:30Z" }));

    let fault = json!({ "operation": "GetApiKeys", "answer": { "kind": "server-error", "status": 503 } });
    account.request_ok("POST", "/_local-aws/faults", fault).await;
    assert_eq!(account.request("GET", "/apikeys", Value::Null).await.0, 503);
    assert_eq!(account.get("/_local-aws/faults").await, json!([]), "the fault has hit its call");

    let switched =
        account.request_ok("PUT", "/_local-aws/switches", json!({ "propagationSeconds": 25 })).await;
    assert_eq!(
        (&switched["propagationSeconds"], account.aws.switches().propagation_seconds),
        (&json!(25), 25)
    );

    let call = json!({ "service": "apigateway", "operation": "GetApiKeys", "status": 503 });
    assert_eq!(account.get("/_local-aws/calls").await, json!([call]));
    assert_eq!(account.request("PUT", clock, json!({ "sett": 1 })).await.0, 400);
    assert_eq!(account.request("GET", "/_local-aws/nothing", Value::Null).await.0, 404);
}

#[tokio::test]
async fn access_logs_are_served_as_the_lines_of_a_file() {
    let api = ProtectedApi::new().await;
    let stage = format!("/restapis/{}/stages/{STAGE}", api.id);
    api.replace(&stage, "/accessLogSettings/format", "$context.httpMethod $context.status").await;
    assert_eq!(api.get("/_local-aws/access-log").await.body, "");
    api.call("/open", None).await;
    api.call("/pets", None).await;
    assert_eq!(api.get("/_local-aws/access-log").await.body, "GET 200\nGET 403\n");
}

#[tokio::test]
async fn shutdown_closes_the_port() {
    let account = ControlPlane::empty().await;
    let endpoint = account.aws.endpoint();
    account.aws.shutdown().await;
    let address = endpoint.strip_prefix("http://").unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn an_operation_that_is_not_served_is_refused_by_its_name() {
    let account = ControlPlane::empty().await;
    let api = json!({ "swagger": "2.0", "info": { "title": "pets" }, "paths": {} });
    let import = account.send("POST", "/restapis?mode=import", api).await;
    assert_eq!(
        (import.status, import.header("x-amzn-errortype")),
        (501, Some("UnsupportedOperationException"))
    );
    assert_eq!(import.json(), json!({ "message": "This local AWS does not serve ImportRestApi." }));
    assert_eq!(account.get("/restapis").await, json!({ "item": [] }));
    assert_eq!(account.aws.calls().all()[0].operation, "ImportRestApi");

    let backups = call_dynamodb(&account, "UpdateContinuousBackups", json!({ "TableName": "Keys" })).await;
    assert_eq!(backups.status, 400);
    assert!(backups.body.contains("does not serve UpdateContinuousBackups"), "{}", backups.body);

    for (operation, target) in [("AmazonSSM.GetParameter", true), ("AssumeRole", false)] {
        let headers = [("x-amz-target", operation)];
        let form = format!("Action={operation}&Version=2011-06-15");
        let (headers, body) = if target { (&headers[..], "{}") } else { (&[][..], form.as_str()) };
        let response = http::send(&account.aws.endpoint(), "POST", "/", headers, body).await.unwrap();
        assert_eq!(response.status, if target { 501 } else { 400 }, "{response:?}");
        assert!(response.body.contains(operation), "{response:?}");
    }
}

#[tokio::test]
async fn names_that_no_table_can_have_are_refused() {
    let account = ControlPlane::empty().await;
    for name in ["no", "bad name", &"x".repeat(256), "arn:aws:dynamodb:us-east-1:000000000000:table/no"] {
        let refused = call_dynamodb(&account, "DescribeTable", json!({ "TableName": name })).await;
        assert_eq!(refused.status, 400, "{name}");
        let error = refused.json();
        assert!(error["__type"].as_str().unwrap_or_default().ends_with("#ValidationException"), "{error}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(!message.contains("VALIDATION") && !message.contains("at line"), "{message}");
    }
}

#[tokio::test]
async fn tables_have_an_arn_with_the_region_of_the_request() {
    let account = ControlPlane::empty().await;
    create_keys_table(&account).await;
    let table = call_dynamodb(&account, "DescribeTable", json!({ "TableName": "Keys" })).await.json();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Keys";
    assert_eq!(table["Table"]["TableArn"], arn);
    assert_eq!(table["Table"]["GlobalSecondaryIndexes"][0]["IndexArn"], format!("{arn}/index/by-owner"));

    let item = json!({ "TableName": arn, "Item": { "id": { "S": "a" }, "owner": { "S": arn } } });
    assert_eq!(call_dynamodb(&account, "PutItem", item).await.status, 200);
    let scan = call_dynamodb(&account, "Scan", json!({ "TableName": arn })).await.json();
    assert_eq!(scan["Items"], json!([{ "id": { "S": "a" }, "owner": { "S": arn } }]));
    let other = json!({ "TableName": arn.replace("us-east-1", "eu-west-1") });
    let in_ireland = json!({ "TableName": "Keys" });
    let table = call_dynamodb_in("eu-west-1", &account, "DescribeTable", in_ireland).await.json();
    assert_eq!(table["Table"]["TableArn"], arn.replace("us-east-1", "eu-west-1"));
    let refused = call_dynamodb(&account, "Scan", other).await;
    assert_eq!(
        (refused.status, refused.body.contains("ValidationException")),
        (400, true),
        "{}",
        refused.body
    );
}

#[tokio::test]
async fn a_table_has_no_point_in_time_recovery() {
    let account = ControlPlane::empty().await;
    create_keys_table(&account).await;
    let backups = call_dynamodb(&account, "DescribeContinuousBackups", json!({ "TableName": "Keys" })).await;
    let description = &backups.json()["ContinuousBackupsDescription"];
    assert_eq!(description["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"], "DISABLED");
    let unknown = call_dynamodb(&account, "DescribeContinuousBackups", json!({ "TableName": "None" })).await;
    assert_eq!(
        (unknown.status, unknown.body.contains("TableNotFoundException")),
        (400, true),
        "{}",
        unknown.body
    );
}

#[tokio::test(start_paused = true)]
async fn a_half_sent_request_is_dropped_after_a_while() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let account = ControlPlane::empty().await;
    let endpoint = account.aws.endpoint();
    let address = endpoint.strip_prefix("http://").unwrap();
    let whole_head = format!("POST /apikeys HTTP/1.1\r\nhost: {address}\r\ncontent-length: 10\r\n\r\n{{");
    for half in ["POST /apikeys HTTP/1.1\r\nhos", &whole_head] {
        let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
        connection.write_all(half.as_bytes()).await.unwrap();
        let start = tokio::time::Instant::now();
        let mut received = String::new();
        connection.read_to_string(&mut received).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 60, "{half}");
        assert!(received.is_empty() || received.starts_with("HTTP/1.1 408 "), "{received}");
    }
    assert_eq!(account.aws.calls().all(), []);
}
