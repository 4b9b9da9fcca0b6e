//! What API Gateway answers in the API's stead, word for word unless the API customises it.

/// How a call ends at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// The backend answers, and nobody asked for the key.
    LetIn,
    /// The key is not accepted, or there is no such stage.
    Forbidden,
    /// The deployed stage has no such path, or the path no such method.
    NoSuchMethod,
    /// A token bucket is empty.
    Throttled,
    /// The quota of the period is spent.
    QuotaSpent,
}

impl Answer {
    /// The HTTP status; that of a call that is let in is the backend's.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::LetIn => None,
            Self::Forbidden | Self::NoSuchMethod => Some(403),
            Self::Throttled | Self::QuotaSpent => Some(429),
        }
    }

    /// The `message` in the body.
    pub const fn message(self) -> Option<&'static str> {
        match self {
            Self::LetIn => None,
            Self::Forbidden => Some("Forbidden"),
            Self::NoSuchMethod => Some("Missing Authentication Token"),
            Self::Throttled => Some("Too Many Requests"),
            Self::QuotaSpent => Some("Limit Exceeded"),
        }
    }

    /// The header `x-amzn-ErrorType`.
    pub const fn error_type(self) -> Option<&'static str> {
        match self {
            Self::LetIn => None,
            Self::Forbidden => Some("ForbiddenException"),
            Self::NoSuchMethod => Some("MissingAuthenticationTokenException"),
            Self::Throttled => Some("TooManyRequestsException"),
            Self::QuotaSpent => Some("LimitExceededException"),
        }
    }

    /// For example "403 Forbidden".
    pub fn in_words(self) -> String {
        match (self.status(), self.message()) {
            (Some(status), Some(message)) => format!("{status} {message}"),
            _ => "the backend's answer, with or without a key".to_owned(),
        }
    }
}
