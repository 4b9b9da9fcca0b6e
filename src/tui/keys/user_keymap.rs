//! Connects the settings, which read `keys.toml`, with the table of actions.

use crate::settings::{BindableActions, KeyConflict, KeyOverride};
use crate::tui::keys::action::{ACTIONS, Action};
use crate::tui::keys::keymap::{BindingConflict, Keymap, parse_key};

/// What the settings need to check `keys.toml`.
pub fn actions() -> BindableActions {
    BindableActions { names: ACTIONS.iter().map(|spec| spec.id).collect(), parse: parse_key, find_conflicts }
}

/// The keymap with the user's keys. Falls back to the default keys on a conflict, which the settings refuse
/// earlier.
pub fn keymap(user_keys: &[KeyOverride]) -> Keymap {
    build_keymap(user_keys).unwrap_or_default()
}

fn find_conflicts(user_keys: &[KeyOverride]) -> Vec<KeyConflict> {
    let to_conflict = |conflict: BindingConflict| KeyConflict {
        key: conflict.key,
        first: conflict.first,
        second: conflict.second,
    };
    build_keymap(user_keys).err().unwrap_or_default().into_iter().map(to_conflict).collect()
}

fn build_keymap(user_keys: &[KeyOverride]) -> Result<Keymap, Vec<BindingConflict>> {
    let bindings: Vec<_> = user_keys
        .iter()
        .filter_map(|entry| Some((Action::from_id(entry.action)?, entry.keys.clone())))
        .collect();
    Keymap::new(&bindings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_keys_reach_the_keymap_and_conflicts_reach_the_settings() {
        let user_key = |action, key| [KeyOverride { action, keys: vec![parse_key(key).expect("key")] }];
        assert_eq!(keymap(&user_key("new", "a")).labels(Action::New), ["a"]);
        assert!(actions().names.contains(&"new"));
        let conflicts = (actions().find_conflicts)(&user_key("new", "e"));
        assert!(
            conflicts.iter().any(|conflict| (conflict.first, conflict.second) == ("new", "edit")),
            "{conflicts:?}"
        );
    }
}
