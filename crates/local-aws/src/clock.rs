//! The one source of time for everything in this crate.
//!
//! Invariant: nothing else here asks the system for the time, so a test that sets the clock decides when a bucket
//! refills, a quota period turns and a switched delay has passed.

#![expect(clippy::disallowed_methods, reason = "this is where the system is asked for the time")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A clock that runs with the system, or stands where it was put; clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Mutex<Reading>>);

#[derive(Debug, Clone, Copy)]
enum Reading {
    /// The system's time, so much later or earlier.
    Running(SignedDuration),
    Standing(Timestamp),
}

impl Clock {
    /// A clock that runs with the system.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(Reading::Running(SignedDuration::ZERO))))
    }

    /// A clock that stands at `at` until it is moved.
    pub fn standing(at: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Reading::Standing(at))))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        match *self.reading() {
            Reading::Running(offset) => later(Timestamp::now(), offset),
            Reading::Standing(at) => at,
        }
    }

    /// Stops the clock at `at`.
    pub fn set(&self, at: Timestamp) {
        *self.reading() = Reading::Standing(at);
    }

    /// Moves the clock forward; a running one goes on running from there.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut reading = self.reading();
        *reading = match *reading {
            Reading::Running(offset) => Reading::Running(offset.saturating_add(by)),
            Reading::Standing(at) => Reading::Standing(later(at, by)),
        };
    }

    /// Lets the clock run with the system again.
    pub fn run(&self) {
        *self.reading() = Reading::Running(SignedDuration::ZERO);
    }

    fn reading(&self) -> std::sync::MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let clock = Clock::standing(moment("2026-03-01T12:00:00Z"));
        let seen_by_another = clock.clone();
        assert_eq!(clock.now(), clock.now());

        clock.advance(Duration::from_millis(1500));
        assert_eq!(seen_by_another.now(), moment("2026-03-01T12:00:01.5Z"));

        clock.set(moment("2026-02-01T00:00:00Z"));
        assert_eq!(seen_by_another.now(), moment("2026-02-01T00:00:00Z"));
    }

    #[test]
    fn a_running_clock_keeps_its_lead_and_gives_it_up() {
        let clock = Clock::system();
        clock.advance(Duration::from_secs(86_400));
        assert!(clock.now() > later(Timestamp::now(), SignedDuration::from_hours(23)));

        clock.run();
        assert!(clock.now() < later(Timestamp::now(), SignedDuration::from_hours(1)));
    }

    #[test]
    fn time_ends_where_the_calendar_does() {
        let clock = Clock::standing(Timestamp::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
