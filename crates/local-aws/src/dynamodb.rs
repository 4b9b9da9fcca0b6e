//! DynamoDB: [dynoxide](https://crates.io/crates/dynoxide-rs), called as a library.
//!
//! Invariant: a started operation always completes, even if the caller disconnects.

mod arn;
mod index_builds;
mod operations;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use dynoxide::Database;
use dynoxide::auth_material::{self, AuthMaterial};
use uuid::Uuid;

pub(crate) use self::arn::table_name;
use self::index_builds::{BuildTime, IndexBuilds};
use crate::server::StartError;
use crate::shared::Shared;

const DEFAULT_REGION: &str = "us-east-1";
const JSON: &str = "application/x-amz-json-1.0";

#[derive(Clone)]
pub(crate) struct DynamoDb {
    database: Database,
    index_builds: Arc<IndexBuilds>,
}

impl fmt::Debug for DynamoDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DynamoDb")
    }
}

impl DynamoDb {
    pub(crate) fn new(database: Database) -> Self {
        Self { database, index_builds: Arc::default() }
    }

    /// Returns a copy of the database in memory.
    pub(crate) fn copy_to_memory(&self) -> Result<Database, StartError> {
        let folder = tempfile::tempdir().map_err(|error| StartError::DynamoDb(error.to_string()))?;
        let file = folder.path().join("copy.sqlite");
        let file = file.to_string_lossy();
        let copy = Database::memory().map_err(start_error)?;
        self.database.vacuum_into(&file).and_then(|()| copy.restore_from(&file)).map_err(start_error)?;
        Ok(copy)
    }

    pub(crate) fn handle(&self, shared: &Shared, operation: &str, request: &Request<Bytes>) -> Response {
        let Some(perform) = operations::find(operation) else {
            return response(StatusCode::BAD_REQUEST, unknown_operation(operation));
        };
        if let Some(error) = signature_error(request) {
            return response(StatusCode::BAD_REQUEST, error);
        }
        let region = request_region(request).unwrap_or(DEFAULT_REGION);
        let time = BuildTime { now: shared.clock.now(), duration: shared.switches().index_build() };
        let result = arn::replace_table_arns(request.body(), region)
            .and_then(|body| self.index_builds.perform(&self.database, (operation, perform), &body, time));
        match result {
            Ok(output) => response(StatusCode::OK, arn::with_region(output, region)),
            Err(reason) => {
                let status = StatusCode::from_u16(reason.status_code());
                let mut body = reason.to_json();
                if operation == operations::DESCRIBE_BACKUPS {
                    body = body.replacen("#ResourceNotFoundException", "#TableNotFoundException", 1);
                }
                response(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body)
            }
        }
    }
}

fn unknown_operation(operation: &str) -> String {
    let error = "com.amazon.coral.service#UnknownOperationException";
    let message = format!("This local AWS does not serve {operation}.");
    serde_json::json!({ "__type": error, "message": message }).to_string()
}

/// Returns the region that the request is signed for: `Credential=KEY/DATE/REGION/dynamodb/aws4_request`.
fn request_region(request: &Request<Bytes>) -> Option<&str> {
    let authorization = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, scope) = authorization.split_once("Credential=")?;
    let region = scope.split('/').nth(2)?;
    let is_region =
        !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_region.then_some(region)
}

/// Returns the error for missing parts of the signature. The signature itself is not verified.
fn signature_error(request: &Request<Bytes>) -> Option<String> {
    let headers = request.headers();
    auth_material::validate(AuthMaterial {
        authorization: header_text(headers, header::AUTHORIZATION.as_str()),
        query: request.uri().query().unwrap_or_default(),
        has_date_header: ["x-amz-date", "date"].iter().any(|name| headers.contains_key(*name)),
    })
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn response(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().simple().to_string().to_ascii_uppercase()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

pub(crate) fn operation_names() -> impl Iterator<Item = &'static str> {
    operations::names()
}

pub(crate) fn open_in_memory() -> Result<Database, StartError> {
    Database::memory().map_err(start_error)
}

pub(crate) fn open_file(path: &Path) -> Result<Database, StartError> {
    Database::new(&path.to_string_lossy()).map_err(start_error)
}

/// Runs `fill` without syncing each write to disk.
pub(crate) fn fill_in_bulk<T>(
    database: &Database,
    fill: impl FnOnce() -> Result<T, StartError>,
) -> Result<T, StartError> {
    database.enable_bulk_loading().map_err(start_error)?;
    let filled = fill()?;
    database.disable_bulk_loading().map_err(start_error)?;
    Ok(filled)
}

fn start_error(reason: dynoxide::DynoxideError) -> StartError {
    StartError::DynamoDb(reason.to_string())
}
