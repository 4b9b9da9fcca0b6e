//! Tells an answer that somebody meant from keys that were typed ahead or pasted.
//!
//! A dialog that writes takes no key that was read before it was on the screen, and writes only for a key that comes
//! on its own: [`QUIET`] after the key before it and after the dialog appeared. A terminal without bracketed paste
//! delivers pasted text as keys, one close after the other.

use std::time::Duration;

use crokey::KeyCombination;

use super::keymap;

/// Time without a key before a key that writes.
pub(crate) const QUIET: Duration = Duration::from_millis(150);

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
pub(crate) struct Pacing {
    key: Option<Moment>,
    key_before: Option<Moment>,
    shown_since: Option<Moment>,
    /// The last key, where it was ignored because it came too early.
    ignored: Option<KeyCombination>,
    /// Keys that were ignored one after the other.
    ignored_keys: u32,
}

impl Pacing {
    /// A key, or pasted text, was read.
    pub(crate) const fn take_key(&mut self, at: Moment) {
        if self.ignored.is_none() {
            self.ignored_keys = 0;
        }
        self.key_before = self.key;
        self.key = Some(at);
        self.ignored = None;
    }

    /// The last key came too early and does nothing.
    pub(crate) const fn ignore_key(&mut self, key: KeyCombination) {
        self.ignored = Some(key);
        self.ignored_keys = self.ignored_keys.saturating_add(1);
    }

    /// Says that the last key was ignored, if it was, and how many with it.
    pub(crate) fn hint(&self) -> Option<String> {
        let key = keymap::key_name(self.ignored?);
        Some(match self.ignored_keys {
            1 => format!("typed too soon: press {key} again"),
            keys => format!("{keys} keys typed too soon: press {key} again"),
        })
    }

    /// Another overlay than the one on the screen is open, or none.
    pub(crate) const fn replace_overlay(&mut self) {
        self.shown_since = None;
    }

    /// The open overlay is on the screen.
    pub(crate) fn show_overlay(&mut self, at: Moment) {
        self.shown_since.get_or_insert(at);
    }

    /// Whether the last key was read when the open overlay was on the screen.
    pub(crate) fn has_seen_overlay(&self) -> bool {
        self.key.zip(self.shown_since).is_some_and(|(key, shown)| shown <= key)
    }

    /// Whether the last key came on its own.
    pub(crate) fn is_quiet(&self) -> bool {
        let quiet_since = |earlier: Moment| self.key.is_none_or(|key| key.since(earlier) >= QUIET);
        self.key_before.is_none_or(quiet_since) && self.shown_since.is_none_or(quiet_since)
    }

    /// Whether the last key may write from the open overlay.
    pub(crate) fn is_meant(&self) -> bool {
        self.has_seen_overlay() && self.is_quiet()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::new(Duration::from_millis(milliseconds))
    }

    fn pacing(key_before: u64, shown: Option<u64>, key: u64) -> Pacing {
        let mut pacing = Pacing::default();
        pacing.take_key(at(key_before));
        if let Some(shown) = shown {
            pacing.show_overlay(at(shown));
        }
        pacing.take_key(at(key));
        pacing
    }

    #[test]
    fn a_key_is_meant_150_ms_after_the_key_before_it_and_after_the_dialog_appeared() {
        assert!(pacing(1_000, Some(1_010), 1_160).is_meant());
        assert!(!pacing(1_000, Some(1_010), 1_159).is_meant());
        assert!(!pacing(1_100, Some(1_000), 1_249).is_meant());
        assert!(pacing(1_100, Some(1_000), 1_250).is_meant());
    }

    #[test]
    fn a_key_read_before_the_dialog_appeared_is_not_meant_however_long_it_waited() {
        let read_before = pacing(0, Some(5_000), 4_999);
        assert!(!read_before.has_seen_overlay() && !read_before.is_meant());
        assert!(!pacing(0, None, 9_000).is_meant(), "it is not on the screen yet");
    }

    #[test]
    fn another_dialog_counts_from_its_own_appearance() {
        let mut pacing = pacing(0, Some(10), 1_000);
        pacing.replace_overlay();
        assert!(!pacing.is_meant());
        pacing.show_overlay(at(1_500));
        pacing.show_overlay(at(1_600));
        pacing.take_key(at(1_650));
        assert!(pacing.is_meant(), "the first picture counts, not the last");
    }

    #[test]
    fn without_a_key_before_it_a_key_is_quiet() {
        let mut pacing = Pacing::default();
        pacing.take_key(at(1));
        assert!(pacing.is_quiet());
    }
}
