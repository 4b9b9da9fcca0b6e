//! How lists are sorted and filtered is remembered from one start to the next.

use std::path::PathBuf;

use keypool::ops::{RememberedList, RememberedLists};
use keypool::tui::{Effect, Options};
use keypool_domain::testing::InventoryBuilder;

use crate::support::console::{Console, options};

fn console(lists: RememberedLists) -> Console {
    let options = Options { lists_file: Some(PathBuf::from("lists.json")), lists, ..options() };
    let mut console = Console::new(120, 40, options);
    console.finish_connecting().finish_loading(InventoryBuilder::sample().build());
    console
}

fn remembered(console: &mut Console) -> Option<RememberedLists> {
    let written = |effect: &Effect| match effect {
        Effect::RememberLists(_, lists) => Some(lists.clone()),
        _ => None,
    };
    console.take_new_effects().iter().rev().find_map(written)
}

#[test]
fn orders_and_filters_are_written_and_come_back() {
    let mut first = console(RememberedLists::default());
    assert_eq!(remembered(&mut first), None, "nothing was chosen");
    first.press("3SnI").press("/").type_text("tenant:acme");
    assert!(remembered(&mut first).is_some_and(|lists| lists.keys.filter.is_empty()), "it is still typed");
    first.press("<enter> 1St");
    let lists = remembered(&mut first).expect("remembered");
    assert_eq!(lists.keys.filter, "tenant:acme");
    let mut second = console(lists);
    second.shows("3 Keys · all plans · 3 of 12 match /tenant:acme · by name");
    second.shows("limits per API key · by tenants high→low");
}

#[test]
fn an_order_is_remembered_only_if_the_list_does_not_open_in_it() {
    let mut console = console(RememberedLists::default());
    console.press("3St").shows("3 Keys · all plans · 12 · by tenant A→Z");
    let lists = remembered(&mut console).expect("remembered");
    assert_eq!(lists.keys.sorted_by.as_deref(), Some("tenant"));
    assert_eq!(lists.pool, RememberedList::default(), "the order in which pool keys open is none");
    console.press("S%").shows("by % high→low");
    assert_eq!(remembered(&mut console), Some(RememberedLists::default()));
    self::console(lists).shows("3 Keys · all plans · 12 · by tenant A→Z");
}

#[test]
fn what_may_be_a_secret_value_is_not_remembered() {
    let mut console = console(RememberedLists::default());
    for filter in ["xyz0815", "key:xyz0815", "!xyz0815"] {
        console.press("3/").type_text(filter).press("<enter>").press("Sn");
        let lists = remembered(&mut console).expect("the order is remembered");
        assert_eq!(lists.keys.filter, "", "{filter}");
        console.press("<esc>");
    }
}

#[test]
fn what_is_remembered_of_a_column_that_is_gone_is_left_out() {
    let keys =
        RememberedList { sorted_by: Some("gone".to_owned()), is_reversed: true, filter: "gone:x".to_owned() };
    let mut console = console(RememberedLists { keys, ..RememberedLists::default() });
    console.shows("3 Keys · all plans · 12 · by % high→low");
}
