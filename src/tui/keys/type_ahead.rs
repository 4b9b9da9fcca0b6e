//! Prevents keys that were typed ahead or pasted from confirming a dialog that writes.
//!
//! Such a dialog ignores keys read before it was on the screen, and writes only on an isolated key: [`QUIET_TIME`]
//! after the previous key and after the dialog appeared. A terminal without bracketed paste sends pasted text as
//! keys in quick succession.

use std::time::Duration;

use crokey::KeyCombination;

use crate::tui::keys::keymap;

/// The shortest time between a key that writes and the previous key.
pub(crate) const QUIET_TIME: Duration = Duration::from_millis(150);

/// Keys that follow each other faster are repeated by a key that is held down.
pub(crate) const REPEAT_TIME: Duration = Duration::from_millis(100);

/// A monotonic point in time, measured from the console's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(Duration);

impl Moment {
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// When the last two keys were read and when the open dialog was first on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TypeAhead {
    last_key_at: Option<Moment>,
    previous_key_at: Option<Moment>,
    dialog_shown_at: Option<Moment>,
    /// When the last two steps of a cursor may have been: keys, and turns of the wheel.
    last_steps_at: [Option<Moment>; 2],
    /// The last key, if it was ignored because it came too early.
    ignored_key: Option<KeyCombination>,
    /// Keys ignored in a row.
    ignored_count: u32,
}

impl TypeAhead {
    /// Records a key press or a paste.
    pub(crate) const fn record_key(&mut self, at: Moment) {
        if self.ignored_key.is_none() {
            self.ignored_count = 0;
        }
        self.previous_key_at = self.last_key_at;
        self.last_key_at = Some(at);
        self.ignored_key = None;
        self.record_step(at);
    }

    /// Records a turn of the wheel, which never confirms anything.
    pub(crate) const fn record_step(&mut self, at: Moment) {
        self.last_steps_at = [self.last_steps_at[1], Some(at)];
    }

    /// Records that the last key came too early and did nothing.
    pub(crate) const fn ignore_key(&mut self, key: KeyCombination) {
        self.ignored_key = Some(key);
        self.ignored_count = self.ignored_count.saturating_add(1);
    }

    /// What to show after an ignored key.
    pub(crate) fn hint(&self) -> Option<String> {
        let key = keymap::key_name(self.ignored_key?);
        Some(match self.ignored_count {
            1 => format!("typed too soon: press {key} again"),
            keys => format!("{keys} keys typed too soon: press {key} again"),
        })
    }

    /// Forgets when the dialog was shown: another one opened, or none is open.
    pub(crate) const fn reset_dialog(&mut self) {
        self.dialog_shown_at = None;
    }

    /// Records when the open dialog was on the screen. Only the first time counts.
    pub(crate) fn record_dialog(&mut self, at: Moment) {
        self.dialog_shown_at.get_or_insert(at);
    }

    /// Whether the open dialog was on the screen when the last key was read.
    pub(crate) fn is_last_key_after_dialog(&self) -> bool {
        self.last_key_at.zip(self.dialog_shown_at).is_some_and(|(key, shown)| shown <= key)
    }

    /// Whether the last key came at least [`QUIET_TIME`] after the previous key and after the dialog.
    pub(crate) fn is_isolated(&self) -> bool {
        let quiet_since =
            |earlier: Moment| self.last_key_at.is_none_or(|key| key.since(earlier) >= QUIET_TIME);
        self.previous_key_at.is_none_or(quiet_since) && self.dialog_shown_at.is_none_or(quiet_since)
    }

    /// Whether the last key or turn of the wheel came within [`REPEAT_TIME`] of the previous one.
    pub(crate) fn is_repeated(&self) -> bool {
        let [previous, last] = self.last_steps_at;
        last.zip(previous).is_some_and(|(last, previous)| last.since(previous) < REPEAT_TIME)
    }

    /// Whether the last key may write.
    pub(crate) fn is_deliberate(&self) -> bool {
        self.is_last_key_after_dialog() && self.is_isolated()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::new(Duration::from_millis(milliseconds))
    }

    fn keys_and_dialog(previous_key: u64, shown: Option<u64>, key: u64) -> TypeAhead {
        let mut type_ahead = TypeAhead::default();
        type_ahead.record_key(at(previous_key));
        if let Some(shown) = shown {
            type_ahead.record_dialog(at(shown));
        }
        type_ahead.record_key(at(key));
        type_ahead
    }

    #[test]
    fn a_key_is_deliberate_150_ms_after_the_previous_key_and_the_dialog() {
        assert!(keys_and_dialog(1_000, Some(1_010), 1_160).is_deliberate());
        assert!(!keys_and_dialog(1_000, Some(1_010), 1_159).is_deliberate());
        assert!(!keys_and_dialog(1_100, Some(1_000), 1_249).is_deliberate());
        assert!(keys_and_dialog(1_100, Some(1_000), 1_250).is_deliberate());
    }

    #[test]
    fn a_key_typed_before_the_dialog_appeared_is_never_deliberate() {
        let read_early = keys_and_dialog(0, Some(5_000), 4_999);
        assert!(!read_early.is_last_key_after_dialog() && !read_early.is_deliberate());
        assert!(!keys_and_dialog(0, None, 9_000).is_deliberate(), "the dialog is not on the screen yet");
    }

    #[test]
    fn each_dialog_has_its_own_quiet_time() {
        let mut type_ahead = keys_and_dialog(0, Some(10), 1_000);
        type_ahead.reset_dialog();
        assert!(!type_ahead.is_deliberate());
        type_ahead.record_dialog(at(1_500));
        type_ahead.record_dialog(at(1_600));
        type_ahead.record_key(at(1_650));
        assert!(type_ahead.is_deliberate(), "the first frame counts, not the last");
    }

    #[test]
    fn the_first_key_is_isolated() {
        let mut type_ahead = TypeAhead::default();
        type_ahead.record_key(at(1));
        assert!(type_ahead.is_isolated());
    }
}
