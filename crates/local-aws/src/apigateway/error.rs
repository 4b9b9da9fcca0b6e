//! Errors in API Gateway's format: the exception in a header, the message in the body.

use axum::body::Body;
use axum::http::{HeaderValue, Response as HttpResponse, header};
use axum::response::Response;
use rand::Rng;
use serde_json::json;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: u16,
    exception: &'static str,
    message: String,
    retry_after: Option<u32>,
}

impl ApiError {
    pub(crate) fn new(status: u16, exception: &'static str, message: &str) -> Self {
        Self { status, exception, message: message.to_owned(), retry_after: None }
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn bad_request(message: impl AsRef<str>) -> Self {
        Self::new(400, "BadRequestException", message.as_ref())
    }

    pub(super) fn not_found(message: impl AsRef<str>) -> Self {
        Self::new(404, "NotFoundException", message.as_ref())
    }

    pub(super) fn conflict(message: impl AsRef<str>) -> Self {
        Self::new(409, "ConflictException", message.as_ref())
    }

    pub(super) fn validation(problems: &[String]) -> Self {
        let (count, plural) = (problems.len(), if problems.len() == 1 { "" } else { "s" });
        let message = format!("{count} validation error{plural} detected: {}", problems.join("; "));
        Self::new(400, "ValidationException", &message)
    }

    pub(super) fn limit_exceeded(message: impl AsRef<str>) -> Self {
        Self { retry_after: Some(1), ..Self::new(429, "LimitExceededException", message.as_ref()) }
    }

    pub(super) fn too_many_requests(retry_after: u32) -> Self {
        let error = Self::new(429, "TooManyRequestsException", "Too Many Requests");
        Self { retry_after: Some(retry_after), ..error }
    }

    pub(super) fn serialization(reason: &serde_json::Error) -> Self {
        Self::new(400, "SerializationException", &format!("Unable to parse the request: {reason}"))
    }

    /// Returns the error for an operation of API Gateway that is not implemented here. No SDK repeats a 501.
    pub(super) fn not_served(operation: &str) -> Self {
        Self::new(
            501,
            "UnsupportedOperationException",
            &format!("This local AWS does not serve {operation}."),
        )
    }

    /// Returns AWS's error for an unknown path or method.
    pub(super) fn no_such_operation() -> Self {
        Self::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    }
}

impl From<ApiError> for Response {
    fn from(error: ApiError) -> Self {
        let body = json!({ "message": error.message }).to_string();
        let mut response = response_with_headers(error.status, Body::from(body));
        let headers = response.headers_mut();
        headers.insert("x-amzn-errortype", HeaderValue::from_static(error.exception));
        if let Some(seconds) = error.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Returns a response with the headers that all responses of the control plane have.
pub(super) fn response_with_headers(status: u16, body: Body) -> Response {
    let built = HttpResponse::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-amzn-RequestId", uuid::Uuid::new_v4().to_string())
        .header("x-amz-apigw-id", extended_request_id())
        .body(body);
    // All statuses and header names are valid constants, so this never falls back.
    built.unwrap_or_default()
}

/// Returns a random id such as `Zk3vQH2rIAMFdPw=`.
pub(crate) fn extended_request_id() -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    let id = (0..15).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
    id.chain(['=']).collect()
}
