//! CloudWatch Logs: the access logs of stages, to be filtered or queried with Logs Insights.
//!
//! A log group exists once a call has been logged in it, or CreateLogGroup has created it. Log groups are kept in memory
//! only.

mod describe_log_groups;
mod error;
mod filter_log_events;
mod groups;
mod insights;
mod queries;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response as HttpResponse, header};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;

use self::error::LogsError;
pub(crate) use self::groups::LogGroups;
pub(crate) use self::queries::Queries;
use crate::shared::Shared;

pub(crate) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

type Operation = fn(&Shared, &[u8], Timestamp) -> Result<Value, LogsError>;

const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateLogGroup", describe_log_groups::create),
    ("DescribeLogGroups", describe_log_groups::describe),
    ("FilterLogEvents", filter_log_events::filter),
    ("GetQueryResults", queries::results),
    ("StartQuery", queries::start),
    ("StopQuery", queries::stop),
];

pub(crate) fn operation_names() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|(name, _)| *name)
}

pub(crate) fn handle(shared: &Shared, operation: &str, body: &Bytes) -> Response {
    let found = OPERATIONS.iter().find(|(name, _)| *name == operation);
    let result = match found {
        Some((_, perform)) => perform(shared, body, shared.clock.now()),
        None => Err(LogsError::not_served(operation)),
    };
    match result {
        Ok(output) => response(200, output.to_string()),
        Err(error) => response(400, error.to_json()),
    }
}

fn response(status: u16, body: String) -> Response {
    let response = HttpResponse::builder()
        .status(status)
        .header(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))
        .header("x-amzn-RequestId", uuid::Uuid::new_v4().to_string());
    // All parts are valid constants, so this never falls back.
    response.body(Body::from(body)).unwrap_or_default()
}
