//! DynamoDB: dynoxide, called as a library, behind the one port.
//!
//! Invariant: an operation runs to its end once it has begun; a caller who hangs up never leaves half of it.

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

/// The database behind the tables.
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

    /// Another database in memory with the same tables.
    pub(crate) fn copy(&self) -> Result<Database, StartError> {
        let folder = tempfile::tempdir().map_err(|why| StartError::DynamoDb(why.to_string()))?;
        let file = folder.path().join("copy.sqlite");
        let file = file.to_string_lossy();
        let copy = Database::memory().map_err(not_open)?;
        self.0.vacuum_into(&file).and_then(|()| copy.restore_from(&file)).map_err(not_open)?;
        Ok(copy)
    }

    /// Has a request for an operation answered.
    pub(crate) fn answer(&self, operation: &str, request: &Request<Bytes>) -> Response {
        let Some(perform) = operations::find(operation) else {
            return response(StatusCode::BAD_REQUEST, UNKNOWN_OPERATION.to_owned());
        };
        if let Some(refusal) = unsigned(request) {
            return response(StatusCode::BAD_REQUEST, refusal);
        }
        match perform(&self.0, request.body()) {
            Ok(answer) => response(StatusCode::OK, answer),
            Err(reason) => {
                let status = StatusCode::from_u16(reason.status_code());
                response(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), reason.to_json())
            }
        }
    }
}

/// What is wrong with the signature's parts; that it is the right one is never asked.
fn unsigned(request: &Request<Bytes>) -> Option<String> {
    let headers = request.headers();
    auth_material::validate(AuthMaterial {
        authorization: text(headers, header::AUTHORIZATION.as_str()),
        query: request.uri().query().unwrap_or_default(),
        has_date_header: ["x-amz-date", "date"].iter().any(|name| headers.contains_key(*name)),
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
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

/// The names of all operations.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    operations::names()
}

/// A database that ends with the process.
pub(crate) fn in_memory() -> Result<Database, StartError> {
    Database::memory().map_err(not_open)
}

/// A database that outlives the process.
pub(crate) fn on_file(path: &Path) -> Result<Database, StartError> {
    Database::new(&path.to_string_lossy()).map_err(not_open)
}

/// Fills a database on a file, for which nothing has to be on the disk before the end.
pub(crate) fn in_bulk(
    database: &Database,
    fill: impl FnOnce() -> Result<(), StartError>,
) -> Result<(), StartError> {
    database.enable_bulk_loading().map_err(not_open)?;
    fill()?;
    database.disable_bulk_loading().map_err(not_open)
}

fn not_open(reason: dynoxide::DynoxideError) -> StartError {
    StartError::DynamoDb(reason.to_string())
}
