//! Keys that are typed ahead, or pasted as plain keys, never write.

use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use keypool::tui::{Effect, Query};
use keypool_domain::testing::InventoryBuilder;
use keypool_local_aws::World;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::console::{Console, char_key, key_events};
use crate::support::scenario::Scenario;

fn console() -> Console {
    Console::with_inventory(InventoryBuilder::sample().build(), 120, 40)
}

/// Whether an effect writes to AWS, to the called API, or to a file.
fn is_write(effect: &Effect) -> bool {
    match effect {
        Effect::Apply(..) | Effect::Fix(..) | Effect::Export(..) => true,
        Effect::Load(_, Query::Charges(charges), _) => charges.refreeze,
        Effect::Probe(_, probe, _) => !probe.request.is_safe(),
        _ => false,
    }
}

fn count_writes(console: &Console) -> usize {
    console.effects.iter().filter(|effect| is_write(effect)).count()
}

fn key_event(pressed: &str) -> Input {
    key_events(pressed).remove(0)
}

#[test]
fn a_key_typed_before_its_dialog_opened_is_ignored_with_a_message() {
    let mut console = console();
    console.press("3").press_without_pause("Dy").shows("delete key").shows("typed too soon: press y again");
    assert_eq!(count_writes(&console), 0);
    console.press("y").lacks("Cancel").lacks("too soon");
    assert_eq!(count_writes(&console), 1);
}

#[test]
fn a_key_read_before_the_dialog_was_painted_is_ignored() {
    let mut console = console();
    console.press("3").send_input_after(Duration::ZERO, key_event("D"));
    console.send_input_after(Duration::from_secs(9), key_event("y")).paint().shows("press y again");
    console.press_without_pause("<esc>").lacks("delete key");
    assert_eq!(count_writes(&console), 0);
}

#[test]
fn a_confirming_key_needs_150_ms_without_another_key() {
    for (gap, count) in [(149, 0), (150, 1)] {
        for answer in ["y", "<enter>"] {
            let mut console = console();
            console.press("3D");
            if answer == "<enter>" {
                console.press("<tab>");
            }
            console.send_input_after(Duration::from_secs(1), key_event("<down>")).paint();
            console.send_input_after(Duration::from_secs(1), key_event("<up>")).paint();
            console.send_input_after(Duration::from_millis(gap), key_event(answer)).paint();
            assert_eq!(count_writes(&console), count, "{answer} after {gap} ms");
        }
    }
}

#[test]
fn cancelling_a_dialog_needs_no_pause() {
    for cancel_key in ["<esc>", "n", "<enter>"] {
        let mut console = console();
        console
            .press("3D")
            .send_input_after(Duration::from_millis(1), key_event(cancel_key))
            .paint()
            .lacks("delete key");
        assert_eq!(count_writes(&console), 0);
    }
}

#[test]
fn a_form_keeps_typed_ahead_text_but_not_its_enter() {
    let mut console = console();
    console.press_without_pause("nacme<tab>web<enter>").shows("acme").shows("web").shows("press Enter again");
    assert_eq!(count_writes(&console), 0);
    console.press("<enter>");
    assert_eq!(count_writes(&console), 1);
}

#[test]
fn filter_and_palette_accept_typed_ahead_keys() {
    let mut console = console();
    console.press_without_pause("3/web<enter>").shows("all plans · 4 of 12 match /web ·");
    console.press("<esc>").press_without_pause(":sort<enter>n").shows("by name A→Z");
}

#[test]
fn a_confirmation_number_typed_fast_counts_but_its_enter_does_not() {
    let mut console = console();
    console.press("jj 3 <space><space><space> D").press_without_pause("3<enter>").shows("►[ Delete 3 keys ]");
    assert_eq!(count_writes(&console), 0);
    console.press("<enter>");
    assert_eq!(count_writes(&console), 1);
}

#[test]
fn an_export_needs_an_enter_that_was_not_typed_ahead() {
    let mut console = console();
    console.press("3").press_without_pause("<ctrl-s>x.csv<enter>").shows("press Enter again");
    assert_eq!(count_writes(&console), 0);
    console.press("<enter>");
    assert_eq!(count_writes(&console), 1);
}

/// Texts as they may be on a clipboard.
const SAMPLE_TEXTS: [&str; 6] = [
    "Delete the old keys today, yes please.\rD\ry\r\ry\r",
    "SELECT * FROM keys WHERE Deleted = 'y';\rDROP TABLE keys;\rYes\r",
    "#!/bin/sh\rfor key in $(cat Disabled); do\r\techo \"$key\" && :delete\ry\rdone\r",
    "Dear team,\r\rD is done, R is next, P comes after. y/n?\ry\r3\r4\r2\r1\r",
    "nacme\tweb\t\t\r\ry\rn zeta\tone\r\r",
    "3 D y 3  D3\rRy\r\rR\r\ry+100\treason\r\ry ma\ry:delete\r\ty\r:fix-all\r\ty\r!a\t\ry",
];

/// Key sequences that lead to writes when pressed one by one.
const KEY_SEQUENCES: [&str; 22] = [
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

fn pasted_texts() -> impl Strategy<Value = String> {
    let sequences = proptest::collection::vec(proptest::sample::select(&KEY_SEQUENCES[..]), 1..60);
    let random = proptest::collection::vec(prop_oneof![3 => 32_u8..127, 1 => Just(13), 1 => Just(9)], 1..120);
    prop_oneof![
        proptest::sample::select(&SAMPLE_TEXTS[..]).prop_map(str::to_owned),
        sequences.prop_map(|pieces| pieces.concat()),
        random.prop_map(|bytes| bytes.into_iter().map(char::from).collect()),
    ]
}

/// The chunks in which a pasted text arrives: length, milliseconds since the previous chunk, and whether the console
/// paints after each key.
fn arrivals() -> impl Strategy<Value = Vec<(usize, u64, bool)>> {
    let length = prop_oneof![2 => Just(1_usize), 1 => 1..=64_usize];
    proptest::collection::vec((length, 0..=100_u64, any::<bool>()), 1..40)
}

/// The key event that a terminal without bracketed paste sends for a character.
fn to_key_event(c: char) -> Input {
    match c {
        '\r' => Input::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)),
        '\t' => Input::Key(KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE)),
        c => Input::Key(char_key(c)),
    }
}

fn paste(console: &mut Console, text: &str, arrivals: &[(usize, u64, bool)]) {
    let mut rest = text.chars().peekable();
    for &(length, gap, paints_each_key) in arrivals.iter().cycle() {
        let mut gap = Duration::from_millis(gap);
        for c in rest.by_ref().take(length) {
            console.send_input_after(std::mem::take(&mut gap), to_key_event(c));
            if paints_each_key {
                console.paint();
            }
        }
        console.paint();
        if rest.peek().is_none() {
            return;
        }
    }
}

/// Views into which a text may be pasted by mistake.
fn starting_views() -> Vec<(&'static str, Console)> {
    let views = [
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
        let mut scenario = Scenario::builder(World::Sample).size(120, 40).start();
        scenario.press(pressed);
        (*pressed, scenario.idle_console())
    };
    views.iter().map(open).collect()
}

#[test]
fn text_pasted_as_plain_keys_writes_nothing() {
    let views = starting_views();
    let cases = (0..views.len(), pasted_texts(), arrivals());
    let mut runner = TestRunner::new(Config { cases: 1_000, failure_persistence: None, ..Config::default() });
    let result = runner.run(&cases, |(view, text, arrivals)| {
        let (pressed, start) = &views[view];
        let mut console = start.clone();
        // An open dialog may take the first key as its answer, so the text starts with a key that answers nothing.
        let text = if pressed.contains(['D', 'a']) { format!("x{text}") } else { text };
        paste(&mut console, &text, &arrivals);
        prop_assert_eq!(count_writes(&console), 0, "{:?} pasted after {:?}", text, pressed);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
