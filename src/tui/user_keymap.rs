//! Connects the settings, which read `keys.toml`, with the table of actions.

use super::action::{ACTIONS, Action};
use super::keymap::{Keymap, parse_key};
use crate::settings::{ActionKeys, KeyConflict, KeyOverride};

/// What the settings need to check `keys.toml`.
pub fn actions() -> ActionKeys {
    ActionKeys { names: ACTIONS.iter().map(|spec| spec.id).collect(), parse: parse_key, find_conflicts }
}

/// The keymap with the user's keys. Falls back to the default keys on a conflict, which the settings refuse earlier.
pub fn keymap(own: &[KeyOverride]) -> Keymap {
    build_keymap(own).unwrap_or_default()
}

fn find_conflicts(own: &[KeyOverride]) -> Vec<KeyConflict> {
    let to_conflict = |conflict: super::BindingConflict| KeyConflict {
        key: conflict.key,
        first: conflict.first,
        second: conflict.second,
    };
    build_keymap(own).err().unwrap_or_default().into_iter().map(to_conflict).collect()
}

fn build_keymap(own: &[KeyOverride]) -> Result<Keymap, Vec<super::BindingConflict>> {
    let own: Vec<_> =
        own.iter().filter_map(|own| Some((Action::from_id(own.action)?, own.keys.clone()))).collect();
    Keymap::new(&own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_keys_reach_the_keymap_and_conflicts_reach_the_settings() {
        let own = |action, key| [KeyOverride { action, keys: vec![parse_key(key).expect("key")] }];
        assert_eq!(keymap(&own("new", "a")).labels(Action::New), ["a"]);
        assert!(actions().names.contains(&"new"));
        let conflicts = (actions().find_conflicts)(&own("new", "e"));
        assert!(
            conflicts.iter().any(|conflict| (conflict.first, conflict.second) == ("new", "edit")),
            "{conflicts:?}"
        );
    }
}
