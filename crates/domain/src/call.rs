//! Responses of the protected API, and what they say about the API key that was sent.

pub mod diagnosis;
mod explain;
mod gateway_response;

pub use explain::CallContext;
pub use gateway_response::{ActualResponse, CustomResponse, CustomResponses, GatewayResponse};

use crate::words::words;

words! {
    /// What a response says about the API key that was sent.
    pub enum Verdict {
        Ok => "ok",
        /// The token bucket was empty. Retrying soon helps.
        Throttled => "throttled",
        /// The period's quota is exhausted. Retrying before the reset does not help.
        QuotaExhausted => "quota",
        /// The gateway does not accept the key for this stage.
        Forbidden => "forbidden",
        /// Anything else, e.g. an error of the backend.
        Other => "other",
    }
}

/// The number of responses with each verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub ok: u32,
    pub throttled: u32,
    pub quota_exhausted: u32,
    pub forbidden: u32,
    /// Everything else, including failed connections.
    pub other: u32,
}

impl Verdict {
    /// Classifies a response by its status and API Gateway's `x-amzn-ErrorType` header.
    ///
    /// A customised gateway response keeps the header, so the body does not matter. Without the header
    /// a 429 or 403 comes from the backend and is `Other`.
    pub fn from_response(status: u16, error_type: Option<&str>) -> Self {
        match (status, error_type) {
            (200..=299, _) => Self::Ok,
            (_, Some("LimitExceededException")) => Self::QuotaExhausted,
            (_, Some("TooManyRequestsException")) => Self::Throttled,
            (_, Some("ForbiddenException")) => Self::Forbidden,
            _ => Self::Other,
        }
    }

    /// What the verdict means for the caller; `None` where the status is self-explanatory.
    pub const fn meaning(self) -> Option<&'static str> {
        match self {
            Self::Ok | Self::Other => None,
            Self::Throttled => {
                Some("too many requests per second for this key, method or account: slow down and retry")
            }
            Self::QuotaExhausted => {
                Some("the key's quota for this period is exhausted: retrying does not help before the reset")
            }
            Self::Forbidden => Some("the gateway refused the call before the method"),
        }
    }
}

/// Whether the gateway refused a call for what it asks besides the key, by its `x-amzn-ErrorType` header: a
/// signature, a token, or the resource policy. Such a response says nothing about the key.
pub fn is_access_refusal(error_type: Option<&str>) -> bool {
    let refusals = [
        "AccessDeniedException",
        "UnauthorizedException",
        "MissingAuthenticationTokenException",
        "AuthorizerConfigurationException",
    ];
    error_type.is_some_and(|error_type| refusals.contains(&error_type))
}

impl Tally {
    pub fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Throttled => &mut self.throttled,
            Verdict::QuotaExhausted => &mut self.quota_exhausted,
            Verdict::Forbidden => &mut self.forbidden,
            Verdict::Other => &mut self.other,
        } += 1;
    }

    pub const fn count(&self, verdict: Verdict) -> u32 {
        match verdict {
            Verdict::Ok => self.ok,
            Verdict::Throttled => self.throttled,
            Verdict::QuotaExhausted => self.quota_exhausted,
            Verdict::Forbidden => self.forbidden,
            Verdict::Other => self.other,
        }
    }

    pub fn total(&self) -> u32 {
        Verdict::ALL.into_iter().map(|verdict| self.count(verdict)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_type_distinguishes_throttling_from_an_exhausted_quota() {
        for (status, error_type, verdict) in [
            (200, None, Verdict::Ok),
            (429, Some("TooManyRequestsException"), Verdict::Throttled),
            (429, Some("LimitExceededException"), Verdict::QuotaExhausted),
            (403, Some("ForbiddenException"), Verdict::Forbidden),
            (403, Some("MissingAuthenticationTokenException"), Verdict::Other),
            (418, Some("LimitExceededException"), Verdict::QuotaExhausted),
            (429, None, Verdict::Other),
            (500, Some("InternalServerErrorException"), Verdict::Other),
        ] {
            assert_eq!(Verdict::from_response(status, error_type), verdict, "{status} {error_type:?}");
        }
    }

    #[test]
    fn a_refusal_of_the_policy_or_an_authorizer_says_nothing_about_the_key() {
        assert!(is_access_refusal(Some("AccessDeniedException")));
        assert!(is_access_refusal(Some("UnauthorizedException")));
        assert!(is_access_refusal(Some("MissingAuthenticationTokenException")));
        assert!(is_access_refusal(Some("AuthorizerConfigurationException")));
        for other in [None, Some("ForbiddenException"), Some("InternalServerErrorException")] {
            assert!(!is_access_refusal(other), "{other:?}");
        }
    }

    #[test]
    fn a_tally_counts_each_verdict_separately() {
        let mut tally = Tally::default();
        Verdict::ALL.into_iter().for_each(|verdict| tally.add(verdict));
        tally.add(Verdict::QuotaExhausted);
        assert_eq!((tally.count(Verdict::QuotaExhausted), tally.ok, tally.total()), (2, 1, 6));
    }
}
