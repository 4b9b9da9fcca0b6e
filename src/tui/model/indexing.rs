//! Builds snapshots off the event loop: from a new inventory and the last usage, or from new usage or refused
//! calls together with the last usage and the last inventory.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use keypool_domain::Inventory;
use keypool_domain::usage::{QuotaRefusals, Usage};

use crate::aws::Failure;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::model::usage_days::current_range;

/// Builds snapshots; keeps the last snapshot and the last usage for the next one.
#[derive(Debug, Clone, Default)]
pub(super) struct Indexer(Arc<Mutex<LastRead>>);

#[derive(Debug, Default)]
struct LastRead {
    snapshot: Option<Snapshot>,
    /// Usage of the current quota periods.
    usage: Option<Arc<Usage>>,
    /// Part of all usage that is indexed from now on.
    refusals: Arc<QuotaRefusals>,
}

impl Indexer {
    pub(super) async fn index_inventory(
        &self,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let usage = self.with_last_read(|last| last.usage.clone());
        let snapshot = run_blocking(move || {
            let snapshot = Snapshot::new(inventory);
            match usage {
                Some(usage) => snapshot.with_usage(usage, now),
                None => snapshot,
            }
        });
        let snapshot = snapshot.await?;
        // Dropped outside of the lock: freeing a million tenant keys takes time.
        let _before = self.with_last_read(|last| last.snapshot.replace(snapshot.clone()));
        Ok(snapshot)
    }

    pub(super) async fn index_usage(
        &self,
        usage: Arc<Usage>,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let is_current = usage.range == current_range(now);
        let (snapshot, previous_usage, refusals) = self
            .with_last_read(|last| (last.snapshot.clone(), last.usage.clone(), Arc::clone(&last.refusals)));
        let indexed = run_blocking(move || {
            let usage = Arc::unwrap_or_clone(usage).with_refusals(&refusals);
            let usage = Arc::new(match previous_usage {
                Some(before) if is_current => usage.with_previous(&before),
                _ => usage,
            });
            let snapshot = snapshot.unwrap_or_else(|| Snapshot::new(inventory));
            (Arc::clone(&usage), snapshot.with_usage(usage, now))
        });
        let (usage, indexed) = indexed.await?;
        if is_current {
            let _before = self.with_last_read(|last| last.usage.replace(usage));
        }
        Ok(indexed)
    }

    /// Makes these refused calls part of the last usage, and of all usage that is indexed later.
    pub(super) async fn index_refusals(
        &self,
        refusals: Arc<QuotaRefusals>,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let (snapshot, usage) = self.with_last_read(|last| {
            last.refusals = Arc::clone(&refusals);
            (last.snapshot.clone(), last.usage.clone())
        });
        let indexed = run_blocking(move || {
            let snapshot = snapshot.unwrap_or_else(|| Snapshot::new(inventory));
            match usage {
                Some(usage) => {
                    let usage = Arc::new(Arc::unwrap_or_clone(usage).with_refusals(&refusals));
                    (Some(Arc::clone(&usage)), snapshot.with_usage(usage, now))
                }
                None => (None, snapshot),
            }
        });
        let (usage, indexed) = indexed.await?;
        let _before = self.with_last_read(|last| std::mem::replace(&mut last.usage, usage));
        Ok(indexed)
    }

    fn with_last_read<T>(&self, access: impl FnOnce(&mut LastRead) -> T) -> T {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs CPU-bound work, for example sorting a million tenant keys, off the async threads.
pub(super) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Failure::Cancelled,
    })
}
