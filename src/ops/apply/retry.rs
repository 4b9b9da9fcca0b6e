//! Writes that others got in the way of: they are tried again after random pauses that grow, so that many at one pool
//! come by in turn, and given up only where nothing moves any more.

use std::time::Duration;

use super::unit::UnitExecutor;
use crate::aws::Failure;

/// How often in a row a race may be lost while nothing changes.
const MAX_UNCHANGED_CONFLICTS: u32 = 10;
/// The first pause is at most so long; each that follows may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(16);
/// Doublings after which a pause grows no more: to a quarter of a second.
const MAX_PAUSE_DOUBLINGS: u32 = 4;

/// The races that one write has lost, and what it saw when it lost the last.
pub(super) struct RetryState<S> {
    lost: u32,
    unchanged_conflicts: u32,
    last_seen: Option<S>,
}

impl<S: PartialEq> RetryState<S> {
    pub(super) const fn new() -> Self {
        Self { lost: 0, unchanged_conflicts: 0, last_seen: None }
    }

    /// Counts a race as lost; whether another makes sense, for what was seen before it is not what it was the last time
    /// or the standstill is short.
    fn lost(&mut self, seen: S) -> bool {
        let moves = self.last_seen.as_ref().is_some_and(|before| *before != seen);
        self.unchanged_conflicts = if moves { 1 } else { self.unchanged_conflicts + 1 };
        self.last_seen = Some(seen);
        self.lost += 1;
        self.unchanged_conflicts < MAX_UNCHANGED_CONFLICTS
    }

    fn max_pause(&self) -> Duration {
        FIRST_PAUSE * 2u32.pow(self.lost.saturating_sub(1).min(MAX_PAUSE_DOUBLINGS))
    }
}

impl UnitExecutor<'_> {
    /// Waits for the next race; `false` where there should be none.
    pub(super) async fn wait_to_retry<S: PartialEq>(
        &self,
        races: &mut RetryState<S>,
        seen: S,
    ) -> Result<bool, Failure> {
        if !races.lost(seen) {
            return Ok(false);
        }
        let most = u64::try_from(races.max_pause().as_millis()).unwrap_or(u64::MAX);
        let pause = Duration::from_millis(self.aws.random_number() % most);
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
        let mut races = RetryState::new();
        assert!((0..1_000).all(|n| races.lost(n)));
        assert!((0..9).all(|_| races.lost(1_000)));
        assert!((0..9).all(|_| races.lost(2_000)));
        assert!(!races.lost(2_000), "ten times the same");
    }

    #[test]
    fn pauses_double_up_to_a_quarter_of_a_second() {
        let mut races = RetryState::new();
        let pauses: Vec<_> = (0..9)
            .map(|_| {
                races.lost(());
                races.max_pause().as_millis()
            })
            .collect();
        assert_eq!(pauses, [16, 32, 64, 128, 256, 256, 256, 256, 256]);
    }
}
