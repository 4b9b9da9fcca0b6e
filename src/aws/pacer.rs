//! Paces control plane calls, retries included, and learns from calls that AWS refuses.
//!
//! AWS allows an account 10 calls per second with a burst of 40, shared with all other tools, and less for some
//! operations. A refused call halves the rate of its limit; time raises it again. Endpoints on loopback are not
//! paced until they refuse a call, with one exception: at every endpoint, CreateUsagePlanKey runs one call at a time.

mod client;
mod expected;
mod limit;
mod operation;
mod pace;
mod rate;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

pub(super) use client::PacedClient;
pub(crate) use expected::ExpectedCalls;
use limit::Limit;
use operation::{LOGS_LIMIT, OPERATION_LIMITS, Operation, TOTAL_LIMIT};
pub use pace::Pace;
use rate::PublishedLimit;

use super::Site;

/// Interactive calls go before background refreshes, which still get a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    /// A call the user waits for.
    Interactive,
    /// A refresh: it also leaves part of the burst unused.
    Refresh,
}

#[derive(Debug, Clone)]
pub(super) struct Pacer {
    limits: Arc<Limits>,
    expected: ExpectedCalls,
    attach_lock: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug)]
struct Limits {
    total: Limit,
    of_operations: [(Operation, Limit); OPERATION_LIMITS.len()],
}

impl Pacer {
    pub(super) fn with_aws_rates() -> Self {
        Self::new(TOTAL_LIMIT, true)
    }

    /// For endpoints on loopback, which are paced only after they refused a call.
    pub(super) fn unlimited() -> Self {
        Self::new(TOTAL_LIMIT, false)
    }

    /// For CloudWatch Logs, whose rates are apart from those of the control plane.
    pub(super) fn for_logs(site: Site) -> Self {
        Self::new(LOGS_LIMIT, site != Site::Loopback)
    }

    fn new(total: PublishedLimit, is_enforced: bool) -> Self {
        let of_operations = OPERATION_LIMITS
            .map(|(operation, name, limit)| (operation, Limit::new(Some(name), limit, is_enforced)));
        let total = Limit::new(None, total, is_enforced);
        Self {
            limits: Arc::new(Limits { total, of_operations }),
            expected: ExpectedCalls::default(),
            attach_lock: Arc::default(),
        }
    }

    /// Counts calls that will follow as waiting, until each begins or the returned value is dropped.
    pub(super) fn expect_calls(&self, count: usize) -> ExpectedCalls {
        self.expected.add(count)
    }

    /// What calls wait for now; the longest wait, if there are several.
    pub(super) fn pace(&self) -> Option<Pace> {
        let of_operations = self.limits.of_operations.iter().filter_map(|(_, limit)| limit.queue(0));
        let queues = of_operations.chain(self.limits.total.queue(self.expected.count()));
        queues.max_by_key(|queue| queue.wait).and_then(Pace::new)
    }

    /// Waits until the call may start. The caller holds the returned guard until the call's response arrives.
    async fn wait_for_turn(&self, operation: Operation, priority: Priority) -> Option<OwnedMutexGuard<()>> {
        let guard = match operation {
            Operation::CreateUsagePlanKey => Some(self.attach_lock.clone().lock_owned().await),
            _ => None,
        };
        // The lower limit first: calls that wait for it take nothing from the others.
        if let Some(limit) = self.limits.of_operation(operation) {
            limit.take(priority).await;
        }
        self.limits.total.take(priority).await;
        guard
    }

    /// Learns that AWS refused a call that started at this time, and how long it asked to wait.
    fn note_refusal(&self, operation: Operation, started_at: Instant, retry_after: Option<Duration>) {
        let limit = self.limits.of_operation(operation).unwrap_or(&self.limits.total);
        limit.note_refusal(started_at, retry_after);
    }
}

impl Limits {
    fn of_operation(&self, operation: Operation) -> Option<&Limit> {
        let (_, limit) = self.of_operations.iter().find(|(limited, _)| *limited == operation)?;
        Some(limit)
    }
}

#[cfg(test)]
mod tests;
