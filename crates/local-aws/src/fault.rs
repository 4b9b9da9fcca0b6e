//! Fault injection: calls that get a late response, an error, or no response.
//!
//! Invariant: a fault hits only the calls it matches, as often as its script says, and either entirely before the
//! effect of the call or entirely after it. Faults can be given as JSON, for tests of other programs.

mod answer;
mod script;

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::Response;
use tokio::sync::watch;

pub(crate) use answer::NeverSent;
pub(crate) use script::INVOKE;
pub use script::{Answer, Fault, Service, When};

/// The scripted faults. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<FaultState>);

#[derive(Debug, Default)]
struct FaultState {
    active: Mutex<Vec<ActiveFault>>,
    /// Calls that have reached the point where their fault hits, since the last [`Faults::clear`].
    hits: watch::Sender<u32>,
    /// How often [`Faults::clear`] was called, which releases the calls that are held.
    clears: watch::Sender<u32>,
}

#[derive(Debug)]
struct ActiveFault {
    fault: Fault,
    remaining_skips: u32,
    remaining_hits: Option<u32>,
    hits: u32,
}

/// The properties of a call that faults match against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallTarget<'a> {
    pub(crate) service: Service,
    /// The operation's name in its API, or `Invoke` for the protected API.
    pub(crate) operation: &'a str,
    pub(crate) method: &'a str,
    /// The HTTP path below the service's root; for DynamoDB, the table's name.
    pub(crate) path: &'a str,
    /// The operation's name in IAM. For API Gateway, errors use the HTTP method instead.
    pub(crate) action: &'a str,
}

impl Faults {
    /// Adds a fault after the existing ones. The first matching fault hits.
    ///
    /// # Panics
    /// If no service has the fault's operation, since it would never hit.
    pub fn script(&self, fault: Fault) {
        if let Err(error) = fault.validate() {
            panic!("{error}");
        }
        let active = ActiveFault { remaining_skips: fault.skip, remaining_hits: fault.times, hits: 0, fault };
        self.lock().push(active);
    }

    /// Removes all faults, and releases the calls that they hold.
    pub fn clear(&self) {
        self.lock().clear();
        self.0.hits.send_replace(0);
        self.0.clears.send_modify(|clears| *clears += 1);
    }

    /// Returns the faults that can still hit, oldest first.
    pub fn active(&self) -> Vec<Fault> {
        let active = self.lock();
        active.iter().filter(|active| !active.is_spent()).map(|active| active.fault.clone()).collect()
    }

    /// Returns the number of calls hit since the last [`Self::clear`].
    pub fn hit_count(&self) -> u32 {
        self.lock().iter().map(|active| active.hits).sum()
    }

    /// Waits until a fault has hit a call since the last [`Self::clear`]. A fault after the effect counts once the effect
    /// is complete.
    pub async fn wait_for_hit(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.0.hits.subscribe().wait_for(|calls| *calls > 0).await;
    }

    /// Returns the response of `effect`, unless a fault hits the call and replaces or delays it.
    pub(crate) async fn apply(
        &self,
        call: CallTarget<'_>,
        effect: impl Future<Output = Response>,
    ) -> Response {
        let mut clears = self.0.clears.subscribe();
        let Some(fault) = self.hit(call) else { return effect.await };
        let (finished, deferred) = match fault.when {
            When::After => (Some(effect.await), None),
            When::Before => (None, Some(effect)),
        };
        self.0.hits.send_modify(|calls| *calls += 1);
        if fault.latency_ms > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(fault.latency_ms)).await;
        }
        if fault.answer == Answer::Hold {
            // The sender lives as long as `self`, so this cannot fail.
            let _ = clears.changed().await;
        }
        if let Some(response) = fault.answer.respond(call).await {
            return response;
        }
        match (finished, deferred) {
            (Some(response), _) => response,
            (None, Some(effect)) => effect.await,
            (None, None) => unreachable!("the effect runs before or after the fault"),
        }
    }

    /// Counts a call for the faults that match it, and returns the one that hits it.
    fn hit(&self, call: CallTarget<'_>) -> Option<Fault> {
        self.lock().iter_mut().find_map(|active| active.try_hit(call).then(|| active.fault.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ActiveFault>> {
        self.0.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ActiveFault {
    fn is_spent(&self) -> bool {
        self.remaining_hits == Some(0)
    }

    /// Counts a matching call, and returns whether the fault hits it.
    fn try_hit(&mut self, call: CallTarget<'_>) -> bool {
        if self.is_spent() || !self.fault.matches_call(call) {
            return false;
        }
        if self.remaining_skips > 0 {
            self.remaining_skips -= 1;
            return false;
        }
        self.remaining_hits = self.remaining_hits.map(|hits| hits - 1);
        self.hits += 1;
        true
    }
}

#[cfg(test)]
mod tests;
