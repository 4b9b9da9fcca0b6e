//! Retries for conflicting writes: random, growing pauses spread concurrent writers of a pool. Retries
//! end only when the state stops changing.

use std::time::Duration;

use super::unit::UnitExecutor;
use crate::aws::Failure;

/// Number of consecutive conflicts with the same state after which a write is given up.
const MAX_UNCHANGED_CONFLICTS: u32 = 10;
/// Upper bound of the first random pause; the bound doubles with each conflict.
const FIRST_PAUSE: Duration = Duration::from_millis(16);
/// Caps the pause at a quarter of a second.
const MAX_PAUSE_DOUBLINGS: u32 = 4;

/// Conflicts of one write, and the state seen at the last one.
pub(super) struct RetryState<S> {
    conflicts: u32,
    unchanged_conflicts: u32,
    last_seen: Option<S>,
}

impl<S: PartialEq> RetryState<S> {
    pub(super) const fn new() -> Self {
        Self { conflicts: 0, unchanged_conflicts: 0, last_seen: None }
    }

    /// Counts a conflict and returns whether to retry: the state changed since the last conflict, or has
    /// been unchanged only briefly.
    fn record_conflict(&mut self, seen: S) -> bool {
        let has_changed = self.last_seen.as_ref().is_some_and(|before| *before != seen);
        self.unchanged_conflicts = if has_changed { 1 } else { self.unchanged_conflicts + 1 };
        self.last_seen = Some(seen);
        self.conflicts += 1;
        self.unchanged_conflicts < MAX_UNCHANGED_CONFLICTS
    }

    fn max_pause(&self) -> Duration {
        FIRST_PAUSE * 2u32.pow(self.conflicts.saturating_sub(1).min(MAX_PAUSE_DOUBLINGS))
    }
}

impl UnitExecutor<'_> {
    /// Waits before the next attempt. Returns `false` when the write should be given up.
    pub(super) async fn wait_to_retry<S: PartialEq>(
        &self,
        retries: &mut RetryState<S>,
        seen: S,
    ) -> Result<bool, Failure> {
        if !retries.record_conflict(seen) {
            return Ok(false);
        }
        let max_millis = u64::try_from(retries.max_pause().as_millis()).unwrap_or(u64::MAX);
        let pause = Duration::from_millis(self.aws.random_number() % max_millis);
        tokio::select! {
            () = self.run.cancel.cancelled() => Err(Failure::Cancelled),
            () = tokio::time::sleep(pause) => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_go_on_while_the_state_changes() {
        let mut retries = RetryState::new();
        assert!((0..1_000).all(|n| retries.record_conflict(n)));
        assert!((0..9).all(|_| retries.record_conflict(1_000)));
        assert!((0..9).all(|_| retries.record_conflict(2_000)));
        assert!(!retries.record_conflict(2_000), "ten conflicts with the same state");
    }

    #[test]
    fn pauses_double_up_to_a_quarter_of_a_second() {
        let mut retries = RetryState::new();
        let pauses: Vec<_> = (0..9)
            .map(|_| {
                retries.record_conflict(());
                retries.max_pause().as_millis()
            })
            .collect();
        assert_eq!(pauses, [16, 32, 64, 128, 256, 256, 256, 256, 256]);
    }
}
