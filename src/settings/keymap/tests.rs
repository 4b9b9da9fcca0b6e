//! Key overrides and their errors.

use crokey::key;

use super::*;

fn actions() -> ActionKeys {
    ActionKeys {
        names: vec!["new", "delete", "quit", "fix"],
        parse: |text| crokey::parse(text).ok(),
        find_conflicts: |own| {
            let has = |action, key| own.iter().any(|own| own.action == action && own.keys.contains(&key));
            let clash = has("new", key!(x)) && has("delete", key!(x));
            let default = KeyConflict { key: "Ctrl-c".into(), first: "new", second: "quit" };
            let own = KeyConflict { key: "x".into(), first: "new", second: "delete" };
            [clash.then_some(own), has("new", key!(ctrl - c)).then_some(default)]
                .into_iter()
                .flatten()
                .collect()
        },
    }
}

fn read_text(text: &str) -> (Vec<KeyOverride>, Vec<String>) {
    let mut errors = Vec::new();
    let own = read_overrides(&SourceFile::new("keys.toml", text), &actions(), &mut errors, &mut Vec::new());
    (own, errors.iter().map(ToString::to_string).collect())
}

#[test]
fn actions_have_one_several_or_no_keys() {
    let (own, errors) = read_text("[keys]\ndelete = \"x\"\nnew = [\"a\", \"ctrl-a\"]\nquit = []\n");
    assert_eq!(errors, [""; 0]);
    let keys = |action| own.iter().find(|own| own.action == action).map(|own| own.keys.clone());
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
    let own = read_overrides(&source, &actions(), &mut errors, &mut warnings);
    assert_eq!(own, [KeyOverride { action: "fix", keys: vec![key!(f)] }]);
    assert_eq!(errors, []);
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["keys.toml:2:1: `mend` is now called `fix`; the old name still works"]);
}

#[test]
fn setting_both_names_of_an_action_is_an_error() {
    let (own, errors) = read_text("[keys]\nmend = \"f\"\nfix = \"g\"\n");
    assert_eq!(own, [KeyOverride { action: "fix", keys: vec![key!(g)] }]);
    assert_eq!(errors, ["keys.toml:2:1: `mend` is the old name of `fix`, which is set too: remove `mend`"]);
}
