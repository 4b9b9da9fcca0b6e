//! When a pressed key does nothing here, says where it would.

use crokey::KeyCombination;

use crate::tui::keys::action::{Action, Scope};
use crate::tui::keys::keymap::{self, Keymap};

/// The scopes of the home screen, the innermost first.
const HOME_SCOPES: &[(Scope, &str)] = &[
    (Scope::Plans, "in pane 1"),
    (Scope::Pool, "in pane 2"),
    (Scope::Keys, "in pane 3"),
    (Scope::Test, "in pane 4"),
    (Scope::Lists, "in panes 1 to 3"),
    (Scope::Home, "on the home screen"),
];
const VIEW_SCOPES: &[(Scope, &str)] = &[
    (Scope::Doctor, "in the doctor"),
    (Scope::Setup, "in the setup view"),
    (Scope::Methods, "in the list of methods"),
    (Scope::Usage, "in the usage view"),
    (Scope::Report, "in the report"),
];

/// What the key does elsewhere, if it does anything.
pub(super) fn describe_key_elsewhere(keymap: &Keymap, key: KeyCombination) -> Option<String> {
    let mut found = find_actions(keymap, HOME_SCOPES, key);
    if found.is_empty() {
        found = find_actions(keymap, VIEW_SCOPES, key);
    }
    let texts: Vec<_> = found
        .iter()
        .map(|(action, places)| format!("{}: {}", join_places(places), action.spec().title))
        .collect();
    let key = keymap::key_name(key);
    (!texts.is_empty()).then(|| format!("{key} does nothing here · {}", texts.join(" · ")))
}

/// The actions bound to this key in these scopes, each once, with the names of the scopes.
fn find_actions(
    keymap: &Keymap,
    places: &[(Scope, &'static str)],
    key: KeyCombination,
) -> Vec<(Action, Vec<&'static str>)> {
    let mut found: Vec<(Action, Vec<&str>)> = Vec::new();
    for &(scope, place) in places {
        let Some(action) = keymap.lookup(&[scope], key) else { continue };
        match found.iter_mut().find(|(other, _)| *other == action) {
            Some((_, places)) => places.push(place),
            None => found.push((action, vec![place])),
        }
    }
    found
}

/// Joins e.g. "in pane 2" and "in pane 3" to "in panes 2 and 3".
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
