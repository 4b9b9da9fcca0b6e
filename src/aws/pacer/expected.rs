//! Calls that are known to follow, so that the time until all are made can be shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A number of calls that did not begin yet, and the sum of all such numbers.
#[derive(Debug, Default)]
pub(crate) struct ExpectedCalls {
    all: Arc<AtomicUsize>,
    own: AtomicUsize,
}

impl ExpectedCalls {
    /// Adds calls to the sum until each begins, or the returned value is dropped.
    pub(super) fn add(&self, count: usize) -> Self {
        self.all.fetch_add(count, Ordering::Relaxed);
        Self { all: Arc::clone(&self.all), own: AtomicUsize::new(count) }
    }

    /// One of the calls begins: from now on it waits itself.
    pub(crate) fn begin_one(&self) {
        let taken = self.own.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |own| own.checked_sub(1));
        if taken.is_ok() {
            self.all.fetch_sub(1, Ordering::Relaxed);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }
}

/// A clone shares the sum and expects no calls itself.
impl Clone for ExpectedCalls {
    fn clone(&self) -> Self {
        self.add(0)
    }
}

impl Drop for ExpectedCalls {
    fn drop(&mut self) {
        self.all.fetch_sub(self.own.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}
