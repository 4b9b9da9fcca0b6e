//! Writes that others got in the way of: they are tried again after random pauses that grow, so that many at one pool
//! come by in turn, and given up only where nothing moves any more.

use std::time::Duration;

use super::unit::Worker;
use crate::aws::Failure;

/// How often in a row a race may be lost while nothing changes.
const STANDSTILL: u32 = 10;
/// The first pause is at most so long; each that follows may be twice as long.
const FIRST: Duration = Duration::from_millis(16);
/// Doublings after which a pause grows no more: to a quarter of a second.
const DOUBLINGS: u32 = 4;

/// The races that one write has lost, and what it saw when it lost the last.
pub(super) struct Races<S> {
    lost: u32,
    standstill: u32,
    seen: Option<S>,
}

impl<S: PartialEq> Races<S> {
    pub(super) const fn new() -> Self {
        Self { lost: 0, standstill: 0, seen: None }
    }

    /// Counts a race as lost; whether another makes sense, for what was seen before it is not what it was the last time
    /// or the standstill is short.
    fn lost(&mut self, seen: S) -> bool {
        let moves = self.seen.as_ref().is_some_and(|before| *before != seen);
        self.standstill = if moves { 1 } else { self.standstill + 1 };
        self.seen = Some(seen);
        self.lost += 1;
        self.standstill < STANDSTILL
    }

    fn longest_pause(&self) -> Duration {
        FIRST * 2u32.pow(self.lost.saturating_sub(1).min(DOUBLINGS))
    }
}

impl Worker<'_> {
    /// Waits for the next race; `false` where there should be none.
    pub(super) async fn again<S: PartialEq>(&self, races: &mut Races<S>, seen: S) -> Result<bool, Failure> {
        if !races.lost(seen) {
            return Ok(false);
        }
        let most = u64::try_from(races.longest_pause().as_millis()).unwrap_or(u64::MAX);
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
    fn a_race_is_run_again_as_long_as_something_moves() {
        let mut races = Races::new();
        assert!((0..1_000).all(|n| races.lost(n)));
        assert!((0..9).all(|_| races.lost(1_000)));
        assert!((0..9).all(|_| races.lost(2_000)));
        assert!(!races.lost(2_000), "ten times the same");
    }

    #[test]
    fn pauses_grow_to_a_quarter_of_a_second_and_no_longer() {
        let mut races = Races::new();
        let pauses: Vec<_> = (0..9)
            .map(|_| {
                races.lost(());
                races.longest_pause().as_millis()
            })
            .collect();
        assert_eq!(pauses, [16, 32, 64, 128, 256, 256, 256, 256, 256]);
    }
}
