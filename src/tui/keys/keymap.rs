//! Maps key combinations to actions, and back for help and footer.

use std::collections::HashMap;

use crokey::{KeyCombination, KeyCombinationFormat, OneToThree};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use keypool_domain::text::is_unsafe_in_terminal;

use crate::tui::keys::action::{ACTIONS, Action, Scope};

/// The keys of all actions: the defaults of the table, replaced by the user's keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Keymap {
    by_key: HashMap<(Scope, KeyCombination), Action>,
    by_action: HashMap<Action, Vec<KeyCombination>>,
}

/// Two actions with the same key in overlapping scopes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is bound to both `{first}` and `{second}`, which work in the same place")]
pub struct BindingConflict {
    /// The key as written in `keys.toml`.
    pub key: String,
    pub first: &'static str,
    /// The other action with this key.
    pub second: &'static str,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(&[]).unwrap_or_else(|_| Self { by_key: HashMap::new(), by_action: HashMap::new() })
    }
}

impl Keymap {
    /// Binds the default keys. An action in `user_keys` gets exactly its keys there instead.
    pub fn new(user_keys: &[(Action, Vec<KeyCombination>)]) -> Result<Self, Vec<BindingConflict>> {
        let user_keys: HashMap<Action, Vec<KeyCombination>> = user_keys.iter().cloned().collect();
        let mut map = Self { by_key: HashMap::new(), by_action: HashMap::new() };
        let mut conflicts = Vec::new();
        for spec in ACTIONS {
            let keys = user_keys
                .get(&spec.action)
                .cloned()
                .unwrap_or_else(|| spec.keys.iter().filter_map(|key| parse_key(key)).collect());
            for &key in &keys {
                conflicts.extend(spec.scopes.iter().filter_map(|&scope| map.bind(scope, key, spec.action)));
            }
            map.by_action.insert(spec.action, keys);
        }
        conflicts.dedup();
        if conflicts.is_empty() { Ok(map) } else { Err(conflicts) }
    }

    /// Binds a key in one scope. Returns the conflict with another action, if there is one.
    fn bind(&mut self, scope: Scope, key: KeyCombination, action: Action) -> Option<BindingConflict> {
        let overlapping = Scope::ALL.iter().filter(|other| scope.overlaps(**other));
        let bound = overlapping.filter_map(|&other| self.by_key.get(&(other, key)));
        let conflict = bound.copied().find(|&other| other != action).map(|other| BindingConflict {
            key: key_name(key),
            first: other.spec().id,
            second: action.spec().id,
        });
        self.by_key.insert((scope, key), action);
        conflict
    }

    /// The action bound to this key in the first of these scopes that binds it.
    pub fn lookup(&self, scopes: &[Scope], key: KeyCombination) -> Option<Action> {
        scopes.iter().find_map(|&scope| self.by_key.get(&(scope, key)).copied())
    }

    /// The first key of an action, for display.
    pub fn label(&self, action: Action) -> Option<String> {
        self.by_action.get(&action)?.first().map(|&key| key_name(key))
    }

    /// All keys of an action, for display.
    pub fn labels(&self, action: Action) -> Vec<String> {
        self.by_action
            .get(&action)
            .map_or_else(Vec::new, |keys| keys.iter().map(|&key| key_name(key)).collect())
    }
}

/// Parses a key as written in the table and in `keys.toml`: `n`, `D`, `ctrl-d`, `pagedown`, `ctrl-\`.
pub fn parse_key(text: &str) -> Option<KeyCombination> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if c.is_uppercase() => Some(single_key(KeyCode::Char(c), KeyModifiers::SHIFT)),
        (Some(c), None) => {
            (!is_unsafe_in_terminal(c)).then_some(single_key(KeyCode::Char(c), KeyModifiers::NONE))
        }
        _ => normalize_key(crokey::parse(text).ok()?),
    }
}

/// Returns the key if terminals send it: not two keys at once, no Cmd, no Shift that the character already
/// contains.
fn normalize_key(key: KeyCombination) -> Option<KeyCombination> {
    let OneToThree::One(code) = key.codes else { return None };
    if code == KeyCode::Tab && key.modifiers == KeyModifiers::SHIFT {
        return Some(single_key(KeyCode::BackTab, key.modifiers));
    }
    (key_of_event(KeyEvent::new(code, key.modifiers)) == key).then_some(key)
}

/// The pressed key, as the keymap stores it.
#[expect(clippy::wildcard_enum_match_arm, reason = "crossterm's list of keys; most need no conversion")]
pub(crate) fn key_of_event(event: KeyEvent) -> KeyCombination {
    let mut modifiers = event.modifiers & (KeyModifiers::SHIFT | KeyModifiers::CONTROL | KeyModifiers::ALT);
    let code = match event.code {
        // Terminals send Ctrl-\ and its neighbours as one byte, which crossterm reads as Ctrl-4 and so on.
        KeyCode::Char('4') if modifiers == KeyModifiers::CONTROL => KeyCode::Char('\\'),
        KeyCode::Char('5') if modifiers == KeyModifiers::CONTROL => KeyCode::Char(']'),
        KeyCode::Char('7') if modifiers == KeyModifiers::CONTROL => KeyCode::Char('_'),
        KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => {
            KeyCode::Char(c.to_ascii_lowercase())
        }
        KeyCode::Char(c) if c.is_uppercase() => {
            modifiers.insert(KeyModifiers::SHIFT);
            KeyCode::Char(c)
        }
        // Other characters already contain the effect of Shift.
        KeyCode::Char(c) if !c.is_alphabetic() => {
            modifiers.remove(KeyModifiers::SHIFT);
            KeyCode::Char(c)
        }
        KeyCode::BackTab => {
            modifiers.insert(KeyModifiers::SHIFT);
            KeyCode::BackTab
        }
        code => code,
    };
    single_key(code, modifiers)
}

fn single_key(code: KeyCode, modifiers: KeyModifiers) -> KeyCombination {
    KeyCombination { codes: OneToThree::One(code), modifiers }
}

/// The name of a key for display.
pub(crate) fn key_name(key: KeyCombination) -> String {
    match (key.codes, key.modifiers) {
        (OneToThree::One(KeyCode::Up), KeyModifiers::NONE) => "↑".to_owned(),
        (OneToThree::One(KeyCode::Down), KeyModifiers::NONE) => "↓".to_owned(),
        (OneToThree::One(KeyCode::Left), KeyModifiers::NONE) => "←".to_owned(),
        (OneToThree::One(KeyCode::Right), KeyModifiers::NONE) => "→".to_owned(),
        (OneToThree::One(KeyCode::PageUp), KeyModifiers::NONE) => "PgUp".to_owned(),
        (OneToThree::One(KeyCode::PageDown), KeyModifiers::NONE) => "PgDn".to_owned(),
        (OneToThree::One(KeyCode::BackTab), _) => "Shift-Tab".to_owned(),
        _ => KeyCombinationFormat::default().with_implicit_shift().to_string(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_keys_parse_and_do_not_conflict() {
        assert!(Keymap::new(&[]).is_ok(), "{:?}", Keymap::new(&[]));
        for spec in ACTIONS {
            assert!(spec.keys.iter().all(|key| parse_key(key).is_some()), "{}", spec.id);
        }
    }

    #[test]
    fn default_keys_match_what_terminals_send() {
        for (written, code, modifiers) in [
            ("D", KeyCode::Char('D'), KeyModifiers::SHIFT),
            ("?", KeyCode::Char('?'), KeyModifiers::SHIFT),
            ("backtab", KeyCode::BackTab, KeyModifiers::SHIFT),
            ("ctrl-\\", KeyCode::Char('4'), KeyModifiers::CONTROL),
            ("ctrl-space", KeyCode::Char(' '), KeyModifiers::CONTROL),
            ("ctrl-d", KeyCode::Char('d'), KeyModifiers::CONTROL),
            ("pagedown", KeyCode::PageDown, KeyModifiers::NONE),
        ] {
            assert_eq!(Some(key_of_event(KeyEvent::new(code, modifiers))), parse_key(written), "{written}");
        }
    }

    #[test]
    fn keys_that_no_terminal_sends_do_not_parse() {
        for key in ["a-b", "cmd-x", "shift-1", "ctrl-4", "ctrl-shift-d", "\u{1b}", "\u{202e}"] {
            assert_eq!(parse_key(key), None, "{key:?}");
        }
        assert_eq!(parse_key("shift-tab"), parse_key("backtab"));
        assert!(["shift-left", "alt-shift-d", "ctrl-alt-f5", "-"].iter().all(|key| parse_key(key).is_some()));
    }

    #[test]
    fn user_keys_replace_the_defaults_and_conflicts_are_reported() {
        let key = |text| parse_key(text).expect("key");
        let map = Keymap::new(&[(Action::New, vec![key("a"), key("ctrl-n")])]).expect("no conflict");
        assert_eq!(map.lookup(&[Scope::Plans, Scope::Home], key("n")), None);
        assert_eq!(map.lookup(&[Scope::Keys, Scope::Home], key("ctrl-n")), Some(Action::New));
        assert_eq!(map.labels(Action::New), ["a", "Ctrl-n"]);
        let conflicts = Keymap::new(&[(Action::New, vec![key("e")])]).expect_err("conflict");
        assert_eq!(
            conflicts[0].to_string(),
            "e is bound to both `new` and `edit`, which work in the same place"
        );
    }
}
