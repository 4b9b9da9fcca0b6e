//! The response of a fault, in the format of the called service.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, Response as HttpResponse, header};
use axum::response::Response;
use http_body::Frame;
use serde_json::{Value, json};

use super::{Answer, CallTarget, Service};
use crate::{logs, sts};

/// The caller in every `AccessDenied` message. Who really calls is unknown, since signatures are not evaluated.
const CALLER_ARN: &str = "arn:aws:iam::000000000000:user/local";

/// An error, independent of the service's format.
struct Exception {
    status: u16,
    code: String,
    message: String,
    retry_after: Option<u32>,
    /// An additional member of the body, in DynamoDB's format only.
    extra: Option<(&'static str, Value)>,
}

impl Answer {
    /// Returns the response that replaces the normal one, if any.
    pub(super) async fn respond(&self, call: CallTarget<'_>) -> Option<Response> {
        match self {
            Self::Normal | Self::Hold => None,
            Self::Cut => Some(cut_response()),
            Self::Hang => std::future::pending().await,
            Self::Body { status, body } => Some(raw_response(*status, Body::from(body.clone()))),
            Self::Endless => Some(raw_response(200, Body::new(EndlessBody))),
            _ => self.exception(call).map(|exception| exception.response(call.service)),
        }
    }

    fn exception(&self, call: CallTarget<'_>) -> Option<Exception> {
        let is_rest = !is_json_rpc(call.service);
        Some(match self {
            Self::Throttled { retry_after } if is_rest => {
                Exception::new(429, "TooManyRequestsException", "Too Many Requests").retry_after(*retry_after)
            }
            Self::Throttled { retry_after } => {
                Exception::new(400, "ThrottlingException", "Rate of requests exceeds the allowed throughput.")
                    .retry_after(*retry_after)
            }
            Self::ServerError { status } => server_error(*status, call.service),
            Self::AccessDenied { action } => access_denied(action.as_deref(), call),
            Self::ExpiredToken => expired_token(call.service),
            Self::ConcurrentModification => Exception::new(
                409,
                "ConflictException",
                "Unable to complete operation due to concurrent modification. Please try again later.",
            ),
            Self::TransactionCanceled { reasons } => transaction_canceled(reasons),
            Self::Error { status, code, message } => Exception::new(*status, code, message),
            Self::Normal | Self::Hold | Self::Cut | Self::Hang | Self::Body { .. } | Self::Endless => {
                return None;
            }
        })
    }
}

/// Whether a service has one path for all operations, and its errors in the body.
fn is_json_rpc(service: Service) -> bool {
    matches!(service, Service::DynamoDb | Service::Logs)
}

fn server_error(status: u16, service: Service) -> Exception {
    let code = match (service, status) {
        (Service::DynamoDb, _) => "InternalServerError",
        (Service::ApiGateway, 503) => "ServiceUnavailableException",
        (Service::Logs, _) => "ServiceUnavailableException",
        (Service::ApiGateway | Service::Sts, _) => "InternalFailure",
        (Service::ExecuteApi, _) => "InternalServerErrorException",
    };
    Exception::new(status, code, "Internal server error")
}

fn access_denied(action: Option<&str>, call: CallTarget<'_>) -> Exception {
    let (default_action, resource) = match call.service {
        Service::ApiGateway => {
            (format!("apigateway:{}", call.method), format!("arn:aws:apigateway:us-east-1::{}", call.path))
        }
        Service::DynamoDb => (
            format!("dynamodb:{}", call.action),
            format!("arn:aws:dynamodb:us-east-1:000000000000:table/{}", call.path),
        ),
        Service::ExecuteApi => (
            "execute-api:Invoke".to_owned(),
            format!("arn:aws:execute-api:us-east-1:000000000000:{}", call.path.trim_start_matches('/')),
        ),
        Service::Logs => (
            format!("logs:{}", call.operation),
            format!("arn:aws:logs:us-east-1:000000000000:log-group:{}:log-stream:", call.path),
        ),
        Service::Sts => (format!("sts:{}", call.operation), "*".to_owned()),
    };
    let action = action.unwrap_or(&default_action);
    let message = format!(
        "User: {CALLER_ARN} is not authorized to perform: {action} on resource: {resource} \
         because no identity-based policy allows the {action} action"
    );
    let status = if is_json_rpc(call.service) { 400 } else { 403 };
    Exception::new(status, "AccessDeniedException", &message)
}

fn expired_token(service: Service) -> Exception {
    let status = if is_json_rpc(service) { 400 } else { 403 };
    Exception::new(status, "ExpiredTokenException", "The security token included in the request is expired")
}

fn transaction_canceled(reasons: &[String]) -> Exception {
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        reasons.join(", ")
    );
    let reason = |code: &String| match code.as_str() {
        "None" => json!({ "Code": "None" }),
        "ConditionalCheckFailed" => json!({ "Code": code, "Message": "The conditional request failed" }),
        _ => json!({ "Code": code, "Message": code }),
    };
    let reasons = reasons.iter().map(reason).collect();
    Exception {
        extra: Some(("CancellationReasons", reasons)),
        ..Exception::new(400, "TransactionCanceledException", &message)
    }
}

impl Exception {
    fn new(status: u16, code: &str, message: &str) -> Self {
        let (code, message) = (code.to_owned(), message.to_owned());
        Self { status, code, message, retry_after: None, extra: None }
    }

    fn retry_after(self, seconds: Option<u32>) -> Self {
        Self { retry_after: seconds, ..self }
    }

    fn response(self, service: Service) -> Response {
        if service == Service::Sts {
            return self.sts_response();
        }
        let id = uuid::Uuid::new_v4().to_string();
        let mut response = HttpResponse::builder().status(self.status).header("x-amzn-RequestId", id);
        if let Some(seconds) = self.retry_after {
            response = response.header(header::RETRY_AFTER, seconds);
        }
        let (name, value, body) = match service {
            Service::DynamoDb => {
                let mut body = json!({ "__type": self.dynamodb_type(), "message": self.message });
                if let Some((name, value)) = self.extra {
                    body[name] = value;
                }
                (header::CONTENT_TYPE, "application/x-amz-json-1.0".to_owned(), body)
            }
            Service::Logs => {
                let body = json!({ "__type": self.code, "message": self.message });
                (header::CONTENT_TYPE, logs::CONTENT_TYPE.to_owned(), body)
            }
            _ => (HeaderName::from_static("x-amzn-errortype"), self.code, json!({ "message": self.message })),
        };
        response = response.header(name, value);
        if !is_json_rpc(service) {
            response = response.header(header::CONTENT_TYPE, "application/json");
        }
        response.body(Body::from(body.to_string())).unwrap_or_else(|_| cut_response())
    }

    /// STS has names of its own for the errors that all services share.
    fn sts_response(self) -> Response {
        let code = match self.code.as_str() {
            "AccessDeniedException" => "AccessDenied",
            "ExpiredTokenException" => "ExpiredToken",
            "TooManyRequestsException" => "Throttling",
            other => other,
        };
        let mut response = sts::error(self.status, code, &self.message);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn dynamodb_type(&self) -> String {
        let namespace = match self.code.as_str() {
            "AccessDeniedException" | "ExpiredTokenException" | "ThrottlingException" => {
                "com.amazon.coral.service"
            }
            _ => "com.amazonaws.dynamodb.v20120810",
        };
        format!("{namespace}#{}", self.code)
    }
}

fn raw_response(status: u16, body: Body) -> Response {
    let response = HttpResponse::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    response.body(body).unwrap_or_else(|_| cut_response())
}

/// A body of spaces without end.
struct EndlessBody;

impl axum::body::HttpBody for EndlessBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 64 << 10])))))
    }
}

/// Returns a response that closes the connection before any byte is sent.
fn cut_response() -> Response {
    let mut response = Response::new(Body::new(FailingBody));
    response.extensions_mut().insert(NeverSent);
    response
}

/// Extension of a response that the caller never receives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeverSent;

/// A body that fails immediately, so that the server drops the connection.
struct FailingBody;

impl axum::body::HttpBody for FailingBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionAborted.into())))
    }
}
