//! Builds snapshots off the event loop: from a new inventory and the last usage, or from new usage or refused
//! calls together with the last usage and the last inventory.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use keypool_domain::Inventory;
use keypool_domain::usage::{QuotaRefusals, Usage};

use crate::aws::{Aws, Failure};
use crate::ops;
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

impl LastRead {
    fn has_inventory_of(&self, other: Option<&Snapshot>) -> bool {
        let inventory = |snapshot: &Snapshot| Arc::as_ptr(&snapshot.inventory);
        self.snapshot.as_ref().map(inventory) == other.map(inventory)
    }

    fn has_usage(&self, other: Option<&Arc<Usage>>) -> bool {
        self.usage.as_ref().map(Arc::as_ptr) == other.map(Arc::as_ptr)
    }
}

impl Indexer {
    pub(super) async fn index_inventory(
        &self,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let unindexed = run_blocking(move || Snapshot::new(inventory)).await?;
        self.index_until_current(now, move |_| Ok(unindexed.clone())).await
    }

    /// Adds the API keys of plans that the connection has read since the last inventory.
    pub(super) async fn index_membership(&self, aws: &Aws) -> Result<Snapshot, Failure> {
        let (connection, now) = (aws.clone(), aws.now());
        let with_members = move |last: Option<Snapshot>| {
            let last = last.ok_or(Failure::Cancelled)?;
            let inventory = ops::with_cached_members(&connection, Inventory::clone(&last.inventory));
            Ok(last.with_changed_inventory(Arc::new(inventory)))
        };
        self.index_until_current(now, with_members).await
    }

    /// Makes the last snapshot from the one before, with the last usage; again if either changes meanwhile.
    async fn index_until_current(
        &self,
        now: Timestamp,
        make: impl Fn(Option<Snapshot>) -> Result<Snapshot, Failure> + Send + Sync + 'static,
    ) -> Result<Snapshot, Failure> {
        let make = Arc::new(make);
        loop {
            let (before, usage) = self.with_last_read(|last| (last.snapshot.clone(), last.usage.clone()));
            let (make, base, indexed_usage) = (Arc::clone(&make), before.clone(), usage.clone());
            let indexed = run_blocking(move || -> Result<Snapshot, Failure> {
                let snapshot = make(base)?;
                Ok(match indexed_usage {
                    Some(usage) => snapshot.with_usage(usage, now),
                    None => snapshot,
                })
            });
            let indexed = indexed.await??;
            // Dropped outside of the lock: freeing a million tenant keys takes time.
            let replaced = self.with_last_read(|last| {
                let is_current = last.has_inventory_of(before.as_ref()) && last.has_usage(usage.as_ref());
                is_current.then(|| last.snapshot.replace(indexed.clone()))
            });
            if replaced.is_some() {
                return Ok(indexed);
            }
        }
    }

    pub(super) async fn index_usage(
        &self,
        usage: Arc<Usage>,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let is_current = usage.range == current_range(now);
        let (previous_usage, refusals) =
            self.with_last_read(|last| (last.usage.clone(), Arc::clone(&last.refusals)));
        let merged = run_blocking(move || {
            let usage = Arc::unwrap_or_clone(usage).with_refusals(&refusals);
            Arc::new(match previous_usage {
                Some(before) if is_current => usage.with_previous(&before),
                _ => usage,
            })
        });
        let usage = merged.await?;
        loop {
            let before = self.with_last_read(|last| last.snapshot.clone());
            let (base, inventory, read) = (before.clone(), Arc::clone(&inventory), Arc::clone(&usage));
            let indexed =
                run_blocking(move || base.unwrap_or_else(|| Snapshot::new(inventory)).with_usage(read, now));
            let indexed = indexed.await?;
            let is_last = self.with_last_read(|last| {
                let is_last = last.has_inventory_of(before.as_ref());
                let replaced = (is_last && is_current).then(|| last.usage.replace(Arc::clone(&usage)));
                (is_last, replaced)
            });
            if is_last.0 {
                return Ok(indexed);
            }
        }
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
