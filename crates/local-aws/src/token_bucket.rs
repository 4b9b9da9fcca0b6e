//! The token bucket by which API Gateway throttles: `rate` tokens a second flow into a bucket that holds `burst`.
//!
//! Invariant: a bucket never holds more than `burst` tokens nor less than none. Its limits are not its own: they are
//! given with every question, because a plan can be edited while its buckets are in use.

use jiff::{SignedDuration, Timestamp};

/// What is forgiven to floating point, so that ten refills of a tenth make a whole token.
const ROUNDING: f64 = 1e-9;

/// How fast a bucket fills and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Flow {
    /// Tokens a second.
    pub(crate) rate: f64,
    /// Tokens at most.
    pub(crate) burst: f64,
}

impl Flow {
    pub(crate) fn new(rate: f64, burst: i32) -> Self {
        Self { rate: rate.max(0.0), burst: f64::from(burst.max(0)) }
    }
}

/// The tokens that one caller has left under one limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TokenBucket {
    tokens: f64,
    filled_at: Timestamp,
}

impl TokenBucket {
    /// A bucket nobody has drawn from yet.
    pub(crate) fn full(flow: Flow, now: Timestamp) -> Self {
        Self { tokens: flow.burst, filled_at: now }
    }

    /// Whether a token is there, after the refill that is due.
    pub(crate) fn has_token(&mut self, flow: Flow, now: Timestamp) -> bool {
        self.refill(flow, now);
        self.tokens + ROUNDING >= 1.0
    }

    /// Takes a token that [`Self::has_token`] has seen.
    pub(crate) fn take(&mut self) {
        self.tokens = (self.tokens - 1.0).max(0.0);
    }

    /// Whether the bucket holds nothing that a new one would not, so that it need not be kept.
    pub(crate) fn is_full(&mut self, flow: Flow, now: Timestamp) -> bool {
        self.refill(flow, now);
        self.tokens + ROUNDING >= flow.burst
    }

    fn refill(&mut self, flow: Flow, now: Timestamp) {
        let elapsed = now.duration_since(self.filled_at).max(SignedDuration::ZERO).as_secs_f64();
        self.tokens = (self.tokens + elapsed * flow.rate).min(flow.burst);
        self.filled_at = now;
    }
}

#[cfg(test)]
mod tests;
