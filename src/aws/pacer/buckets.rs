//! Token buckets: one for all calls, and one for each operation with a lower limit.

use std::time::Duration;

use tokio::time::Instant;

use super::Priority;
use super::operation::Operation;

/// How many tokens of the burst refreshes must leave for interactive calls.
const REFRESH_RESERVE: f64 = 10.0;

/// A token bucket, refilled at `rate` per second up to `burst`.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    refilled_at: Instant,
}

/// The control plane limits of the operations that keypool calls.
#[derive(Debug)]
pub(super) struct Buckets {
    all: Bucket,
    create_api_key: Bucket,
    delete_api_key: Bucket,
    update_usage_plan: Bucket,
    get_resources: Bucket,
    update_account: Bucket,
    create_deployment: Bucket,
}

impl Bucket {
    const fn new(rate: f64, burst: f64, now: Instant) -> Self {
        Self { rate, burst, tokens: burst, refilled_at: now }
    }

    /// Returns how long until one token is available beyond `reserve`.
    fn time_until_token(&mut self, reserve: f64, now: Instant) -> Duration {
        let refilled = now.duration_since(self.refilled_at).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + refilled).min(self.burst);
        self.refilled_at = now;
        let missing = 1.0 + reserve - self.tokens;
        // Rounding errors of nanoseconds must not cost another wait.
        if missing <= 1e-6 { Duration::ZERO } else { Duration::from_secs_f64(missing / self.rate) }
    }
}

impl Buckets {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            all: Bucket::new(10.0, 40.0, now),
            create_api_key: Bucket::new(5.0, 5.0, now),
            delete_api_key: Bucket::new(5.0, 5.0, now),
            update_usage_plan: Bucket::new(0.05, 1.0, now),
            get_resources: Bucket::new(2.5, 5.0, now),
            update_account: Bucket::new(0.05, 1.0, now),
            create_deployment: Bucket::new(0.2, 1.0, now),
        }
    }

    /// Takes a token from every bucket that the call needs, or takes none and returns how long to
    /// wait.
    pub(super) fn take_tokens(
        &mut self,
        operation: Operation,
        priority: Priority,
        now: Instant,
    ) -> Result<(), Duration> {
        let reserve = match priority {
            Priority::Interactive => 0.0,
            Priority::Refresh => REFRESH_RESERVE,
        };
        let operation_bucket = match operation {
            Operation::CreateApiKey => Some(&mut self.create_api_key),
            Operation::DeleteApiKey => Some(&mut self.delete_api_key),
            Operation::UpdateUsagePlan => Some(&mut self.update_usage_plan),
            Operation::GetResources => Some(&mut self.get_resources),
            Operation::UpdateAccount => Some(&mut self.update_account),
            Operation::CreateDeployment => Some(&mut self.create_deployment),
            Operation::CreateUsagePlanKey | Operation::Other => None,
        };
        let mut needed = vec![(&mut self.all, reserve)];
        needed.extend(operation_bucket.map(|bucket| (bucket, 0.0)));
        let wait = needed
            .iter_mut()
            .map(|(bucket, reserve)| bucket.time_until_token(*reserve, now))
            .max()
            .unwrap_or_default();
        if wait.is_zero() {
            needed.iter_mut().for_each(|(bucket, _)| bucket.tokens -= 1.0);
            return Ok(());
        }
        Err(wait)
    }
}
