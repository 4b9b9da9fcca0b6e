//! Which actions the palette lists for what is typed, the best first.

use std::cmp::Reverse;

use crate::tui::folding::{Needle, fold};
use crate::tui::keys::action::{ACTIONS, Action, ActionSpec};

/// Names that operators know from other consoles.
pub(super) const ALIASES: &[(&str, Action)] = &[
    ("q", Action::Close),
    ("q!", Action::Quit),
    ("exit", Action::Quit),
    ("h", Action::Help),
    ("pools", Action::PoolPane),
    ("problems", Action::Doctor),
    ("charges", Action::Report),
];
/// Shortest start of a name that counts as the name, of an action that destroys nothing.
const MIN_START_CHARS: usize = 3;

/// How well an action matches; the first is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    Name,
    NameStart,
    PartOfName,
    PartOfTitle,
}

/// `recent` is what was run last, the last first.
pub(super) fn rank(typed: &str, recent: &[Action]) -> Vec<&'static ActionSpec> {
    let needle = Needle::new(typed.trim());
    let listed = ACTIONS.iter().filter(|spec| spec.action.is_in_palette());
    let mut matches: Vec<_> = listed.filter_map(|spec| Some((find(spec, &needle)?, spec))).collect();
    let age = |spec: &ActionSpec| {
        let used = recent.iter().position(|action| *action == spec.action);
        Reverse(used.map(Reverse))
    };
    // Places come before actions. Stable: what matches equally well stays in the order of the table.
    matches.sort_by_key(|(found, spec)| {
        (*found, spec.action.is_destructive() && *found != Match::Name, age(spec), !spec.action.is_place())
    });
    matches.into_iter().map(|(_, spec)| spec).collect()
}

fn find(spec: &ActionSpec, needle: &Needle) -> Option<Match> {
    let typed = needle.as_str();
    let aliases = || ALIASES.iter().filter(|(_, action)| *action == spec.action).map(|(alias, _)| *alias);
    if spec.id == typed || aliases().any(|alias| alias == typed) {
        Some(Match::Name)
    } else if spec.id.starts_with(typed) || aliases().any(|alias| alias.starts_with(typed)) {
        Some(Match::NameStart)
    } else if needle.is_in(spec.id) {
        Some(Match::PartOfName)
    } else {
        needle.is_in(spec.title).then_some(Match::PartOfTitle)
    }
}

/// Whether what is typed is enough to run the action: its whole name if it destroys something, at least the start of it
/// if it may write or calls the API.
pub(super) fn is_named(spec: &ActionSpec, typed: &str) -> bool {
    let typed = fold(typed.trim());
    if !spec.action.requires_typed_name() || spec.id == typed {
        return true;
    }
    !spec.action.is_destructive() && typed.len() >= MIN_START_CHARS && spec.id.starts_with(&typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(typed: &str, recent: &[Action]) -> Vec<&'static str> {
        rank(typed, recent).into_iter().map(|spec| spec.id).collect()
    }

    #[test]
    fn names_come_before_parts_of_names_and_these_before_titles() {
        let found = names("plan", &[]);
        let place = |name: &str| found.iter().position(|other| *other == name).expect("listed");
        assert_eq!(found[0], "plans");
        assert!(place("new-plan") < place("delete-plan"));
        assert!(place("edit-plan") < place("throttle-method"), "a title comes last");
        assert!(!found.contains(&"help"));
    }

    #[test]
    fn what_was_used_last_comes_first_but_nothing_destructive() {
        assert_eq!(names("d", &[])[..2], ["doctor", "describe"]);
        assert_eq!(names("d", &[Action::Describe, Action::Delete])[..2], ["describe", "doctor"]);
        let found = names("d", &[Action::Delete]);
        let place = |name: &str| found.iter().position(|other| *other == name).expect("listed");
        assert!(place("deploy") < place("delete") && place("delete") < place("edit"), "{found:?}");
        assert_eq!(names("", &[Action::Usage, Action::New])[..3], ["usage", "new", "report"]);
        assert_eq!(names("delete", &[])[0], "delete");
    }

    #[test]
    fn known_names_find_their_actions() {
        for (alias, action) in ALIASES {
            assert_eq!(names(alias, &[])[0], action.spec().id, "{alias}");
        }
        for name in ["keys", "plans", "pool", "usage", "doctor", "report", "setup", "help", "quit"] {
            assert_eq!(names(name, &[])[0], name);
        }
    }

    #[test]
    fn only_the_whole_name_runs_what_destroys_something() {
        let is_named = |action: Action, typed| is_named(action.spec(), typed);
        assert!(!is_named(Action::Delete, "delet") && is_named(Action::Delete, " DELETE "));
        assert!(!is_named(Action::New, "ne") && is_named(Action::New, "new"));
        assert!(!is_named(Action::CreatePool, "cr") && is_named(Action::CreatePool, "cre"));
        assert!(is_named(Action::Usage, ""));
    }
}
