//! Token buckets, one for all calls and one for each operation that AWS limits further.

use std::time::Duration;

use tokio::time::Instant;

use super::Priority;
use super::operation::Operation;

/// Calls of the burst that a refresh leaves to what a person asks for.
const REFRESH_RESERVE: f64 = 10.0;

/// A bucket: refilled at `rate` a second, holding at most `burst`.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    refilled_at: Instant,
}

/// All rates of the control plane that matter here.
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

    /// How long until one token is there on top of what must be left.
    fn time_until_token(&mut self, leave: f64, now: Instant) -> Duration {
        let refilled = now.duration_since(self.refilled_at).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + refilled).min(self.burst);
        self.refilled_at = now;
        let missing = 1.0 + leave - self.tokens;
        // A nanosecond's worth of rounding must not cost another round of waiting.
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

    /// Takes a token of every bucket that the call needs, or says how long to wait and takes none.
    pub(super) fn take_tokens(
        &mut self,
        operation: Operation,
        priority: Priority,
        now: Instant,
    ) -> Result<(), Duration> {
        let leave = match priority {
            Priority::Interactive => 0.0,
            Priority::Refresh => REFRESH_RESERVE,
        };
        let own = match operation {
            Operation::CreateApiKey => Some(&mut self.create_api_key),
            Operation::DeleteApiKey => Some(&mut self.delete_api_key),
            Operation::UpdateUsagePlan => Some(&mut self.update_usage_plan),
            Operation::GetResources => Some(&mut self.get_resources),
            Operation::UpdateAccount => Some(&mut self.update_account),
            Operation::CreateDeployment => Some(&mut self.create_deployment),
            Operation::CreateUsagePlanKey | Operation::Other => None,
        };
        let mut needed = vec![(&mut self.all, leave)];
        needed.extend(own.map(|bucket| (bucket, 0.0)));
        let wait = needed
            .iter_mut()
            .map(|(bucket, leave)| bucket.time_until_token(*leave, now))
            .max()
            .unwrap_or_default();
        if wait.is_zero() {
            needed.iter_mut().for_each(|(bucket, _)| bucket.tokens -= 1.0);
            return Ok(());
        }
        Err(wait)
    }
}
