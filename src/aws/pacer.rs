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
    Interactive,
    /// A refresh: it leaves a part of the burst untouched, and so yields whenever calls are scarce.
    Refresh,
}

/// Lets calls through at AWS's rates.
#[derive(Debug, Clone)]
pub(super) struct Pacer {
    buckets: Option<Arc<Mutex<Buckets>>>,
    attach_lock: Arc<tokio::sync::Mutex<()>>,
}

impl Pacer {
    /// AWS's own rates.
    pub(super) fn with_aws_rates() -> Self {
        Self {
            buckets: Some(Arc::new(Mutex::new(Buckets::new(Instant::now())))),
            attach_lock: Arc::default(),
        }
    }

    /// No rates, for endpoints on loopback.
    pub(super) fn unlimited() -> Self {
        Self { buckets: None, attach_lock: Arc::default() }
    }

    /// Waits for the call's turn; what is returned is held until its answer is there.
    async fn wait_for_turn(&self, operation: Operation, priority: Priority) -> Option<OwnedMutexGuard<()>> {
        let alone = match operation {
            Operation::CreateUsagePlanKey => Some(self.attach_lock.clone().lock_owned().await),
            _ => None,
        };
        if let Some(buckets) = &self.buckets {
            loop {
                let taken = buckets.lock().unwrap_or_else(PoisonError::into_inner).take_tokens(
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
