//! Responses that API Gateway itself gives, and how an API customises them.

use std::collections::BTreeMap;

/// The response type that customises every 4xx gateway response without its own customisation.
const DEFAULT_4XX: &str = "DEFAULT_4XX";

/// Customisation of one gateway response by the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CustomResponse {
    pub status: Option<u16>,
    pub has_custom_body: bool,
}

/// Customised responses by gateway response type, e.g. `QUOTA_EXCEEDED`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomResponses(pub BTreeMap<String, CustomResponse>);

/// A gateway response as the caller receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActualResponse {
    pub response: GatewayResponse,
    pub custom: Option<CustomResponse>,
}

/// API Gateway's decision about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatewayResponse {
    /// The method needs no API key: the backend answers with or without one.
    KeyNotRequired,
    /// The key is not accepted, or the stage does not exist.
    Forbidden,
    /// The deployed stage has no such path or method.
    NoSuchMethod,
    /// The method requires a signature, and the call has none.
    Unsigned,
    /// The caller's token is missing or refused.
    Unauthorized,
    /// The resource policy or a Lambda authorizer denies the call.
    AccessDenied,
    Throttled,
    QuotaExhausted,
}

impl GatewayResponse {
    pub const ALL: [Self; 8] = [
        Self::KeyNotRequired,
        Self::Forbidden,
        Self::NoSuchMethod,
        Self::Unsigned,
        Self::Unauthorized,
        Self::AccessDenied,
        Self::Throttled,
        Self::QuotaExhausted,
    ];

    /// Whether API Gateway gives a response with this `x-amzn-ErrorType` header for a reason that can be checked.
    pub fn can_explain(error_type: &str) -> bool {
        Self::ALL.into_iter().any(|response| response.error_type() == Some(error_type))
    }

    /// The HTTP status; `None` where the backend decides it.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::KeyNotRequired => None,
            Self::Forbidden | Self::NoSuchMethod | Self::Unsigned | Self::AccessDenied => Some(403),
            Self::Unauthorized => Some(401),
            Self::Throttled | Self::QuotaExhausted => Some(429),
        }
    }

    /// `None` where the backend decides it, or the message names the caller and the method.
    pub const fn message(self) -> Option<&'static str> {
        match self {
            Self::KeyNotRequired | Self::AccessDenied => None,
            Self::Forbidden => Some("Forbidden"),
            Self::NoSuchMethod | Self::Unsigned => Some("Missing Authentication Token"),
            Self::Unauthorized => Some("Unauthorized"),
            Self::Throttled => Some("Too Many Requests"),
            Self::QuotaExhausted => Some("Limit Exceeded"),
        }
    }

    pub const fn error_type(self) -> Option<&'static str> {
        match self {
            Self::KeyNotRequired => None,
            Self::Forbidden => Some("ForbiddenException"),
            Self::NoSuchMethod | Self::Unsigned => Some("MissingAuthenticationTokenException"),
            Self::Unauthorized => Some("UnauthorizedException"),
            Self::AccessDenied => Some("AccessDeniedException"),
            Self::Throttled => Some("TooManyRequestsException"),
            Self::QuotaExhausted => Some("LimitExceededException"),
        }
    }

    /// The gateway response type under which an API customises it.
    const fn response_type(self) -> Option<&'static str> {
        match self {
            Self::KeyNotRequired => None,
            Self::Forbidden => Some("INVALID_API_KEY"),
            Self::NoSuchMethod | Self::Unsigned => Some("MISSING_AUTHENTICATION_TOKEN"),
            Self::Unauthorized => Some("UNAUTHORIZED"),
            Self::AccessDenied => Some("ACCESS_DENIED"),
            Self::Throttled => Some("THROTTLED"),
            Self::QuotaExhausted => Some("QUOTA_EXCEEDED"),
        }
    }

    /// E.g. "403 Forbidden".
    pub fn describe(self) -> String {
        match (self.status(), self.message()) {
            (Some(status), Some(message)) => format!("{status} {message}"),
            (Some(status), None) => format!("{status} User … is not authorized"),
            (None, _) => "the backend's response, with or without a key".to_owned(),
        }
    }
}

impl CustomResponses {
    /// The customisation of this response; `None` if callers would see no difference.
    pub fn get(&self, response: GatewayResponse) -> Option<CustomResponse> {
        let kind = response.response_type()?;
        let custom = self.0.get(kind).or_else(|| self.0.get(DEFAULT_4XX))?;
        let visible = CustomResponse {
            status: custom.status.filter(|status| Some(*status) != response.status()),
            ..*custom
        };
        (visible != CustomResponse::default()).then_some(visible)
    }
}

impl ActualResponse {
    /// The HTTP status; `None` where the backend decides it.
    pub fn status(self) -> Option<u16> {
        self.custom.and_then(|custom| custom.status).or(self.response.status())
    }

    /// The `message` in the body; `None` if the API customises the body.
    pub fn message(self) -> Option<&'static str> {
        self.response.message().filter(|_| self.custom.is_none_or(|custom| !custom.has_custom_body))
    }

    /// E.g. "402, this API's own response instead of 429 Limit Exceeded".
    pub fn describe(self) -> String {
        let standard = self.response.describe();
        match (self.custom, self.status()) {
            (Some(_), Some(status)) => format!("{status}, this API's own response instead of {standard}"),
            _ => standard,
        }
    }
}
