//! What all forms share: scrolling on a low screen, errors, and fields that text does not change.

use keypool::ops::Route;
use keypool::tui::{QueryResult, TaskReport};
use keypool_domain::testing::InventoryBuilder;

use crate::support::console::Console;
use crate::tui::calls::api_route;

fn sample(width: u16, height: u16) -> Console {
    Console::with_inventory(InventoryBuilder::sample().build(), width, height)
}

#[test]
fn on_a_low_screen_a_form_scrolls_to_the_focused_field_and_shows_errors() {
    let mut console = sample(40, 10);
    console.press("N").shows("new usage plan").shows("▶name").lacks("stages");
    console.press("<backtab>").shows("▶stages").lacks("name");
    console.press("<enter>").shows("▶stages").shows("name is required");
    console.press("<tab>").shows("▶name").shows("name is required").lacks("stages");
}

#[test]
fn on_a_low_screen_an_error_is_visible_below_its_field() {
    let mut console = sample(40, 10);
    console.press("n<enter>").shows("▶tenant").shows("tenant is required");
    for text in ["acme", "web"] {
        console.type_text(text).press("<tab>");
    }
    console.press("<tab><tab><ctrl-u><enter>").shows("▶count").shows("cannot create 0 keys").lacks("tenant");
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
        .shows("▶plain http")
        .shows("refused");
    console.type_text(" ay").shows("refused").lacks("allowed").press("<right>").shows("allowed");
}
