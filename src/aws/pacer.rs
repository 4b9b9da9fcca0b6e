//! One pacer for the control plane: no call leaves faster than AWS takes it, retries included.
//!
//! AWS allows an account 10 calls a second with a burst of 40, shared with everything else that deploys, and some
//! operations less. Against an endpoint on loopback there is no such rate, so nothing waits there; only
//! CreateUsagePlanKey runs one at a time everywhere.

mod buckets;
mod client;
mod operation;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep};

use buckets::Buckets;
pub(super) use client::PacedClient;
use operation::Operation;

/// Who waits for a call: what a person asked for goes before what refreshes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    /// A person waits for it.
    Asked,
    /// A refresh: it leaves a part of the burst untouched, and so yields whenever calls are scarce.
    Refresh,
}

/// Lets calls through at AWS's rates.
#[derive(Debug, Clone)]
pub(super) struct Pacer {
    buckets: Option<Arc<Mutex<Buckets>>>,
    attaching: Arc<tokio::sync::Mutex<()>>,
}

impl Pacer {
    /// AWS's own rates.
    pub(super) fn at_aws_rates() -> Self {
        Self { buckets: Some(Arc::new(Mutex::new(Buckets::full(Instant::now())))), attaching: Arc::default() }
    }

    /// No rates, for endpoints on loopback.
    pub(super) fn unpaced() -> Self {
        Self { buckets: None, attaching: Arc::default() }
    }

    /// Waits for the call's turn; what is returned is held until its answer is there.
    async fn turn(&self, operation: Operation, priority: Priority) -> Option<OwnedMutexGuard<()>> {
        let alone = match operation {
            Operation::CreateUsagePlanKey => Some(self.attaching.clone().lock_owned().await),
            _ => None,
        };
        if let Some(buckets) = &self.buckets {
            loop {
                let taken = buckets.lock().unwrap_or_else(PoisonError::into_inner).take(
                    operation,
                    priority,
                    Instant::now(),
                );
                match taken {
                    Ok(()) => break,
                    Err(wait) => sleep(wait).await,
                }
            }
        }
        alone
    }
}

#[cfg(test)]
mod tests;
