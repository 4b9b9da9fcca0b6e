//! What is typed ahead or pasted as plain keys writes nothing.

use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use keypool::ops::Query;
use keypool::tui::Effect;
use keypool_local_aws::World as LocalWorld;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::console::{Console, character, keys};
use crate::support::scenario::Scenario;
use crate::support::world::World;

fn console() -> Console {
    Console::showing(World::sample().build(), 120, 40)
}

/// Whether it changes an account, the answer of an API or a file.
fn writes(effect: &Effect) -> bool {
    match effect {
        Effect::Apply(..) | Effect::Fix(..) | Effect::Export(..) => true,
        Effect::Load(_, Query::Charges(charges), _) => charges.refreeze,
        Effect::Probe(_, plan, _) => !plan.request.only_reads(),
        _ => false,
    }
}

fn written(console: &Console) -> usize {
    console.asked.iter().filter(|effect| writes(effect)).count()
}

fn key(pressed: &str) -> Input {
    keys(pressed).remove(0)
}

#[test]
fn keys_typed_ahead_of_a_dialog_are_ignored_and_it_says_so() {
    let mut console = console();
    console.press("3").press_at_once("Dy").sees("delete key").sees("typed too soon: press y again");
    assert_eq!(written(&console), 0);
    console.press("y").misses("Cancel").misses("too soon");
    assert_eq!(written(&console), 1);
}

#[test]
fn a_key_read_before_the_dialog_was_painted_is_ignored_even_after_a_long_wait() {
    let mut console = console();
    console.press("3").input_after(Duration::ZERO, key("D"));
    console.input_after(Duration::from_secs(9), key("y")).paint().sees("press y again");
    console.press_at_once("<esc>").misses("delete key");
    assert_eq!(written(&console), 0);
}

#[test]
fn a_dialog_writes_only_for_a_key_that_comes_150_ms_after_the_one_before() {
    for (gap, count) in [(149, 0), (150, 1)] {
        for answer in ["y", "<enter>"] {
            let mut console = console();
            console.press("3D");
            if answer == "<enter>" {
                console.press("<tab>");
            }
            console.input_after(Duration::from_secs(1), key("<down>")).paint();
            console.input_after(Duration::from_secs(1), key("<up>")).paint();
            console.input_after(Duration::from_millis(gap), key(answer)).paint();
            assert_eq!(written(&console), count, "{answer} after {gap} ms");
        }
    }
}

#[test]
fn leaving_a_dialog_needs_no_quiet() {
    for way in ["<esc>", "n", "<enter>"] {
        let mut console = console();
        console.press("3D").input_after(Duration::from_millis(1), key(way)).paint().misses("delete key");
        assert_eq!(written(&console), 0);
    }
}

#[test]
fn a_form_keeps_what_was_typed_ahead_and_makes_keys_only_for_an_enter_of_its_own() {
    let mut console = console();
    console.press_at_once("nacme<tab>web<enter>").sees("acme").sees("web").sees("press Enter again");
    assert_eq!(written(&console), 0);
    console.press("<enter>");
    assert_eq!(written(&console), 1);
}

#[test]
fn filter_and_palette_keep_what_was_typed_ahead() {
    let mut console = console();
    console.press_at_once("/web<enter>").sees("/web").sees("all plans · 4 ·");
    console.press("<esc>").press_at_once(":sort<enter>").sees("by name ↓");
}

#[test]
fn a_number_typed_fast_is_the_number_and_its_enter_waits() {
    let mut console = console();
    console.press("jj 3 <space><space><space> D").press_at_once("3<enter>").sees("▶[ Delete 3 ]");
    assert_eq!(written(&console), 0);
    console.press("<enter>");
    assert_eq!(written(&console), 1);
}

#[test]
fn a_file_is_written_only_for_an_enter_of_its_own() {
    let mut console = console();
    console.press("3").press_at_once("<ctrl-s>x.csv<enter>").sees("press Enter again");
    assert_eq!(written(&console), 0);
    console.press("<enter>");
    assert_eq!(written(&console), 1);
}

/// Texts that people have on their clipboards.
const TEXTS: [&str; 6] = [
    "Delete the old keys today, yes please.\rD\ry\r\ry\r",
    "SELECT * FROM keys WHERE Deleted = 'y';\rDROP TABLE keys;\rYes\r",
    "#!/bin/sh\rfor key in $(cat Disabled); do\r\techo \"$key\" && :delete\ry\rdone\r",
    "Dear team,\r\rD is done, R is next, P comes after. y/n?\ry\r3\r4\r2\r1\r",
    "nacme\tweb\t\t\r\ry\rn zeta\tone\r\r",
    "3 D y 3  D3\rRy\r\rR\r\ry+100\treason\r\ry ma\ry:delete\r\ty\r:fix-all\r\ty\r!a\t\ry",
];

/// Pieces that lead to writes where anybody presses them one by one.
const PIECES: [&str; 22] = [
    "D",
    "y",
    "\r",
    "\t",
    "Dy",
    "3",
    "R",
    "m",
    "n",
    " ",
    "e",
    "\t\r",
    ":delete\r",
    "U",
    "!",
    "a",
    "s",
    "P",
    "T",
    "t",
    "web",
    "+5\tso\r",
];

fn texts() -> impl Strategy<Value = String> {
    let made = proptest::collection::vec(proptest::sample::select(&PIECES[..]), 1..60);
    let random = proptest::collection::vec(prop_oneof![3 => 32_u8..127, 1 => Just(13), 1 => Just(9)], 1..120);
    prop_oneof![
        proptest::sample::select(&TEXTS[..]).prop_map(str::to_owned),
        made.prop_map(|pieces| pieces.concat()),
        random.prop_map(|bytes| bytes.into_iter().map(char::from).collect()),
    ]
}

/// How a text arrives: the lengths of its pieces, the gaps before them, and whether a picture follows each key.
fn arrivals() -> impl Strategy<Value = Vec<(usize, u64, bool)>> {
    let length = prop_oneof![2 => Just(1_usize), 1 => 1..=64_usize];
    proptest::collection::vec((length, 0..=100_u64, any::<bool>()), 1..40)
}

/// What a terminal without bracketed paste makes of a character.
fn typed(c: char) -> Input {
    match c {
        '\r' => Input::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)),
        '\t' => Input::Key(KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE)),
        c => Input::Key(character(c)),
    }
}

fn paste(console: &mut Console, text: &str, arrivals: &[(usize, u64, bool)]) {
    let mut left = text.chars().peekable();
    for &(length, gap, paints) in arrivals.iter().cycle() {
        let mut gap = Duration::from_millis(gap);
        for c in left.by_ref().take(length) {
            console.input_after(std::mem::take(&mut gap), typed(c));
            if paints {
                console.paint();
            }
        }
        console.paint();
        if left.peek().is_none() {
            return;
        }
    }
}

/// The places where a paste may go astray.
fn starting_views() -> Vec<(&'static str, Console)> {
    let at = [
        "",
        "j",
        "2",
        "jjj 2",
        "3",
        "jj 3",
        "3<space><space>",
        "4",
        "!",
        "s",
        "s<down><down>",
        "sm",
        "u",
        "$",
        "3D",
        "3R",
        "3n",
        "3e",
        "3<space>e",
        "3m",
        "/",
        ":",
        "?",
        "3d",
        "w",
        "N",
        "jjj+",
        "jjj2D",
        "3<ctrl-s>",
        "!a",
    ];
    let open = |pressed: &&'static str| {
        let mut scenario = Scenario::in_world(LocalWorld::Sample).size(120, 40).open();
        scenario.press(pressed);
        // What may be pending is answered by the one key that answers it; pasting begins with another.
        (*pressed, scenario.still())
    };
    at.iter().map(open).collect()
}

#[test]
fn text_pasted_as_plain_keys_writes_nothing() {
    let views = starting_views();
    let cases = (0..views.len(), texts(), arrivals());
    let mut runner = TestRunner::new(Config { cases: 1_000, failure_persistence: None, ..Config::default() });
    let held = runner.run(&cases, |(view, text, arrivals)| {
        let (pressed, start) = &views[view];
        let mut console = start.clone();
        // The first key of a text that is pasted into an open question is an answer like any other.
        let text = if pressed.contains(['D', 'a']) { format!("x{text}") } else { text };
        paste(&mut console, &text, &arrivals);
        prop_assert_eq!(written(&console), 0, "{:?} pasted after {:?}", text, pressed);
        Ok(())
    });
    held.unwrap_or_else(|why| panic!("{why}"));
}
