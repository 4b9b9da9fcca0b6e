//! Indexes what was read, off the loop, each reading with what is known of the other: a new account with the usage
//! told last, and usage with the account and the usage read last.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use keypool_domain::Inventory;
use keypool_domain::usage::Usage;

use super::snapshot::Snapshot;
use super::usage_index::current_range;
use crate::aws::Failure;

/// What was read last.
#[derive(Debug, Clone, Default)]
pub(super) struct Indexer(Arc<Mutex<LastRead>>);

#[derive(Debug, Default)]
struct LastRead {
    reading: Option<Snapshot>,
    usage: Option<Arc<Usage>>,
}

impl Indexer {
    pub(super) async fn index_inventory(
        &self,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let usage = self.with_last_read(|known| known.usage.clone());
        let reading = run_blocking(move || {
            let reading = Snapshot::new(inventory);
            match usage {
                Some(usage) => reading.with_usage(usage, now),
                None => reading,
            }
        });
        let reading = reading.await?;
        // Dropped outside of the lock: a million rows are not freed in no time.
        let _before = self.with_last_read(|known| known.reading.replace(reading.clone()));
        Ok(reading)
    }

    pub(super) async fn index_usage(
        &self,
        usage: Arc<Usage>,
        inventory: Arc<Inventory>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let is_present = usage.range == current_range(now);
        let (known, told) = self.with_last_read(|known| (known.reading.clone(), known.usage.clone()));
        let indexed = run_blocking(move || {
            let usage = match told {
                Some(before) if is_present => Arc::new(Arc::unwrap_or_clone(usage).with_previous(&before)),
                _ => usage,
            };
            let reading = known.unwrap_or_else(|| Snapshot::new(inventory));
            (Arc::clone(&usage), reading.with_usage(usage, now))
        });
        let (usage, indexed) = indexed.await?;
        if is_present {
            let _before = self.with_last_read(|known| known.usage.replace(usage));
        }
        Ok(indexed)
    }

    fn with_last_read<T>(&self, look: impl FnOnce(&mut LastRead) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Sorting a million rows would hold up whatever shares the thread.
pub(super) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|ended| match ended.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Failure::Cancelled,
    })
}
