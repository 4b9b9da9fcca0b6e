//! Builds snapshots off the event loop: from a new inventory and the last usage, or from new usage and refused
//! calls together with the last usage and the last inventory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use keypool_domain::usage::{QuotaRefusals, Usage};
use keypool_domain::{Inventory, PlanId};

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
    /// What was read since, of a plan each; not indexed yet.
    newer: Vec<Arc<Usage>>,
    /// Notes on each plan whose usage was not read completely.
    remarks: BTreeMap<PlanId, Vec<String>>,
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

    /// Indexes usage of other days than those of the current quota periods.
    pub(super) async fn index_usage(
        &self,
        usage: Arc<Usage>,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let (snapshot, refusals) =
            self.with_last_read(|last| (last.snapshot.clone(), Arc::clone(&last.refusals)));
        run_blocking(move || {
            let usage = Arc::new(Arc::unwrap_or_clone(usage).with_refusals(&refusals));
            snapshot.unwrap_or_else(|| Snapshot::new(inventory)).with_usage(usage, now)
        })
        .await
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

    /// Indexes all usage of the current quota periods, with these refused calls, which are part of all usage that is
    /// indexed later.
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
