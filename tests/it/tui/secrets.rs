//! Secrets are shown only on request and for a limited time, and control characters are escaped.

use keypool::tui::{Effect, Query, QueryResult, TaskReport};
use keypool_domain::testing::InventoryBuilder;
use keypool_domain::{Secret, TenantKeyId};

use crate::support::console::Console;

const VALUE: &str = "S3cretValue0123456789abcdefghij";

fn console() -> Console {
    let builder = InventoryBuilder::empty().plan("TestPlan", 20).siloed_key("TestPlan", "abc", "acme", "web");
    Console::with_inventory(
        builder.edit_last_key(|key| key.value = Some(Secret::new(VALUE)).into()).build(),
        100,
        30,
    )
}

fn secret_outcome() -> TaskReport {
    TaskReport::Loaded(Ok(QueryResult::Secret(TenantKeyId::new("abc"), Secret::new(VALUE))))
}

#[test]
fn a_revealed_value_is_masked_again_after_30_seconds() {
    let mut console = console();
    console.lacks(VALUE).press("3d").shows("••••ghij").lacks(VALUE).press("v");
    assert!(
        matches!(&console.effects[..], [Effect::Load(_, Query::Secret(key, _), Some(_))] if key.as_str() == "abc")
    );
    console
        .finish_task(secret_outcome())
        .shows(VALUE)
        .wait(29)
        .shows(VALUE)
        .wait(1)
        .lacks(VALUE)
        .shows("••••ghij");
}

#[test]
fn a_revealed_value_is_visible_on_the_smallest_screen() {
    let key = InventoryBuilder::empty().plan("TestPlan", 20).siloed_key("TestPlan", "abc", "acme", "web");
    let mut console = Console::with_inventory(key.build(), 40, 10);
    console.press("3v").lacks("S3cret").finish_task(secret_outcome()).shows("S3cretValue01234");
}

#[test]
fn closing_the_details_hides_the_value() {
    let mut console = console();
    console.press("3v").finish_task(secret_outcome()).shows(VALUE).press("v").lacks(VALUE);
    console.press("v").finish_task(secret_outcome()).shows(VALUE).press("<esc>d").lacks(VALUE);
}

#[test]
fn a_value_is_copied_without_being_shown() {
    let mut console = console();
    console
        .press("3y")
        .finish_task(secret_outcome())
        .lacks(VALUE)
        .shows("the value of \"web\" of acme is on the clipboard");
    assert_eq!(console.effects.last(), Some(&Effect::CopyValue(Secret::new(VALUE))));
    assert!(!format!("{:?} {:?}", console.app, console.effects).contains(VALUE));
}

#[test]
fn control_characters_in_names_are_escaped() {
    let evil = "a\u{1b}[2J\u{1b}]0;x\u{7}\r\n\u{202e}b\u{9b}31m";
    let builder = InventoryBuilder::sample()
        .siloed_key("TestPlan", "evil", evil, evil)
        .edit_last_key(|key| key.description = evil.into());
    let mut console = Console::with_inventory(builder.build(), 120, 40);
    let keys = ["", "3g", "d", "<esc>e", "<esc>D", "<esc>/b", "<esc>"];
    for screen in keys.map(|keys| console.press(keys).screen()) {
        let is_control_or_bidi =
            |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!screen.contains(is_control_or_bidi), "{screen:?}");
        assert!(screen.contains("a␛[2J"), "{screen}");
    }
}
