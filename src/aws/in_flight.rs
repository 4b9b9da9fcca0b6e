//! The calls that wait for a response, so that the command line can say so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The calls of one connection that are in flight. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct CallsInFlight(Arc<Mutex<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    next_number: u64,
    started: BTreeMap<u64, Instant>,
}

/// A call that is in flight until this is dropped.
#[derive(Debug)]
pub(super) struct CallGuard {
    calls: CallsInFlight,
    number: u64,
}

impl CallsInFlight {
    pub(super) fn start(&self) -> CallGuard {
        self.start_at(Instant::now())
    }

    /// Returns how long the oldest call has been waiting, if there is one.
    pub(super) fn longest_wait(&self) -> Option<Duration> {
        self.longest_wait_at(Instant::now())
    }

    fn start_at(&self, now: Instant) -> CallGuard {
        let mut calls = self.lock();
        let number = calls.next_number;
        calls.next_number += 1;
        calls.started.insert(number, now);
        CallGuard { calls: self.clone(), number }
    }

    fn longest_wait_at(&self, now: Instant) -> Option<Duration> {
        self.lock().started.values().min().map(|started| now.saturating_duration_since(*started))
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.calls.lock().started.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_call_in_flight_decides_how_long_the_wait_is() {
        let (calls, start) = (CallsInFlight::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(calls.longest_wait_at(start), None);
        let (first, second) = (calls.start_at(start), calls.start_at(after(4)));
        assert_eq!(calls.longest_wait_at(after(7)), Some(Duration::from_secs(7)));
        drop(first);
        assert_eq!(calls.longest_wait_at(after(7)), Some(Duration::from_secs(3)));
        drop(second);
        assert_eq!(calls.longest_wait_at(after(7)), None);
    }
}
