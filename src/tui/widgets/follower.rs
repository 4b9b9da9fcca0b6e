//! What is drawn beside a list and follows its cursor. While a key is held down or the wheel turns, it waits, so that a
//! step only changes the list.

use jiff::{SignedDuration, Timestamp};

/// How long after the last step it follows.
const FOLLOW_DELAY: SignedDuration = SignedDuration::from_millis(100);

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Follower<T> {
    /// What is shown instead of the selection, and until when.
    held: Option<(T, Timestamp)>,
}

impl<T> Default for Follower<T> {
    fn default() -> Self {
        Self { held: None }
    }
}

impl<T> Follower<T> {
    /// Called before a step of the cursor; `selection` is what is shown if nothing is held back yet.
    pub(crate) fn hold_if(&mut self, is_repeated: bool, now: Timestamp, selection: impl FnOnce() -> T) {
        self.held = is_repeated.then(|| {
            let shown = self.held.take().map_or_else(selection, |(shown, _)| shown);
            (shown, now + FOLLOW_DELAY)
        });
    }

    /// What is shown instead of the selection.
    pub(crate) fn held(&self) -> Option<&T> {
        self.held.as_ref().map(|(shown, _)| shown)
    }

    /// Shows the selection.
    pub(crate) fn release(&mut self) {
        self.held = None;
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.held.take_if(|(_, until)| *until <= now);
    }

    pub(crate) fn wakes_at(&self) -> Option<Timestamp> {
        self.held.as_ref().map(|(_, until)| *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_waits_until_100_ms_after_the_last_repeated_step() {
        let at = |milliseconds| Timestamp::from_millisecond(milliseconds).expect("a time");
        let mut follower = Follower::default();
        follower.hold_if(false, at(0), || 1);
        assert_eq!((follower.held(), follower.wakes_at()), (None, None));
        follower.hold_if(true, at(10), || 1);
        follower.hold_if(true, at(60), || 2);
        assert_eq!((follower.held(), follower.wakes_at()), (Some(&1), Some(at(160))));
        follower.tick(at(159));
        assert_eq!(follower.held(), Some(&1));
        follower.tick(at(160));
        assert_eq!(follower.held(), None);
        follower.hold_if(true, at(200), || 3);
        follower.release();
        assert_eq!(follower.held(), None);
    }
}
