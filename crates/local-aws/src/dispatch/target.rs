//! Finds the service and operation of a request.

use axum::body::Bytes;
use axum::http::{Method, Request};
use serde_json::Value;

use crate::dynamodb::table_name;
use crate::fault::{CallTarget, INVOKE, Service};
use crate::gateway::Address;
use crate::{apigateway, gateway, sts};

/// The root path of the protected API.
pub(crate) const EXECUTE_API: &str = "/_aws/execute-api";

/// The root path of custom domains, which have hosts of their own at AWS.
const DOMAIN_NAMES: &str = "/_aws/domain-names";

const UNKNOWN_OPERATION: &str = "Unknown";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestTarget {
    pub(super) service: Service,
    pub(super) operation: String,
    /// The path below the service's root; for DynamoDB the table's name, for CloudWatch Logs the log group's.
    path: String,
    address: Address,
    /// The operation's name in IAM, if it differs from `operation`.
    action: Option<&'static str>,
}

impl RequestTarget {
    pub(super) fn from_request(request: &Request<Bytes>) -> Self {
        let path = request.uri().path();
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let mut action = None;
        let mut address = Address::DefaultEndpoint;
        let (service, operation, path) = if let Some(below) = path.strip_prefix(DOMAIN_NAMES) {
            address = Address::CustomDomain;
            (Service::ExecuteApi, INVOKE, below.to_owned())
        } else if let Some(below) = path.strip_prefix(EXECUTE_API) {
            (Service::ExecuteApi, INVOKE, below.to_owned())
        } else if let Some(operation) = target.and_then(dynamodb_operation) {
            let first = FirstItem::from_body(request.body());
            action = first.action;
            (Service::DynamoDb, operation, first.table)
        } else if let Some(operation) = target.and_then(|target| target.strip_prefix("Logs_20140328.")) {
            (Service::Logs, operation, log_group(request.body()))
        } else if let Some(operation) = sts_operation(request) {
            (Service::Sts, operation, path.to_owned())
        } else if let Some(target) = target {
            (Service::ApiGateway, target, path.to_owned())
        } else {
            let operation = apigateway::operation_name(request.method(), request.uri());
            (Service::ApiGateway, operation.unwrap_or(UNKNOWN_OPERATION), path.to_owned())
        };
        Self { service, operation: operation.to_owned(), path, address, action }
    }

    pub(super) fn gateway_request<'a>(&'a self, request: &'a Request<Bytes>) -> gateway::Request<'a> {
        gateway::Request {
            method: request.method().as_str(),
            address: self.address,
            path: &self.path,
            headers: request.headers(),
        }
    }

    pub(super) fn call_target<'a>(&'a self, method: &'a str) -> CallTarget<'a> {
        let action = self.action.unwrap_or(&self.operation);
        CallTarget { service: self.service, operation: &self.operation, method, path: &self.path, action }
    }
}

fn dynamodb_operation(target: &str) -> Option<&str> {
    let (api, operation) = target.split_once('.')?;
    let is_dynamodb = api.starts_with("DynamoDB_") || api.starts_with("DynamoDBStreams_");
    is_dynamodb.then_some(operation)
}

fn sts_operation(request: &Request<Bytes>) -> Option<&str> {
    let is_form = *request.method() == Method::POST && request.uri().path() == "/";
    is_form.then(|| sts::operation_name(request.body())).flatten()
}

fn log_group(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["logGroupName"].as_str().unwrap_or_default().to_owned()
}

/// The table and action of the first item in a DynamoDB request. IAM authorizes each item of a transaction by its own
/// action.
#[derive(Debug, Default)]
struct FirstItem {
    table: String,
    action: Option<&'static str>,
}

impl FirstItem {
    fn from_body(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let table_of = |item: &Value| table_name(item["TableName"].as_str().unwrap_or_default()).to_owned();
        if let Some(first) = body["TransactItems"].get(0) {
            let found = ITEM_ACTIONS.iter().find(|(kind, _)| first.get(kind).is_some());
            let from_entry = |(kind, action): &(&str, &'static str)| Self {
                table: table_of(&first[*kind]),
                action: Some(action),
            };
            return found.map(from_entry).unwrap_or_default();
        }
        let batch_table = body["RequestItems"].as_object().and_then(|tables| tables.keys().next());
        let batch_table = batch_table.map(|table| table_name(table).to_owned());
        Self { table: batch_table.unwrap_or_else(|| table_of(&body)), action: None }
    }
}

/// The actions of a transaction's items, and their names in IAM.
const ITEM_ACTIONS: [(&str, &str); 5] = [
    ("Put", "PutItem"),
    ("Update", "UpdateItem"),
    ("Delete", "DeleteItem"),
    ("ConditionCheck", "ConditionCheckItem"),
    ("Get", "GetItem"),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse_target(
        method: &str,
        uri: &str,
        operation_header: Option<&str>,
        body: &'static str,
    ) -> (Service, String, String) {
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(header) = operation_header {
            request = request.header("X-Amz-Target", header);
        }
        let target = RequestTarget::from_request(&request.body(Bytes::from_static(body.as_bytes())).unwrap());
        (target.service, target.operation, target.path)
    }

    fn expected(service: Service, operation: &str, path: &str) -> (Service, String, String) {
        (service, operation.to_owned(), path.to_owned())
    }

    #[test]
    fn a_request_is_matched_to_its_service_and_operation() {
        let put = parse_target("POST", "/", Some("DynamoDB_20120810.PutItem"), r#"{"TableName":"Keys"}"#);
        assert_eq!(put, expected(Service::DynamoDb, "PutItem", "Keys"));

        let batch = parse_target(
            "POST",
            "/",
            Some("DynamoDB_20120810.BatchGetItem"),
            r#"{"RequestItems":{"Pools":{}}}"#,
        );
        assert_eq!(batch, expected(Service::DynamoDb, "BatchGetItem", "Pools"));

        let identity = parse_target("POST", "/", None, "Action=GetCallerIdentity&Version=2011-06-15");
        assert_eq!(identity, expected(Service::Sts, "GetCallerIdentity", "/"));

        let call = parse_target("GET", "/_aws/execute-api/abc/prod/pets", None, "");
        assert_eq!(call, expected(Service::ExecuteApi, "Invoke", "/abc/prod/pets"));

        let import = parse_target("POST", "/apikeys?mode=import&format=csv", None, "");
        assert_eq!(import, expected(Service::ApiGateway, "ImportApiKeys", "/apikeys"));

        let role = parse_target("POST", "/", None, "Action=AssumeRole&Version=2011-06-15");
        assert_eq!(role, expected(Service::Sts, "AssumeRole", "/"));

        let parameter = parse_target("POST", "/", Some("AmazonSSM.GetParameter"), "{}");
        assert_eq!(parameter, expected(Service::ApiGateway, "AmazonSSM.GetParameter", "/"));

        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/Keys";
        let put = format!(r#"{{"TableName":"{table}"}}"#).leak();
        let put = parse_target("POST", "/", Some("DynamoDB_20120810.PutItem"), put);
        assert_eq!(put, expected(Service::DynamoDb, "PutItem", "Keys"));

        assert_eq!(
            parse_target("GET", "/unknown", None, ""),
            expected(Service::ApiGateway, "Unknown", "/unknown")
        );
    }

    #[test]
    fn a_transaction_takes_table_and_action_from_its_first_item() {
        let body = r#"{"TransactItems":[{"Update":{"TableName":"Pools"}},{"Put":{"TableName":"Keys"}}]}"#;
        let request = Request::builder().method("POST").uri("/");
        let request = request.header("X-Amz-Target", "DynamoDB_20120810.TransactWriteItems");
        let target = RequestTarget::from_request(&request.body(Bytes::from_static(body.as_bytes())).unwrap());
        let call = target.call_target("POST");
        assert_eq!((call.operation, call.path, call.action), ("TransactWriteItems", "Pools", "UpdateItem"));
    }
}
