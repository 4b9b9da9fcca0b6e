//! What API Gateway answers in the API's stead, word for word unless the API customises it.

use std::collections::BTreeMap;

/// The gateway response that holds for every refusal of a caller that is not customised itself.
const DEFAULT_4XX: &str = "DEFAULT_4XX";

/// How an API customises an answer of API Gateway's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CustomResponse {
    /// Its HTTP status, where that is another.
    pub status: Option<u16>,
    /// Whether its body is another.
    pub has_custom_body: bool,
}

/// The answers that an API customises, by the type of the gateway response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomResponses(pub BTreeMap<String, CustomResponse>);

/// An answer as a caller meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActualResponse {
    /// What API Gateway means.
    pub response: GatewayResponse,
    /// How the API customises that.
    pub custom: Option<CustomResponse>,
}

/// How a call ends at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatewayResponse {
    /// The backend answers, and nobody asked for the key.
    KeyNotRequired,
    /// The key is not accepted, or there is no such stage.
    Forbidden,
    /// The deployed stage has no such path, or the path no such method.
    NoSuchMethod,
    /// A token bucket is empty.
    Throttled,
    /// The quota of the period is spent.
    QuotaSpent,
}

impl GatewayResponse {
    /// The HTTP status; that of a call that is let in is the backend's.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::KeyNotRequired => None,
            Self::Forbidden | Self::NoSuchMethod => Some(403),
            Self::Throttled | Self::QuotaSpent => Some(429),
        }
    }

    /// The `message` in the body.
    pub const fn message(self) -> Option<&'static str> {
        match self {
            Self::KeyNotRequired => None,
            Self::Forbidden => Some("Forbidden"),
            Self::NoSuchMethod => Some("Missing Authentication Token"),
            Self::Throttled => Some("Too Many Requests"),
            Self::QuotaSpent => Some("Limit Exceeded"),
        }
    }

    /// The header `x-amzn-ErrorType`.
    pub const fn error_type(self) -> Option<&'static str> {
        match self {
            Self::KeyNotRequired => None,
            Self::Forbidden => Some("ForbiddenException"),
            Self::NoSuchMethod => Some("MissingAuthenticationTokenException"),
            Self::Throttled => Some("TooManyRequestsException"),
            Self::QuotaSpent => Some("LimitExceededException"),
        }
    }

    /// The type of its gateway response, by which an API customises it.
    const fn response_type(self) -> Option<&'static str> {
        match self {
            Self::KeyNotRequired => None,
            Self::Forbidden => Some("INVALID_API_KEY"),
            Self::NoSuchMethod => Some("MISSING_AUTHENTICATION_TOKEN"),
            Self::Throttled => Some("THROTTLED"),
            Self::QuotaSpent => Some("QUOTA_EXCEEDED"),
        }
    }

    /// For example "403 Forbidden".
    pub fn describe(self) -> String {
        match (self.status(), self.message()) {
            (Some(status), Some(message)) => format!("{status} {message}"),
            _ => "the backend's answer, with or without a key".to_owned(),
        }
    }
}

impl CustomResponses {
    /// How this answer is customised, where a caller can tell.
    pub fn get(&self, answer: GatewayResponse) -> Option<CustomResponse> {
        let kind = answer.response_type()?;
        let own = self.0.get(kind).or_else(|| self.0.get(DEFAULT_4XX))?;
        let own =
            CustomResponse { status: own.status.filter(|status| Some(*status) != answer.status()), ..*own };
        (own != CustomResponse::default()).then_some(own)
    }
}

impl ActualResponse {
    /// The HTTP status; that of a call that is let in is the backend's.
    pub fn status(self) -> Option<u16> {
        self.custom.and_then(|own| own.status).or(self.response.status())
    }

    /// The `message` in the body; `None` where the API says something of its own.
    pub fn message(self) -> Option<&'static str> {
        self.response.message().filter(|_| self.custom.is_none_or(|own| !own.has_custom_body))
    }

    /// For example "402, this API's own answer instead of 429 Limit Exceeded".
    pub fn describe(self) -> String {
        let plain = self.response.describe();
        match (self.custom, self.status()) {
            (Some(_), Some(status)) => format!("{status}, this API's own answer instead of {plain}"),
            _ => plain,
        }
    }
}
