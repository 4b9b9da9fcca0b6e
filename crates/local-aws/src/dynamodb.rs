//! DynamoDB: [dynoxide](https://crates.io/crates/dynoxide-rs), called as a library.
//!
//! Invariant: a started operation always completes, even if the caller disconnects.

mod operations;

use std::fmt;
use std::path::Path;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use dynoxide::Database;
use dynoxide::auth_material::{self, AuthMaterial};
use uuid::Uuid;

use crate::server::StartError;

const JSON: &str = "application/x-amz-json-1.0";
const UNKNOWN_OPERATION: &str = r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;

#[derive(Clone)]
pub(crate) struct DynamoDb(Database);

impl fmt::Debug for DynamoDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DynamoDb")
    }
}

impl DynamoDb {
    pub(crate) fn new(database: Database) -> Self {
        Self(database)
    }

    /// Returns a copy of the database in memory.
    pub(crate) fn copy_to_memory(&self) -> Result<Database, StartError> {
        let folder = tempfile::tempdir().map_err(|error| StartError::DynamoDb(error.to_string()))?;
        let file = folder.path().join("copy.sqlite");
        let file = file.to_string_lossy();
        let copy = Database::memory().map_err(start_error)?;
        self.0.vacuum_into(&file).and_then(|()| copy.restore_from(&file)).map_err(start_error)?;
        Ok(copy)
    }

    pub(crate) fn handle(&self, operation: &str, request: &Request<Bytes>) -> Response {
        let Some(perform) = operations::find(operation) else {
            return response(StatusCode::BAD_REQUEST, UNKNOWN_OPERATION.to_owned());
        };
        if let Some(error) = signature_error(request) {
            return response(StatusCode::BAD_REQUEST, error);
        }
        match perform(&self.0, request.body()) {
            Ok(output) => response(StatusCode::OK, output),
            Err(reason) => {
                let status = StatusCode::from_u16(reason.status_code());
                response(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), reason.to_json())
            }
        }
    }
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
pub(crate) fn fill_in_bulk(
    database: &Database,
    fill: impl FnOnce() -> Result<(), StartError>,
) -> Result<(), StartError> {
    database.enable_bulk_loading().map_err(start_error)?;
    fill()?;
    database.disable_bulk_loading().map_err(start_error)
}

fn start_error(reason: dynoxide::DynoxideError) -> StartError {
    StartError::DynamoDb(reason.to_string())
}
