//! Scripted faults: calls that are answered late, with an error, or not at all.
//!
//! Invariant: a fault strikes only the calls it names, as often as it says, and either wholly before the call has had
//! its effect or wholly after it. The scripts are also JSON, so that a test of another program can give them.

mod answer;
mod script;

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::Response;
use tokio::sync::watch;

pub(crate) use answer::NeverSent;
pub(crate) use script::INVOKE;
pub use script::{Answer, Fault, Service, When};

/// The faults in force; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Scripted>);

#[derive(Debug, Default)]
struct Scripted {
    armed: Mutex<Vec<Armed>>,
    /// Calls that stand where their fault strikes, or have stood there, since the last [`Faults::clear`].
    met: watch::Sender<u32>,
}

/// A fault with what is left of its counts.
#[derive(Debug)]
struct Armed {
    fault: Fault,
    passes: u32,
    strikes: Option<u32>,
    struck: u32,
}

/// What a fault is matched against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) service: Service,
    /// The operation's name in its API, or `Invoke` for the protected API.
    pub(crate) operation: &'a str,
    /// The HTTP method.
    pub(crate) method: &'a str,
    /// The HTTP path below the service's root; for DynamoDB the name of the table.
    pub(crate) path: &'a str,
    /// The operation as IAM calls it; API Gateway's calls have the HTTP method's name there.
    pub(crate) action: &'a str,
}

impl Faults {
    /// Puts a fault in force, behind those that are already.
    ///
    /// # Panics
    /// Where nothing here has the operation that it names: such a fault would never strike.
    pub fn script(&self, fault: Fault) {
        if let Err(why) = fault.check() {
            panic!("{why}");
        }
        let armed = Armed { passes: fault.skip, strikes: fault.times, struck: 0, fault };
        self.armed().push(armed);
    }

    /// Takes all faults out of force.
    pub fn clear(&self) {
        self.armed().clear();
        self.0.met.send_replace(0);
    }

    /// The faults that can still strike, oldest first.
    pub fn in_force(&self) -> Vec<Fault> {
        let armed = self.armed();
        armed.iter().filter(|armed| !armed.is_spent()).map(|armed| armed.fault.clone()).collect()
    }

    /// How many calls have been struck since the last [`Self::clear`].
    pub fn struck(&self) -> u32 {
        self.armed().iter().map(|armed| armed.struck).sum()
    }

    /// Waits until a call has met its fault since the last [`Self::clear`]: one that strikes after the effect is met when
    /// the effect is there.
    pub async fn met(&self) {
        // The sender lives as long as this does.
        let _ = self.0.met.subscribe().wait_for(|calls| *calls > 0).await;
    }

    /// Answers a call with its own effect, or as the first fault says that it meets.
    pub(crate) async fn around(&self, call: Call<'_>, effect: impl Future<Output = Response>) -> Response {
        let Some(fault) = self.strike(call) else { return effect.await };
        let (early, late) = match fault.when {
            When::After => (Some(effect.await), None),
            When::Before => (None, Some(effect)),
        };
        self.0.met.send_modify(|calls| *calls += 1);
        if fault.latency_ms > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(fault.latency_ms)).await;
        }
        if let Some(response) = fault.answer.respond(call).await {
            return response;
        }
        match (early, late) {
            (Some(response), _) => response,
            (None, Some(effect)) => effect.await,
            (None, None) => unreachable!("a call is answered early or late"),
        }
    }

    fn strike(&self, call: Call<'_>) -> Option<Fault> {
        self.armed().iter_mut().find_map(|armed| armed.meets(call).then(|| armed.fault.clone()))
    }

    fn armed(&self) -> MutexGuard<'_, Vec<Armed>> {
        self.0.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    fn is_spent(&self) -> bool {
        self.strikes == Some(0)
    }

    /// Whether the call is struck; counts it either way.
    fn meets(&mut self, call: Call<'_>) -> bool {
        if self.is_spent() || !self.fault.names(call) {
            return false;
        }
        if self.passes > 0 {
            self.passes -= 1;
            return false;
        }
        self.strikes = self.strikes.map(|left| left - 1);
        self.struck += 1;
        true
    }
}

#[cfg(test)]
mod tests;
