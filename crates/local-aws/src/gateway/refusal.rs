//! Error responses of API Gateway itself, instead of the integration's.
//!
//! Invariant: unless the API customizes it, a response is byte for byte what AWS sends. In particular, no 429 has a
//! `Retry-After` header.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use super::new_response;
use super::trace::Trace;
use crate::state::GatewayResponse;

const DEFAULT_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The API or stage does not exist, or is not reached at this address.
    Forbidden,
    /// No key, an unknown or disabled one, or one without a plan for this stage. The response does not reveal which.
    InvalidApiKey,
    /// Any throttle was exceeded.
    Throttled,
    QuotaExceeded,
    /// The path or verb does not exist, or the method requires IAM.
    MissingAuthenticationToken,
    /// The caller's token is missing, or no user pool issued it.
    Unauthorized,
    /// The resource policy refuses the call, with this message.
    AccessDenied(String),
    /// The authorizer's function cannot be invoked.
    AuthorizerConfiguration,
    /// The integration failed, or cannot be reached.
    IntegrationFailure,
}

/// The response of an API that does not customize it.
struct DefaultResponse<'a> {
    status: u16,
    error_type: &'static str,
    /// `None` is JSON's `null`.
    message: Option<&'a str>,
    response_type: &'static str,
    template: &'static str,
}

impl Refusal {
    fn default_response(&self) -> DefaultResponse<'_> {
        let (status, error_type, message, response_type) = match self {
            Self::Forbidden => (403, "ForbiddenException", "Forbidden", ""),
            Self::InvalidApiKey => (403, "ForbiddenException", "Forbidden", "INVALID_API_KEY"),
            Self::Throttled => (429, "TooManyRequestsException", "Too Many Requests", "THROTTLED"),
            Self::QuotaExceeded => (429, "LimitExceededException", "Limit Exceeded", "QUOTA_EXCEEDED"),
            Self::MissingAuthenticationToken => (
                403,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
                "MISSING_AUTHENTICATION_TOKEN",
            ),
            Self::Unauthorized => (401, "UnauthorizedException", "Unauthorized", "UNAUTHORIZED"),
            Self::AccessDenied(message) => (403, "AccessDeniedException", message.as_str(), "ACCESS_DENIED"),
            Self::AuthorizerConfiguration => {
                (500, "AuthorizerConfigurationException", "", "AUTHORIZER_CONFIGURATION_ERROR")
            }
            Self::IntegrationFailure => {
                (500, "InternalServerErrorException", "Internal server error", "INTEGRATION_FAILURE")
            }
        };
        let template = match self {
            // AWS writes this one message with a capital letter.
            Self::AccessDenied(_) => r#"{"Message":$context.error.messageString}"#,
            _ => DEFAULT_TEMPLATE,
        };
        let message = Some(message).filter(|message| !message.is_empty());
        DefaultResponse { status, error_type, message, response_type, template }
    }

    /// The value of `$context.error.responseType`.
    pub(super) fn response_type(&self) -> &'static str {
        self.default_response().response_type
    }

    pub(super) fn to_default_response(&self) -> Response {
        let default = self.default_response();
        with_error_type(new_response(default.status, fill_template(default.template, &default, "")), &default)
    }

    /// Returns the response of an API with these customized gateway responses.
    pub(super) fn to_response(&self, custom: &BTreeMap<String, GatewayResponse>, trace: &Trace) -> Response {
        let default = self.default_response();
        let fallback_type = if default.status < 500 { "DEFAULT_4XX" } else { "DEFAULT_5XX" };
        let Some(custom) = custom.get(default.response_type).or_else(|| custom.get(fallback_type)) else {
            return self.to_default_response();
        };
        let status = custom.status_code.as_deref().and_then(|status| status.parse().ok());
        let (content_type, template) = select_template(custom, default.template);
        let body = fill_template(template, &default, &trace.request_id);
        let mut response = with_error_type(new_response(status.unwrap_or(default.status), body), &default);
        if let Ok(content_type) = HeaderValue::from_str(content_type) {
            response.headers_mut().insert(axum::http::header::CONTENT_TYPE, content_type);
        }
        for (parameter, value) in &custom.response_parameters {
            add_header(&mut response, "gatewayresponse.header.", parameter, value);
        }
        response
    }
}

/// Adds the header of a response parameter: `parameter` is `prefix` and the header's name, `value` is in single quotes.
pub(super) fn add_header(response: &mut Response, prefix: &str, parameter: &str, value: &str) {
    let name = parameter.strip_prefix(prefix).and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok());
    let value = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
    if let (Some(name), Some(Ok(value))) = (name, value.map(HeaderValue::from_str)) {
        response.headers_mut().insert(name, value);
    }
}

fn with_error_type(mut response: Response, default: &DefaultResponse<'_>) -> Response {
    let name = HeaderName::from_static("x-amzn-errortype");
    response.headers_mut().insert(name, HeaderValue::from_static(default.error_type));
    response
}

fn select_template<'a>(custom: &'a GatewayResponse, default: &'static str) -> (&'a str, &'a str) {
    let templates = &custom.response_templates;
    let selected = templates.get_key_value("application/json").or_else(|| templates.first_key_value());
    selected.map_or(("application/json", default), |(kind, template)| (kind, template))
}

fn fill_template(template: &str, default: &DefaultResponse<'_>, request_id: &str) -> String {
    let quoted = default.message.map_or("null".to_owned(), |message| format!("\"{message}\""));
    // The longer name must be replaced first: the shorter one is its prefix.
    template
        .replace("$context.error.messageString", &quoted)
        .replace("$context.error.message", default.message.unwrap_or("null"))
        .replace("$context.error.responseType", default.response_type)
        .replace("$context.requestId", request_id)
}
