//! Tests of the table of actions.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_table_is_in_the_order_of_the_enum_and_ids_are_unique() {
    let mut ids = BTreeSet::new();
    for spec in ACTIONS {
        assert_eq!(spec.action.spec(), spec);
        assert_eq!(Action::from_id(spec.id), Some(spec.action));
        assert!(ids.insert(spec.id), "`{}` occurs twice", spec.id);
        assert!(!spec.title.is_empty() && !spec.scopes.is_empty(), "{}", spec.id);
    }
}

#[test]
fn the_palette_lists_screen_actions_but_no_dialog_actions() {
    let is_listed = |id| Action::from_id(id).is_some_and(Action::is_in_palette);
    for id in ["do-step", "methods", "require-key", "throttle-method", "deploy", "choose-stage", "delete"] {
        assert!(is_listed(id), "{id}");
    }
    for id in ["accept", "dismiss", "yes", "no", "next-field", "keep-filter"] {
        assert!(!is_listed(id), "{id}");
    }
}

#[test]
fn no_default_ctrl_key_runs_an_action_that_writes() {
    for spec in ACTIONS.iter().filter(|spec| spec.action.writes()) {
        assert!(spec.keys.iter().all(|key| !key.starts_with("ctrl-")), "{}", spec.id);
    }
}
