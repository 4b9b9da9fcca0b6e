//! Tells an answer that somebody meant from keys that were typed ahead or pasted.
//!
//! A dialog that writes takes no key that was read before it was on the screen, and writes only for a key that comes
//! on its own: [`QUIET_TIME`] after the key before it and after the dialog appeared. A terminal without bracketed paste
//! delivers pasted text as keys, one close after the other.

use std::time::Duration;

use crokey::KeyCombination;

use super::keymap;

/// Time without a key before a key that writes.
pub(crate) const QUIET_TIME: Duration = Duration::from_millis(150);

/// A point in time of a clock that never goes back, counted from the console's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(Duration);

impl Moment {
    /// The moment this long after the start.
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// When the last two keys were read, and since when the open overlay is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TypeAhead {
    last_key_at: Option<Moment>,
    previous_key_at: Option<Moment>,
    overlay_shown_at: Option<Moment>,
    /// The last key, where it was ignored because it came too early.
    ignored_key: Option<KeyCombination>,
    /// Keys that were ignored one after the other.
    ignored_count: u32,
}

impl TypeAhead {
    /// A key, or pasted text, was read.
    pub(crate) const fn record_key(&mut self, at: Moment) {
        if self.ignored_key.is_none() {
            self.ignored_count = 0;
        }
        self.previous_key_at = self.last_key_at;
        self.last_key_at = Some(at);
        self.ignored_key = None;
    }

    /// The last key came too early and does nothing.
    pub(crate) const fn ignore_key(&mut self, key: KeyCombination) {
        self.ignored_key = Some(key);
        self.ignored_count = self.ignored_count.saturating_add(1);
    }

    /// Says that the last key was ignored, if it was, and how many with it.
    pub(crate) fn hint(&self) -> Option<String> {
        let key = keymap::key_name(self.ignored_key?);
        Some(match self.ignored_count {
            1 => format!("typed too soon: press {key} again"),
            keys => format!("{keys} keys typed too soon: press {key} again"),
        })
    }

    /// Another overlay than the one on the screen is open, or none.
    pub(crate) const fn reset_overlay(&mut self) {
        self.overlay_shown_at = None;
    }

    /// The open overlay is on the screen.
    pub(crate) fn record_overlay(&mut self, at: Moment) {
        self.overlay_shown_at.get_or_insert(at);
    }

    /// Whether the last key was read when the open overlay was on the screen.
    pub(crate) fn has_seen_overlay(&self) -> bool {
        self.last_key_at.zip(self.overlay_shown_at).is_some_and(|(key, shown)| shown <= key)
    }

    /// Whether the last key came on its own.
    pub(crate) fn is_isolated(&self) -> bool {
        let quiet_since =
            |earlier: Moment| self.last_key_at.is_none_or(|key| key.since(earlier) >= QUIET_TIME);
        self.previous_key_at.is_none_or(quiet_since) && self.overlay_shown_at.is_none_or(quiet_since)
    }

    /// Whether the last key may write from the open overlay.
    pub(crate) fn is_deliberate(&self) -> bool {
        self.has_seen_overlay() && self.is_isolated()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::new(Duration::from_millis(milliseconds))
    }

    fn pacing(key_before: u64, shown: Option<u64>, key: u64) -> TypeAhead {
        let mut pacing = TypeAhead::default();
        pacing.record_key(at(key_before));
        if let Some(shown) = shown {
            pacing.record_overlay(at(shown));
        }
        pacing.record_key(at(key));
        pacing
    }

    #[test]
    fn a_key_is_deliberate_150_ms_after_the_previous_key_and_the_dialog() {
        assert!(pacing(1_000, Some(1_010), 1_160).is_deliberate());
        assert!(!pacing(1_000, Some(1_010), 1_159).is_deliberate());
        assert!(!pacing(1_100, Some(1_000), 1_249).is_deliberate());
        assert!(pacing(1_100, Some(1_000), 1_250).is_deliberate());
    }

    #[test]
    fn a_key_typed_before_the_dialog_appeared_is_never_deliberate() {
        let read_before = pacing(0, Some(5_000), 4_999);
        assert!(!read_before.has_seen_overlay() && !read_before.is_deliberate());
        assert!(!pacing(0, None, 9_000).is_deliberate(), "it is not on the screen yet");
    }

    #[test]
    fn each_dialog_has_its_own_quiet_time() {
        let mut pacing = pacing(0, Some(10), 1_000);
        pacing.reset_overlay();
        assert!(!pacing.is_deliberate());
        pacing.record_overlay(at(1_500));
        pacing.record_overlay(at(1_600));
        pacing.record_key(at(1_650));
        assert!(pacing.is_deliberate(), "the first picture counts, not the last");
    }

    #[test]
    fn the_first_key_is_isolated() {
        let mut pacing = TypeAhead::default();
        pacing.record_key(at(1));
        assert!(pacing.is_isolated());
    }
}
