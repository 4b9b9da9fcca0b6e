//! Errors as API Gateway sends them: the name in a header, the text in a body.

use axum::body::Body;
use axum::http::{HeaderValue, Response as HttpResponse, header};
use axum::response::Response;
use rand::Rng;
use serde_json::json;

/// Why an operation is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: u16,
    exception: &'static str,
    message: String,
    retry_after: Option<u32>,
}

impl Refusal {
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

    /// The account holds as much of something as it may.
    pub(super) fn limit_exceeded(message: impl AsRef<str>) -> Self {
        Self { retry_after: Some(1), ..Self::new(429, "LimitExceededException", message.as_ref()) }
    }

    pub(super) fn too_many_requests(retry_after: u32) -> Self {
        let refusal = Self::new(429, "TooManyRequestsException", "Too Many Requests");
        Self { retry_after: Some(retry_after), ..refusal }
    }

    /// A body that is not what was to be sent.
    pub(super) fn serialization(reason: &serde_json::Error) -> Self {
        Self::new(400, "SerializationException", &format!("Unable to parse the request: {reason}"))
    }

    /// A path or method that nothing answers to.
    pub(super) fn no_such_operation() -> Self {
        Self::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let body = json!({ "message": refusal.message }).to_string();
        let mut response = headed(refusal.status, Body::from(body));
        let headers = response.headers_mut();
        headers.insert("x-amzn-errortype", HeaderValue::from_static(refusal.exception));
        if let Some(seconds) = refusal.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A response with the headers that each of API Gateway's has.
pub(super) fn headed(status: u16, body: Body) -> Response {
    let built = HttpResponse::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-amzn-RequestId", uuid::Uuid::new_v4().to_string())
        .header("x-amz-apigw-id", extended_request_id())
        .body(body);
    // The statuses and names are ours and valid.
    built.unwrap_or_default()
}

/// An id like `Zk3vQH2rIAMFdPw=`.
pub(crate) fn extended_request_id() -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    let id = (0..15).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
    id.chain(['=']).collect()
}
