//! What all forms share: scrolling on a low screen, errors, and fields that text does not change.

use keypool::aws::Failure;
use keypool::ops::{Applied, Route};
use keypool::tui::{Effect, QueryResult, TaskReport};
use keypool_domain::testing::InventoryBuilder;
use keypool_domain::{Known, Unknown};

use crate::support::console::{Console, change_outcome};
use crate::tui::calls::api_route;

fn sample(width: u16, height: u16) -> Console {
    Console::with_inventory(InventoryBuilder::sample().build(), width, height)
}

#[test]
fn on_a_low_screen_a_form_scrolls_to_the_focused_field_and_shows_errors() {
    let mut console = sample(40, 10);
    console.press("N").shows("new usage plan").shows("►name").lacks("stages");
    console.press("<backtab>").shows("►stages").lacks("name");
    console.press("<enter>").shows("►stages").shows("name is required");
    console.press("<tab>").shows("►name").shows("name is required").lacks("stages");
}

#[test]
fn on_a_low_screen_an_error_is_visible_below_its_field() {
    let mut console = sample(40, 10);
    console.press("n<enter>").shows("►tenant").shows("tenant is required");
    for text in ["acme", "web"] {
        console.type_text(text).press("<tab>");
    }
    console.press("<tab><tab><ctrl-u><enter>").shows("►count").shows("cannot create 0 keys").lacks("tenant");
}

#[test]
fn typed_text_never_allows_plain_http() {
    let mut console = sample(100, 30);
    console.press("jjj 3t");
    let invoke_url = "http://api.example.com/prod".to_owned();
    let route = Route { invoke_url, ..api_route("GET", "/api") };
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Routes("basicplan".into(), vec![route]))));
    console
        .press("4e")
        .shows("API request")
        .press("<backtab><backtab>")
        .shows("►plain http")
        .shows("refused");
    console.type_text(" ay").shows("refused").lacks("allowed").press("<right>").shows("allowed");
}

fn fill_in_new_key(console: &mut Console) {
    console.press("jjj n").shows("Enter continue").type_text("northwind").press("<tab>").type_text("orders");
}

#[test]
fn a_form_comes_back_filled_in_when_its_change_fails() {
    let mut console = sample(100, 30);
    fill_in_new_key(&mut console);
    console.shows("Enter save").press("<enter>").lacks("new key");
    assert!(matches!(console.effects.last(), Some(Effect::Apply(..))), "{:?}", console.effects);
    let failure = || Failure::TooManyRequests { operation: "CreateApiKey".to_owned() };
    console.finish_task(change_outcome(Err(failure())));
    console.shows("new key").shows("►name").shows("orders").shows("northwind").shows("CreateApiKey");
    let applied = |effect: &&Effect| matches!(effect, Effect::Apply(..));
    console.wait(1).press("<enter>");
    assert_eq!(console.effects.iter().filter(applied).count(), 2);
    console.finish_task(change_outcome(Ok(Applied::default()))).lacks("new key");
}

#[test]
fn the_form_says_whether_enter_writes_or_shows_the_steps() {
    let unresolved = InventoryBuilder::sample().edit_parts(|parts| {
        parts.tenant_keys.iter_mut().for_each(|key| key.pool_key = Known::Unknown(Unknown::NotReadYet));
    });
    let mut console = Console::with_inventory(unresolved.build_as_read(), 100, 30);
    console.press("3 e").type_text("x").shows("Enter show the steps").lacks("Enter save");
    let mut console = sample(100, 30);
    console.press("3 e").type_text("x").shows("Enter save").lacks("Enter show the steps");
}
