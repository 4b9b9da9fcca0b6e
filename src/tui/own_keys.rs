//! Between the settings, which read `keys.toml`, and the table of actions, which they do not know.

use super::action::{Action, TABLE};
use super::keymap::{Keymap, parse_key};
use crate::settings::{Actions, Clash, OwnKeys};

/// What the settings need to know of the table.
pub fn actions() -> Actions {
    Actions { names: TABLE.iter().map(|row| row.id).collect(), parse: parse_key, clashes }
}

/// The keymap with the user's own keys; where they clash, which the settings refuse, it is the table's.
pub fn keymap(own: &[OwnKeys]) -> Keymap {
    build(own).unwrap_or_default()
}

fn clashes(own: &[OwnKeys]) -> Vec<Clash> {
    let clash = |clash: super::Clash| Clash { key: clash.key, first: clash.first, second: clash.second };
    build(own).err().unwrap_or_default().into_iter().map(clash).collect()
}

fn build(own: &[OwnKeys]) -> Result<Keymap, Vec<super::Clash>> {
    let own: Vec<_> =
        own.iter().filter_map(|own| Some((Action::from_id(own.action)?, own.keys.clone()))).collect();
    Keymap::new(&own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_keys_reach_the_keymap_and_clashes_reach_the_settings() {
        let own = |action, key| [OwnKeys { action, keys: vec![parse_key(key).expect("key")] }];
        assert_eq!(keymap(&own("new", "a")).labels(Action::New), ["a"]);
        assert!(actions().names.contains(&"new"));
        let clashes = (actions().clashes)(&own("new", "e"));
        assert!(clashes.iter().any(|clash| (clash.first, clash.second) == ("new", "edit")), "{clashes:?}");
    }
}
