//! The filter, which is typed after `/`.

use keypool_domain::Secret;
use keypool_domain::testing::InventoryBuilder;

use crate::support::console::Console;

fn inventory_builder() -> InventoryBuilder {
    InventoryBuilder::sample()
        .siloed_key("TestPlan", "test000001", "Straße 7", "Ünicode")
        .edit_last_key(|key| key.enabled = false.into())
        .siloed_key("PremiumPlan", "premium900", "acme", "web-front")
}

#[track_caller]
fn assert_match_count(filter: &str, count: usize) {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console.press("/").type_text(filter);
    console.shows(&format!("3 Keys · all plans · {count} ·"));
}

#[test]
fn a_filter_without_matches_names_the_plan() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 40);
    console.press("/").type_text("nonesuch").shows("no keys match the filter").press("<esc>");
    console.press("1 j /").type_text("plan:basic").shows("no keys of TestPlan match the filter");
}

#[test]
fn a_filter_matches_words_and_fields_and_can_negate_them() {
    assert_match_count("", 14);
    assert_match_count("acme", 4);
    assert_match_count("acme web", 2);
    assert_match_count("acme !web", 2);
    assert_match_count("wbfrnt", 0);
    assert_match_count("~wbfrnt", 1);
    assert_match_count("plan:basic", 4);
    assert_match_count("plan:basic tenant:ACME", 1);
    assert_match_count("!plan:basic", 10);
    assert_match_count("enabled:no", 1);
    assert_match_count("enabled:", 14);
    assert_match_count("mode:pooled", 8);
    assert_match_count("key:basic0003x", 1);
    assert_match_count("premium0", 4);
    assert_match_count("strasse", 0);
    assert_match_count("ÜNICODE", 1);
    assert_match_count("~unicode", 1);
    assert_match_count("name:web", 5);
    assert_match_count("nothing:like", 0);
}

#[test]
fn the_end_of_a_leaked_value_finds_its_key() {
    let mut console = Console::with_inventory(
        inventory_builder()
            .siloed_key("TestPlan", "k1", "hooli", "leaky")
            .edit_last_key(|key| key.value = Some(Secret::new("abcXYZ0815")).into())
            .build(),
        120,
        40,
    );
    console.press("/").type_text("xyz0815").shows("all plans · 1 ·").shows("leaky");
}

#[test]
fn editing_a_filter_gives_the_same_list_as_typing_it_at_once() {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console.press("/ acmezz").shows("no keys match").press("<backspace><backspace>").shows("all plans · 4 ·");
    console.press("<enter>").shows("►3 Keys").press("<esc>").shows("all plans · 14 ·");
}

#[test]
fn the_cursor_stays_on_its_key_while_it_is_listed() {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console.press("3 / umbrella <enter> j").shows("▌ trial").press("<esc>").shows("▌ trial");
}
