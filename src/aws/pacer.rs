//! Paces control plane calls to AWS's rates, retries included.
//!
//! AWS allows an account 10 calls per second with a burst of 40, shared with all other tools, and
//! less for some operations. Loopback endpoints have no such limits, so calls to them are not
//! delayed, with one exception: at every endpoint, CreateUsagePlanKey runs one call at a time.

mod buckets;
mod client;
mod operation;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep};

use buckets::Buckets;
pub(super) use client::PacedClient;
use operation::Operation;

/// Interactive calls take precedence over background refreshes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    /// A call the user waits for.
    Interactive,
    /// A refresh: it leaves part of the burst unused, and so yields whenever calls are scarce.
    Refresh,
}

#[derive(Debug, Clone)]
pub(super) struct Pacer {
    buckets: Option<Arc<Mutex<Buckets>>>,
    attach_lock: Arc<tokio::sync::Mutex<()>>,
}

impl Pacer {
    pub(super) fn with_aws_rates() -> Self {
        Self {
            buckets: Some(Arc::new(Mutex::new(Buckets::new(Instant::now())))),
            attach_lock: Arc::default(),
        }
    }

    /// For endpoints on loopback.
    pub(super) fn unlimited() -> Self {
        Self { buckets: None, attach_lock: Arc::default() }
    }

    /// Waits until the call may start. The caller holds the returned guard until the call's response
    /// arrives.
    async fn wait_for_turn(&self, operation: Operation, priority: Priority) -> Option<OwnedMutexGuard<()>> {
        let guard = match operation {
            Operation::CreateUsagePlanKey => Some(self.attach_lock.clone().lock_owned().await),
            _ => None,
        };
        if let Some(buckets) = &self.buckets {
            loop {
                let result = buckets.lock().unwrap_or_else(PoisonError::into_inner).take_tokens(
                    operation,
                    priority,
                    Instant::now(),
                );
                match result {
                    Ok(()) => break,
                    Err(wait) => sleep(wait).await,
                }
            }
        }
        guard
    }
}

#[cfg(test)]
mod tests;
