//! Key overrides and their errors.

use crokey::key;

use super::*;

fn actions() -> BindableActions {
    BindableActions {
        names: vec!["new", "delete", "quit", "fix"],
        parse: |text| crokey::parse(text).ok(),
        find_conflicts: |overrides| {
            let has = |action, key| {
                overrides.iter().any(|binding| binding.action == action && binding.keys.contains(&key))
            };
            let is_x_bound_twice = has("new", key!(x)) && has("delete", key!(x));
            let with_override = KeyConflict { key: "x".into(), first: "new", second: "delete" };
            let with_default = KeyConflict { key: "Ctrl-c".into(), first: "new", second: "quit" };
            [is_x_bound_twice.then_some(with_override), has("new", key!(ctrl - c)).then_some(with_default)]
                .into_iter()
                .flatten()
                .collect()
        },
    }
}

fn read_text(text: &str) -> (Vec<KeyOverride>, Vec<String>) {
    let mut errors = Vec::new();
    let overrides =
        read_overrides(&SourceFile::new("keys.toml", text), &actions(), &mut errors, &mut Vec::new());
    (overrides, errors.iter().map(ToString::to_string).collect())
}

#[test]
fn an_action_can_have_one_several_or_no_keys() {
    let (overrides, errors) = read_text("[keys]\ndelete = \"x\"\nnew = [\"a\", \"ctrl-a\"]\nquit = []\n");
    assert_eq!(errors, [""; 0]);
    let keys = |action| {
        overrides.iter().find(|binding| binding.action == action).map(|binding| binding.keys.clone())
    };
    assert_eq!(keys("delete"), Some(vec![key!(x)]));
    assert_eq!(keys("new"), Some(vec![key!(a), key!(ctrl - a)]));
    assert_eq!(keys("quit"), Some(vec![]));
}

#[test]
fn every_error_has_its_line_and_a_suggestion() {
    let (_, mut errors) =
        read_text("[keys]\nnwe = \"n\"\nnew = [\"x\", \"hyper-q\", 7]\ndelete = \"x\"\n[colors]\n");
    errors.sort_unstable();
    let expected = [
        "keys.toml:2:1: unknown action `nwe`: did you mean `new`?",
        "keys.toml:3:13: \"hyper-q\" is not a key: write one such as",
        "keys.toml:3:24: 7 is not a key: write one such as",
        "keys.toml:4:1: x is bound to both `new` and `delete`: change one of them",
        "keys.toml:5:2: unknown section `colors`: only `keys` is allowed",
    ];
    assert_eq!(errors.len(), expected.len(), "{errors:#?}");
    for (error, start) in errors.iter().zip(expected) {
        assert!(error.starts_with(start), "{error}");
    }
}

#[test]
fn conflicts_with_defaults_point_at_the_users_line() {
    let (_, errors) = read_text("[keys]\nnew = \"ctrl-c\"\n");
    assert_eq!(errors, ["keys.toml:2:1: Ctrl-c is bound to both `new` and `quit`: change one of them"]);
}

#[test]
fn old_action_names_work_with_a_warning() {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let source = SourceFile::new("keys.toml", "[keys]\nmend = \"f\"\n");
    let overrides = read_overrides(&source, &actions(), &mut errors, &mut warnings);
    assert_eq!(overrides, [KeyOverride { action: "fix", keys: vec![key!(f)] }]);
    assert_eq!(errors, []);
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["keys.toml:2:1: `mend` is now called `fix`; the old name still works"]);
}

#[test]
fn setting_both_names_of_an_action_is_an_error() {
    let (overrides, errors) = read_text("[keys]\nmend = \"f\"\nfix = \"g\"\n");
    assert_eq!(overrides, [KeyOverride { action: "fix", keys: vec![key!(g)] }]);
    assert_eq!(errors, ["keys.toml:2:1: `mend` is the old name of `fix`, which is set too: remove `mend`"]);
}
