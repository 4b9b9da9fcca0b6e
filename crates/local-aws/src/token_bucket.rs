//! The token bucket of API Gateway's throttling: `rate` tokens per second flow into a bucket of size `burst`.
//!
//! Invariant: a bucket has between 0 and `burst` tokens, and each moment fills it once, in whatever order concurrent
//! calls arrive. It does not store its rate and burst: they are arguments, because a plan can be edited while its
//! buckets are in use.

use jiff::{SignedDuration, Timestamp};

/// Floating-point tolerance, so that ten refills of a tenth add up to a token.
const EPSILON_TOKENS: f64 = 1e-9;

/// A call reads the clock before it reaches the bucket, so it may be this much older than the last refill. An even
/// older time means that the clock was set back.
const MAX_LATENESS: SignedDuration = SignedDuration::from_secs(10);

/// The rate and burst of a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Flow {
    /// Tokens per second.
    pub(crate) rate: f64,
    /// Maximum number of tokens.
    pub(crate) burst: f64,
}

impl Flow {
    pub(crate) fn new(rate: f64, burst: i32) -> Self {
        Self { rate: rate.max(0.0), burst: f64::from(burst.max(0)) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TokenBucket {
    tokens: f64,
    filled_at: Timestamp,
}

impl TokenBucket {
    pub(crate) fn full(flow: Flow, now: Timestamp) -> Self {
        Self { tokens: flow.burst, filled_at: now }
    }

    /// Refills the bucket, and returns whether it has a token.
    pub(crate) fn has_token(&mut self, flow: Flow, now: Timestamp) -> bool {
        self.refill(flow, now);
        self.tokens + EPSILON_TOKENS >= 1.0
    }

    /// Takes a token; call [`Self::has_token`] first.
    pub(crate) fn take(&mut self) {
        self.tokens = (self.tokens - 1.0).max(0.0);
    }

    /// Whether the bucket equals a new one, so that it can be dropped.
    pub(crate) fn is_full(&mut self, flow: Flow, now: Timestamp) -> bool {
        self.refill(flow, now);
        self.tokens + EPSILON_TOKENS >= flow.burst
    }

    fn refill(&mut self, flow: Flow, now: Timestamp) {
        let elapsed = now.duration_since(self.filled_at);
        let inflow = elapsed.max(SignedDuration::ZERO).as_secs_f64() * flow.rate;
        self.tokens = (self.tokens + inflow).min(flow.burst);
        // A late call must not move this back: the time up to `filled_at` would fill the bucket twice.
        if elapsed.is_positive() || elapsed < -MAX_LATENESS {
            self.filled_at = now;
        }
    }
}

#[cfg(test)]
mod tests;
