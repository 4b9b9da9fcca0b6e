//! What API Gateway itself answers in an integration's stead.
//!
//! Invariant: unless the API customised it, a refusal is byte for byte what AWS sends; in particular no 429 carries a
//! `Retry-After`.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use super::reply;
use super::trace::Trace;
use crate::state::GatewayResponse;

const DEFAULT_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

/// Why a call got no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No such API or stage.
    Forbidden,
    /// No key, an unknown or disabled one, or one without a plan for this stage: callers cannot tell which.
    InvalidApiKey,
    /// Too fast, for whichever limit.
    Throttled,
    /// The quota is spent.
    QuotaExceeded,
    /// No such path, or not with this verb.
    MissingAuthenticationToken,
    /// The method asks for an authorizer's consent.
    Unauthorized,
    /// The integration gave nothing that could be passed on.
    IntegrationFailure,
}

/// How a refusal looks unless it is customised.
struct Form {
    status: u16,
    error_type: &'static str,
    message: &'static str,
    response_type: &'static str,
}

impl Refusal {
    const fn form(self) -> Form {
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
            Self::IntegrationFailure => {
                (500, "InternalServerErrorException", "Internal server error", "INTEGRATION_FAILURE")
            }
        };
        Form { status, error_type, message, response_type }
    }

    /// The kind of gateway response, as `$context.error.responseType` has it.
    pub(super) const fn response_type(self) -> &'static str {
        self.form().response_type
    }

    /// The answer where there is no API that could have customised it.
    pub(super) fn plain(self) -> Response {
        let form = self.form();
        typed(reply(form.status, fill(DEFAULT_TEMPLATE, &form, "")), &form)
    }

    /// The answer of an API with these customised responses.
    pub(super) fn response(self, custom: &BTreeMap<String, GatewayResponse>, trace: &Trace) -> Response {
        let form = self.form();
        let default = if form.status < 500 { "DEFAULT_4XX" } else { "DEFAULT_5XX" };
        let Some(custom) = custom.get(form.response_type).or_else(|| custom.get(default)) else {
            return self.plain();
        };
        let status = custom.status_code.as_deref().and_then(|status| status.parse().ok());
        let (content_type, template) = template_of(custom);
        let body = fill(template, &form, &trace.request_id);
        let mut response = typed(reply(status.unwrap_or(form.status), body), &form);
        if let Ok(content_type) = HeaderValue::from_str(content_type) {
            response.headers_mut().insert(axum::http::header::CONTENT_TYPE, content_type);
        }
        for (parameter, value) in &custom.response_parameters {
            add_header(&mut response, "gatewayresponse.header.", parameter, value);
        }
        response
    }
}

/// Adds a header that is given as `PREFIX` and a name, and as a value in single quotes.
pub(super) fn add_header(response: &mut Response, prefix: &str, parameter: &str, value: &str) {
    let name = parameter.strip_prefix(prefix).and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok());
    let value = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
    if let (Some(name), Some(Ok(value))) = (name, value.map(HeaderValue::from_str)) {
        response.headers_mut().insert(name, value);
    }
}

fn typed(mut response: Response, form: &Form) -> Response {
    let name = HeaderName::from_static("x-amzn-errortype");
    response.headers_mut().insert(name, HeaderValue::from_static(form.error_type));
    response
}

fn template_of(custom: &GatewayResponse) -> (&str, &str) {
    let templates = &custom.response_templates;
    let chosen = templates.get_key_value("application/json").or_else(|| templates.first_key_value());
    chosen.map_or(("application/json", DEFAULT_TEMPLATE), |(kind, template)| (kind, template))
}

fn fill(template: &str, form: &Form, request_id: &str) -> String {
    let quoted = format!("\"{}\"", form.message);
    // The longer name first: it begins with the shorter.
    template
        .replace("$context.error.messageString", &quoted)
        .replace("$context.error.message", form.message)
        .replace("$context.error.responseType", form.response_type)
        .replace("$context.requestId", request_id)
}
