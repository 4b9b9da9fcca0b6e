//! Secrets are seen for as long as they were asked to be, and text from outside is only text.

use keypool::ops::Query;
use keypool::tui::{Answer, Effect, Outcome};
use keypool_domain::{RowId, Secret};

use crate::support::console::Console;
use crate::support::world::World;

const VALUE: &str = "S3cretValue0123456789abcdefghij";

fn console() -> Console {
    let world = World::empty().plan("TestPlan", 20).siloed("TestPlan", "abc", "acme", "web");
    Console::showing(world.with(|row| row.value = Some(Secret::new(VALUE)).into()).build(), 100, 30)
}

fn secret() -> Outcome {
    Outcome::Loaded(Ok(Answer::Secret(RowId::new("abc"), Secret::new(VALUE))))
}

#[test]
fn a_value_is_masked_until_it_is_asked_for_and_again_after_30_seconds() {
    let mut console = console();
    console.misses(VALUE).press("3d").sees("••••ghij").misses(VALUE).press("v");
    assert!(
        matches!(&console.asked[..], [Effect::Load(_, Query::Secret(row), Some(_))] if row.as_str() == "abc")
    );
    console.done(secret()).sees(VALUE).wait(29).sees(VALUE).wait(1).misses(VALUE).sees("••••ghij");
}

#[test]
fn closing_the_details_hides_the_value() {
    let mut console = console();
    console.press("3v").done(secret()).sees(VALUE).press("v").misses(VALUE);
    console.press("v").done(secret()).sees(VALUE).press("<esc>d").misses(VALUE);
}

#[test]
fn a_value_is_copied_without_being_shown() {
    let mut console = console();
    console.press("3y").done(secret()).misses(VALUE).sees("the value of \"web\" of acme is on the clipboard");
    assert_eq!(console.asked.last(), Some(&Effect::Copy(Secret::new(VALUE))));
    assert!(!format!("{:?} {:?}", console.app, console.asked).contains(VALUE));
}

#[test]
fn text_from_outside_cannot_steer_the_terminal() {
    let evil = "a\u{1b}[2J\u{1b}]0;x\u{7}\r\n\u{202e}b\u{9b}31m";
    let world =
        World::sample().siloed("TestPlan", "evil", evil, evil).with(|row| row.description = evil.into());
    let mut console = Console::showing(world.build(), 120, 40);
    let keys = ["", "3g", "d", "<esc>e", "<esc>D", "<esc>/b", "<esc>"];
    for screen in keys.map(|keys| console.press(keys).screen()) {
        let steering = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!screen.contains(steering), "{screen:?}");
        assert!(screen.contains("a␛[2J"), "{screen}");
    }
}
