//! A token bucket with two lines of waiting calls.
//!
//! A call takes a token when there is one for every call before it, or when the bucket is full. So the calls go in
//! order, and yet none depends on another one being polled.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Priority;
use super::rate::{PublishedLimit, Rate};

/// The share of the burst that refreshes leave for interactive calls.
const REFRESH_RESERVE: f64 = 0.25;

/// After this many interactive calls, the first waiting refresh goes before the next one.
const INTERACTIVE_CALLS_PER_REFRESH: usize = 4;

/// Waiting calls look again at least this often, because the rate may have been raised.
const MAX_SLEEP: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Limit {
    /// The operation with this limit; `None` for that of all operations together.
    operation: Option<&'static str>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rate: Rate,
    tokens: f64,
    refilled_at: Instant,
    /// The end of the time that AWS asked to wait.
    paused_until: Option<Instant>,
    interactive: BTreeSet<u64>,
    refreshes: BTreeSet<u64>,
    last_ticket: u64,
    /// Interactive calls that went before the first waiting refresh.
    passed_over: usize,
}

/// A limit that makes calls wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Queue {
    pub(super) operation: Option<&'static str>,
    pub(super) calls_per_second: f64,
    pub(super) waiting: usize,
    /// Until the last of them may start.
    pub(super) wait: Duration,
}

/// A place in line, until it is dropped.
struct Place<'a> {
    limit: &'a Limit,
    priority: Priority,
    ticket: u64,
}

impl Limit {
    pub(super) fn new(operation: Option<&'static str>, published: PublishedLimit, is_enforced: bool) -> Self {
        Self { operation, state: Mutex::new(State::new(published, is_enforced, Instant::now())) }
    }

    /// Waits for a token and takes it.
    pub(super) async fn take(&self, priority: Priority) {
        if self.lock().rate.per_second(Instant::now()).is_none() {
            return;
        }
        let place = self.line_up(priority);
        loop {
            let result = self.lock().try_take(place.priority, place.ticket, Instant::now());
            match result {
                Ok(()) => return,
                Err(wait) => sleep(wait.min(MAX_SLEEP)).await,
            }
        }
    }

    /// Learns that AWS refused a call that started at this time, and how long it asked to wait.
    pub(super) fn note_refusal(&self, started_at: Instant, retry_after: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.lock();
        if state.note_refusal(started_at, retry_after, now) {
            let operation = self.operation.unwrap_or("all operations");
            tracing::info!(operation, rate = state.rate.per_second(now), "AWS refused a call: rate lowered");
        }
    }

    /// The calls that wait, including those that are `expected`; `None` if none has to wait.
    pub(super) fn queue(&self, expected: usize) -> Option<Queue> {
        let now = Instant::now();
        let mut state = self.lock();
        let calls_per_second = state.rate.per_second(now)?;
        let (waiting, wait) = state.wait_of_all(expected, calls_per_second, now);
        let queue = Queue { operation: self.operation, calls_per_second, waiting, wait };
        (waiting > 0 && !wait.is_zero()).then_some(queue)
    }

    fn line_up(&self, priority: Priority) -> Place<'_> {
        Place { limit: self, priority, ticket: self.lock().line_up(priority) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.limit.lock().leave(self.priority, self.ticket);
    }
}

impl State {
    const fn new(published: PublishedLimit, is_enforced: bool, now: Instant) -> Self {
        Self {
            rate: Rate::new(published, is_enforced),
            tokens: published.burst,
            refilled_at: now,
            paused_until: None,
            interactive: BTreeSet::new(),
            refreshes: BTreeSet::new(),
            last_ticket: 0,
            passed_over: 0,
        }
    }

    /// Puts a call at the end of its line, and returns its ticket.
    fn line_up(&mut self, priority: Priority) -> u64 {
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        self.line_mut(priority).insert(ticket);
        ticket
    }

    fn leave(&mut self, priority: Priority, ticket: u64) {
        self.line_mut(priority).remove(&ticket);
    }

    /// Returns whether the rate was lowered.
    fn note_refusal(&mut self, started_at: Instant, retry_after: Option<Duration>, now: Instant) -> bool {
        self.refill(now);
        if let Some(wait) = retry_after {
            self.paused_until = self.paused_until.max(Some(now + wait));
        }
        let is_lowered = self.rate.lower(started_at, now);
        if is_lowered {
            // Other programs have used the tokens up.
            self.tokens = 0.0;
        }
        is_lowered
    }

    /// The number of waiting and expected calls, and the time until the last of them may start.
    fn wait_of_all(&mut self, expected: usize, calls_per_second: f64, now: Instant) -> (usize, Duration) {
        self.refill(now);
        let waiting = self.interactive.len() + self.refreshes.len() + expected;
        let missing = (as_f64(waiting) - self.tokens).max(0.0);
        (waiting, Duration::from_secs_f64(missing / calls_per_second).max(self.pause(now)))
    }

    /// Takes a token for the call with this ticket, or returns how long it has to wait.
    fn try_take(&mut self, priority: Priority, ticket: u64, now: Instant) -> Result<(), Duration> {
        let Some(rate) = self.rate.per_second(now) else { return Ok(()) };
        self.refill(now);
        let burst = self.rate.burst(now);
        let is_due = self.passed_over >= INTERACTIVE_CALLS_PER_REFRESH;
        let reserve = match priority {
            Priority::Refresh if !is_due => burst * REFRESH_RESERVE,
            Priority::Refresh | Priority::Interactive => 0.0,
        };
        let needed = (as_f64(self.calls_before(priority, ticket)) + 1.0 + reserve).min(burst);
        let missing = needed - self.tokens;
        // Rounding errors of nanoseconds must not cost another wait.
        let refill = if missing <= 1e-6 { Duration::ZERO } else { Duration::from_secs_f64(missing / rate) };
        let wait = refill.max(self.pause(now));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.tokens -= 1.0;
        self.passed_over = match priority {
            Priority::Interactive if !self.refreshes.is_empty() => self.passed_over + 1,
            Priority::Interactive | Priority::Refresh => 0,
        };
        Ok(())
    }

    /// How many of the waiting calls go before the one with this ticket.
    fn calls_before(&self, priority: Priority, ticket: u64) -> usize {
        let in_line = |line: &BTreeSet<u64>| line.range(..ticket).count();
        match priority {
            Priority::Interactive => {
                let before = in_line(&self.interactive);
                let refreshes = (before + self.passed_over) / INTERACTIVE_CALLS_PER_REFRESH;
                before + refreshes.min(self.refreshes.len())
            }
            Priority::Refresh => {
                let before = in_line(&self.refreshes);
                let interactive = (before + 1) * INTERACTIVE_CALLS_PER_REFRESH;
                before + interactive.saturating_sub(self.passed_over).min(self.interactive.len())
            }
        }
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.refilled_at).as_secs_f64();
        // The rate only rises in between: no call starts too early.
        let refilled = self.rate.per_second(self.refilled_at).map_or(0.0, |rate| elapsed * rate);
        self.tokens = (self.tokens + refilled).min(self.rate.burst(now));
        self.refilled_at = now;
    }

    fn pause(&self, now: Instant) -> Duration {
        self.paused_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    const fn line_mut(&mut self, priority: Priority) -> &mut BTreeSet<u64> {
        match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Refresh => &mut self.refreshes,
        }
    }
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests;
