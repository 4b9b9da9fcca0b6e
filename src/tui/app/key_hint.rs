//! When a pressed key does nothing here, says where it works.

use crokey::KeyCombination;

use crate::tui::keys::action::{Action, Scope};
use crate::tui::keys::keymap::{self, Keymap};

/// What the key does elsewhere, if it does anything.
pub(super) fn describe_key_elsewhere(keymap: &Keymap, key: KeyCombination) -> Option<String> {
    let mut found = find_actions(keymap, key, true);
    if found.is_empty() {
        found = find_actions(keymap, key, false);
    }
    let texts: Vec<_> = found
        .iter()
        .map(|(action, places)| format!("{}: {}", join_places(places), action.spec().title))
        .collect();
    let key = keymap::key_name(key);
    (!texts.is_empty()).then(|| format!("{key} does nothing here · {}", texts.join(" · ")))
}

/// The actions bound to this key on the home screen or on the other screens, each once, with the places where
/// it works.
fn find_actions(keymap: &Keymap, key: KeyCombination, on_home: bool) -> Vec<(Action, Vec<&'static str>)> {
    let mut found: Vec<(Action, Vec<&str>)> = Vec::new();
    for &scope in Scope::ALL.iter().filter(|scope| scope.works_only_on_home() == on_home) {
        let Some(place) = scope.place() else { continue };
        let Some(action) = keymap.lookup(&[scope], key) else { continue };
        match found.iter_mut().find(|(other, _)| *other == action) {
            Some((_, places)) => places.push(place),
            None => found.push((action, vec![place])),
        }
    }
    found
}

/// Joins e.g. "in pane 2" and "in pane 3" into "in panes 2 and 3".
fn join_places(places: &[&str]) -> String {
    let numbers: Option<Vec<_>> = places.iter().map(|place| place.strip_prefix("in pane ")).collect();
    match numbers {
        Some(numbers) if numbers.len() > 1 => format!("in panes {}", join_words(&numbers)),
        _ => join_words(places),
    }
}

fn join_words(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => words.concat(),
    }
}
