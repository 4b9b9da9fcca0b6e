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
    console.press("3 /").type_text(filter);
    let of =
        if filter.is_empty() || filter == "enabled:" { String::new() } else { " of 14 match".to_owned() };
    console.shows(&format!("3 Keys · all plans · {count}{of} ·"));
}

#[test]
fn a_filter_without_matches_names_the_plan() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 40);
    console.press("3 /").type_text("nonesuch").shows("no keys match the filter").press("<esc>");
    console.press("1 j 3 /").type_text("plan:basic").shows("no keys of TestPlan match the filter");
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
    assert_match_count("strasse", 1);
    assert_match_count("STRAẞE", 1);
    assert_match_count("unicode", 1);
    assert_match_count("basicplan", 4);
    assert_match_count("disabled", 1);
    assert_match_count("\"straße 7\"", 1);
    assert_match_count("\"straße  7\"", 0);
    assert_match_count("ÜNICODE", 1);
    assert_match_count("~unicode", 1);
    assert_match_count("name:web", 5);
    assert_match_count("left:0", 0);
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
    console.press("3 /").type_text("xyz0815").shows("all plans · 1 of 15 match ·").shows("leaky");
}

#[test]
fn editing_a_filter_gives_the_same_list_as_typing_it_at_once() {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console.press("3 / acmezz").shows("no keys match").press("<backspace><backspace>");
    console.shows("all plans · 4 of 14 match ·");
    console
        .press("<enter>")
        .shows("►3 Keys · all plans · 4 of 14 match /acme ·")
        .press("<esc>")
        .shows("all plans · 14 ·");
}

#[test]
fn the_cursor_stays_on_its_key_while_it_is_listed() {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console.press("3 / umbrella <enter> j").shows("▌ trial").press("<esc>").shows("▌ trial");
}

#[test]
fn a_filter_that_cannot_be_read_says_why_and_the_list_keeps_the_last_one() {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console.press("3 /").type_text("acme used:>abc");
    console.shows("/acme used:>abc").shows("✗ used needs a number or %, e.g. used:>80%");
    console.shows("all plans · 4 of 14 match");
    console.press("<backspace><backspace><backspace><backspace>").shows("4 match").lacks("✗");
    console.press("<ctrl-u>").type_text("acme enabled:maybe").shows("✗ enabled needs yes, no or ?");
    console.shows("all plans · 4 of 14 match");
    console.press("<ctrl-u>").type_text("tennant:x").shows("✗ no field tennant: did you mean tenant:?");
    console.press("<enter>").shows("all plans · 14 ·");
}

#[test]
fn an_error_has_room_on_the_smallest_screen() {
    let mut console = Console::with_inventory(inventory_builder().build(), 40, 10);
    console.press("3 /").type_text("tenant:acme used:>abc").shows("✗ e.g. used:>80%").shows("used:>abc");
}

#[test]
fn tab_completes_fields_and_values() {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console.press("3 /").type_text("te").press("<tab>").shows("/tenant:");
    console
        .press("<ctrl-u>")
        .type_text("!plan:ba")
        .press("<tab>")
        .shows("/!plan:BasicPlan")
        .shows("10 match");
    console.press("<ctrl-u>").type_text("e").press("<tab>").shows("/en").shows("enabled: ending:");
}

#[test]
fn each_list_has_a_filter_of_its_own() {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console
        .press("1 /")
        .type_text("basic")
        .shows("1 match")
        .shows("1 Plans · 1 of 4 match")
        .lacks("PremiumPlan siloed");
    console.press("<enter> 2 /").type_text("basic0002x").shows("1 match").press("<enter>");
    console.shows("1 of 6 match").press("1 <esc>").shows("PremiumPlan siloed");
    console.press("/").type_text("tenant:x").shows("✗ no field tenant");
}

#[test]
fn problems_can_be_filtered_once_the_doctor_has_run() {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console
        .press("3 /")
        .type_text("problem:yes")
        .shows("no problems are known until the doctor has run: press !");
}

#[test]
fn what_was_found_is_highlighted_in_its_cell() {
    let mut console = Console::with_inventory(inventory_builder().build(), 120, 40);
    console.press("3 /").type_text("tenant:strasse");
    let buffer = console.masked_buffer("");
    let underlined =
        |cell: &ratatui::buffer::Cell| cell.modifier.contains(ratatui::style::Modifier::UNDERLINED);
    let rows = buffer.content.chunks(120).filter(|row| row.iter().any(|cell| cell.symbol() == "Ü"));
    let found: String = rows.flatten().filter(|cell| underlined(cell)).map(|cell| cell.symbol()).collect();
    assert_eq!(found, "Straße");
}
