//! The only source of time in this crate.
//!
//! Invariant: nothing else reads the system's clock, so a test that sets this clock decides when a bucket refills, a
//! quota period ends and a propagation delay has passed.

#![expect(clippy::disallowed_methods, reason = "this is where the system's clock is read")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A clock that follows the system's clock, or is stopped at a fixed time. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Mutex<Mode>>);

#[derive(Debug, Clone, Copy)]
enum Mode {
    /// The system's time plus this offset.
    Running(SignedDuration),
    Fixed(Timestamp),
}

impl Clock {
    /// Returns a clock that follows the system's clock.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(Mode::Running(SignedDuration::ZERO))))
    }

    /// Returns a clock that is stopped at `at`.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Mode::Fixed(at))))
    }

    /// Returns the current time of this clock.
    pub fn now(&self) -> Timestamp {
        match *self.mode() {
            Mode::Running(offset) => saturating_add(Timestamp::now(), offset),
            Mode::Fixed(at) => at,
        }
    }

    /// Stops the clock at `at`.
    pub fn set(&self, at: Timestamp) {
        *self.mode() = Mode::Fixed(at);
    }

    /// Moves the clock forward. A running clock keeps running with this offset.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut mode = self.mode();
        *mode = match *mode {
            Mode::Running(offset) => Mode::Running(offset.saturating_add(by)),
            Mode::Fixed(at) => Mode::Fixed(saturating_add(at, by)),
        };
    }

    /// Makes the clock follow the system's clock again, without an offset.
    pub fn follow_system(&self) {
        *self.mode() = Mode::Running(SignedDuration::ZERO);
    }

    fn mode(&self) -> std::sync::MutexGuard<'_, Mode> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

fn saturating_add(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_fixed_clock_moves_only_when_set_or_advanced() {
        let clock = Clock::fixed(moment("2026-03-01T12:00:00Z"));
        let other_handle = clock.clone();
        assert_eq!(clock.now(), clock.now());

        clock.advance(Duration::from_millis(1500));
        assert_eq!(other_handle.now(), moment("2026-03-01T12:00:01.5Z"));

        clock.set(moment("2026-02-01T00:00:00Z"));
        assert_eq!(other_handle.now(), moment("2026-02-01T00:00:00Z"));
    }

    #[test]
    fn an_advanced_clock_keeps_its_offset_until_it_follows_the_system() {
        let clock = Clock::system();
        clock.advance(Duration::from_secs(86_400));
        assert!(clock.now() > saturating_add(Timestamp::now(), SignedDuration::from_hours(23)));

        clock.follow_system();
        assert!(clock.now() < saturating_add(Timestamp::now(), SignedDuration::from_hours(1)));
    }

    #[test]
    fn advancing_stops_at_the_last_timestamp() {
        let clock = Clock::fixed(Timestamp::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
