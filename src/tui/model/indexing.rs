//! Builds snapshots off the event loop: from a new inventory and the last usage, or from new usage and refused
//! calls together with the last usage and the inventory that is shown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use keypool_domain::usage::{QuotaRefusals, Usage};
use keypool_domain::{Inventory, PlanId};

use crate::aws::{Aws, Failure};
use crate::ops::{self, ListedKeys, ListedPage};
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
    /// What was read since, of a plan each; not indexed yet.
    newer: Vec<Arc<Usage>>,
    /// Notes on each plan whose usage was not read completely.
    remarks: BTreeMap<PlanId, Vec<String>>,
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
        self.index_listed_inventory(inventory, None, now).await
    }

    /// As [`Self::index_inventory`], for an inventory with these tenant keys of a list.
    pub(super) async fn index_listed_inventory(
        &self,
        inventory: Arc<Inventory>,
        listed: Option<ListedKeys>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let unindexed = run_blocking(move || Snapshot::new(inventory).with_listed(listed)).await?;
        self.index_until_current(now, move |_| Ok(unindexed.clone())).await
    }

    /// What the last inventory has of a list of tenant keys.
    pub(super) fn listed(&self) -> Option<Arc<ListedKeys>> {
        self.with_last_read(|last| last.snapshot.as_ref()?.listed.clone())
    }

    /// Adds a page of a list of tenant keys.
    pub(super) async fn index_page(&self, aws: &Aws, page: ListedPage) -> Result<Snapshot, Failure> {
        let (connection, now) = (aws.clone(), aws.now());
        let with_page = move |last: Option<Snapshot>| {
            let last = last.ok_or(Failure::Cancelled)?;
            let Some(shown) = last.listed.clone() else { return Ok(last) };
            Ok(match ops::with_listed_page(&connection, &last.inventory, &shown, &page) {
                Some((inventory, listed)) => Snapshot::new(Arc::new(inventory)).with_listed(Some(listed)),
                None => last,
            })
        };
        self.index_until_current(now, with_page).await
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

    /// Indexes usage of other days than those of the current quota periods.
    pub(super) async fn index_usage(
        &self,
        usage: Arc<Usage>,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let refusals = self.with_last_read(|last| Arc::clone(&last.refusals));
        let usage =
            run_blocking(move || Arc::new(Arc::unwrap_or_clone(usage).with_refusals(&refusals))).await?;
        loop {
            let before = self.with_last_read(|last| last.snapshot.clone());
            let (base, inventory, read) = (before.clone(), Arc::clone(&inventory), Arc::clone(&usage));
            let indexed =
                run_blocking(move || base.unwrap_or_else(|| Snapshot::new(inventory)).with_usage(read, now));
            let indexed = indexed.await?;
            if self.with_last_read(|last| last.has_inventory_of(before.as_ref())) {
                return Ok(indexed);
            }
        }
    }

    /// Adds usage of a plan, which the next [`Self::index_refusals`] indexes.
    pub(super) fn add_usage(&self, plan: &PlanId, mut usage: Usage) {
        self.with_last_read(|last| {
            last.remarks.insert(plan.clone(), std::mem::take(&mut usage.remarks));
            last.newer.push(Arc::new(usage));
        });
    }

    /// Notes why usage of a plan could not be read.
    pub(super) fn add_failure(&self, plan: &PlanId, name: &str, failure: &Failure) {
        let remark = format!("the usage of plan {name} cannot be read: {failure}");
        self.with_last_read(|last| last.remarks.insert(plan.clone(), vec![remark]));
    }

    /// Indexes all usage of the current quota periods for the inventory that is shown, with these refused calls, which
    /// are part of all usage that is indexed later.
    pub(super) async fn index_refusals(
        &self,
        refusals: Arc<QuotaRefusals>,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let (snapshot, usage, newer, remarks) = self.with_last_read(|last| {
            last.refusals = Arc::clone(&refusals);
            (last.snapshot.clone(), last.usage.clone(), last.newer.clone(), last.remarks.clone())
        });
        let merged = newer.len();
        let indexed = run_blocking(move || {
            // The last inventory may not be shown yet, or never if its task was cancelled.
            let snapshot = snapshot.filter(|last| Arc::ptr_eq(&last.inventory, &inventory));
            let snapshot = snapshot.unwrap_or_else(|| Snapshot::new(inventory));
            let usage = merge_usage(usage, newer, remarks, &snapshot.inventory, now)?;
            let usage = Arc::new(usage.with_refusals(&refusals));
            Some((Arc::clone(&usage), snapshot.with_usage(usage, now)))
        });
        let Some((usage, indexed)) = indexed.await? else { return Err(Failure::Cancelled) };
        // Only now: a cancelled run loses nothing.
        let _before = self.with_last_read(|last| {
            let merged: Vec<_> = last.newer.drain(..merged.min(last.newer.len())).collect();
            (merged, last.usage.replace(usage))
        });
        Ok(indexed)
    }

    fn with_last_read<T>(&self, access: impl FnOnce(&mut LastRead) -> T) -> T {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Adds newer usage, and leaves out plans that no longer exist; `None` if the usage of no plan is known.
fn merge_usage(
    usage: Option<Arc<Usage>>,
    newer: Vec<Arc<Usage>>,
    remarks: BTreeMap<PlanId, Vec<String>>,
    inventory: &Inventory,
    now: Timestamp,
) -> Option<Usage> {
    if usage.is_none() && newer.is_empty() && !inventory.plans().is_empty() {
        return None;
    }
    let usage = usage.map_or_else(|| Usage::empty(current_range(now)), Arc::unwrap_or_clone);
    let newer = newer.into_iter().map(Arc::unwrap_or_clone);
    let mut usage = newer.fold(usage, Usage::updated_with);
    let exists = |plan: &PlanId| inventory.plan(plan).is_some();
    usage.plans.retain(|plan, _| exists(plan));
    usage.remarks = remarks.into_iter().filter(|(plan, _)| exists(plan)).flat_map(|(_, all)| all).collect();
    Some(usage)
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
