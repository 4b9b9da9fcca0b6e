//! Keys by default, by file, and in conflict.

use crokey::key;

use super::*;

const ACTIONS: &[Bindable] = &[
    Bindable { id: "new", scope: "home", keys: &["n"] },
    Bindable { id: "delete", scope: "home", keys: &["D", "delete"] },
    Bindable { id: "send", scope: "form", keys: &["ctrl-s", "n"] },
    Bindable { id: "quit", scope: EVERYWHERE, keys: &["ctrl-c"] },
];

fn with(text: &str) -> (Keymap, Vec<String>) {
    let mut mistakes = Vec::new();
    let keymap = load(ACTIONS, Some(&Source::new("keys.toml", text)), &mut mistakes);
    (keymap, mistakes.iter().map(ToString::to_string).collect())
}

#[test]
fn defaults_hold_within_their_scope() {
    let keymap = Keymap::of(ACTIONS).expect("no conflict");
    assert_eq!(keymap.action("home", key!(n)), Some("new"));
    assert_eq!(keymap.action("form", key!(n)), Some("send"));
    assert_eq!(keymap.action("home", key!(shift - d)), Some("delete"));
    assert_eq!(keymap.action("home", key!(d)), None);
    assert_eq!(keymap.action("form", key!(ctrl - c)), Some("quit"));
}

#[test]
fn the_file_takes_the_place_of_an_actions_defaults() {
    let (keymap, mistakes) = with("[keys]\nnew = [\"a\", \"ctrl-a\"]\ndelete = \"X\"\nsend = []\n");
    assert_eq!(mistakes, [""; 0]);
    assert_eq!(keymap.action("home", key!(ctrl - a)), Some("new"));
    assert_eq!(keymap.action("home", key!(n)), None);
    assert_eq!(keymap.action("home", key!(shift - x)), Some("delete"));
    assert_eq!(keymap.action("home", key!(delete)), None);
    assert_eq!(keymap.keys("send").count(), 0);
}

#[test]
fn every_mistake_is_told_with_its_line_and_what_was_meant() {
    let (_, mistakes) = with(
        "[keys]\nnwe = \"n\"\nnew = \"D\"\ndelete = [\"D\", \"hyper-q\", 7]\nsend = \"ctrl-c\"\n[colors]\n",
    );
    for expected in [
        "keys.toml:2:1: unknown action `nwe`: did you mean `new`?",
        "keys.toml:4:11: D asks for `new` and for `delete`: give one of them another key",
        "keys.toml:4:16: \"hyper-q\" is not a key",
        "keys.toml:4:27: 7 is not a key",
        "keys.toml:5:8: ctrl-c asks for `send` and for `quit`",
        "keys.toml:6:2: unknown heading `colors`: choose one of keys",
    ] {
        assert!(mistakes.iter().any(|mistake| mistake.starts_with(expected)), "{expected}\n{mistakes:#?}");
    }
    assert_eq!(mistakes.len(), 6, "{mistakes:#?}");
}

#[test]
fn two_defaults_with_one_key_are_a_mistake_of_ours() {
    let twice = [
        Bindable { id: "new", scope: "home", keys: &["n"] },
        Bindable { id: "next", scope: "home", keys: &["n"] },
        Bindable { id: "odd", scope: "home", keys: &["no-such-key"] },
    ];
    let mistakes = Keymap::of(&twice).expect_err("conflict").to_string();
    assert!(mistakes.contains("default: n asks for `new` and for `next`"), "{mistakes}");
    assert!(mistakes.contains("default: `odd`: \"no-such-key\" is not a key"), "{mistakes}");
}

#[test]
fn keys_are_written_as_they_are_read() {
    for text in ["n", "D", "ctrl-s", "f5", "enter", "space", "?", "/", "ctrl-\\", "tab", "pageup"] {
        let key = parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(parse(&spell(key)), Some(key), "{text} is spelt {}", spell(key));
    }
    assert_eq!(spell(parse("D").expect("key")), "D");
    assert_eq!(spell(parse("ctrl-s").expect("key")), "ctrl-s");
    for text in ["", "é", "hyper-x", "ctrl-"] {
        assert_eq!(parse(text), None, "{text}");
    }
}
