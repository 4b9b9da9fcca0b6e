//! The console of an account with more tenant keys than it reads unasked: they are listed by index, a page at a time.

use keypool_local_aws::{Answer, Fault};

use crate::support::scenario::Scenario;

/// Selects the siloed plan, and with one more `j` the pooled one.
const SELECT_SILO: &str = "1gj";

fn scenario() -> Scenario {
    Scenario::of_large_account().size(120, 30).start()
}

/// The number in the title of the keys pane, for example `20…`.
fn listed_count(scenario: &Scenario) -> String {
    let screen = scenario.screen();
    let title = screen.lines().find(|line| line.contains("3 Keys · ")).expect("the title").to_owned();
    let parts: Vec<_> = title.split(" · ").collect();
    parts[2].split(' ').next().expect("a count").to_owned()
}

#[test]
fn plans_have_counts_of_counters_and_the_table_is_listed_in_its_own_order() {
    let mut scenario = scenario();
    scenario
        .shows("all plans 57")
        .shows("Silo siloed 45")
        .shows("Shared pooled 12")
        .shows("in the table's order");
    assert!(listed_count(&scenario).ends_with('…'), "{}", scenario.screen());
    // One page each of the Plans and Pools tables, and of six of the Keys table those that the cursor is near.
    assert!(scenario.count_calls("Scan") <= 6, "{}", scenario.count_calls("Scan"));
    assert_eq!(scenario.count_calls("Query"), 0);
}

#[test]
fn the_keys_of_the_plan_under_the_cursor_are_paged_as_the_cursor_nears_the_end() {
    let mut scenario = scenario();
    scenario.press(SELECT_SILO).shows("Keys · Silo · ").shows("key-00 acme-00").lacks("globex");
    let first = scenario.count_calls("Query");
    assert!(first <= 3, "no further than the cursor is near the end: {first}");
    let before = listed_count(&scenario);
    assert!(before.ends_with('…'), "{before}");
    scenario.press("3 G G G G").shows("key-44 acme-44").shows("Keys · Silo · 45 · by % high→low");
    assert_eq!(scenario.count_calls("Query"), 5, "pages of 10");
    assert_eq!(scenario.press("g G").count_calls("Query"), 5, "all of the list is there");
    // A complete list is sorted and filtered here.
    scenario.press("I").shows("by % low→high").press("I/").type_text("key-07").press("<enter>");
    scenario.shows("Keys · Silo · 1 of 45 match /key-07 ·").shows("acme-07");
    assert_eq!(scenario.count_calls("Query"), 5);
}

#[test]
fn a_page_leaves_the_cursor_and_the_rows_where_they_are() {
    let mut scenario = scenario();
    scenario.press(SELECT_SILO).press("3");
    let rows = |scenario: &Scenario| {
        let screen = scenario.screen();
        let row = |line: &str| Some(line.get(line.find(" key-")?..)?.get(..8)?.to_owned());
        screen.lines().filter_map(row).collect::<Vec<_>>()
    };
    let queries = scenario.count_calls("Query");
    for _ in 0..45 {
        let before = rows(&scenario);
        scenario.press("j");
        if scenario.count_calls("Query") > queries {
            let after = rows(&scenario);
            // The step itself may scroll by a row.
            assert!(before == after || before[1..] == after[..after.len() - 1], "{before:?} {after:?}");
            return;
        }
    }
    panic!("no page was read");
}

#[test]
fn other_orders_and_filters_are_refused_and_a_tenant_prefix_is_a_query() {
    let mut scenario = scenario();
    scenario
        .press(SELECT_SILO)
        .press("3 S")
        .shows("too large to be sorted")
        .press("I")
        .shows("too large to be");
    let queries = scenario.count_calls("Query");
    scenario.press("/").type_text("key-1").shows("too large for this filter").lacks("acme-0");
    assert_eq!(scenario.count_calls("Query"), queries, "a list that is not shown is not read on");
    scenario.press("<enter> e").shows("no key is selected").lacks("edit key");
    scenario.press("<esc>").shows("acme-00").press("/").type_text("tenant:acme-1").press("<enter>");
    scenario.shows("acme-10").shows("acme-19").lacks("acme-0").lacks("acme-2").shows("Keys · Silo · 10 ");
    scenario.press("<esc>").shows("acme-00");
    // Of all plans, a tenant is found by its whole name.
    scenario.press("1g3/").type_text("tenant:globex-03").press("<enter>");
    scenario.shows("globex-03").lacks("globex-04").shows("Keys · all plans · 1 ");
}

#[test]
fn the_tenants_of_a_pool_key_are_read_by_its_index() {
    let mut scenario = scenario();
    scenario.press(SELECT_SILO).press("j").shows("Keys · Shared · 1").shows("by 12");
    scenario.press("2<enter>").shows("globex-00").lacks("acme").press("G G").shows("globex-11");
    scenario.shows(" · 12 · by % high→low");
}

#[test]
fn nothing_that_needs_other_keys_rests_on_a_list() {
    let mut scenario = scenario();
    scenario.press(SELECT_SILO).press("3").lacks("D delete").lacks("R rotate").shows("e edit").shows("n new");
    for key in ["D", "R", "m", "+"] {
        scenario.press(key).shows("tenant keys are read only as they are listed (");
        scenario.shows("--scan").lacks("[ Cancel ]");
    }
    scenario.press("2 A").lacks("[ Cancel ]").press("1 D").lacks("[ Cancel ]");
    scenario.press(":doctor<enter>").shows("has about 58 items").press("<esc>");
    assert_eq!(scenario.count_calls("TransactWriteItems"), 0);
}

#[test]
fn a_reference_to_a_pool_key_is_deleted_by_what_its_transaction_checks() {
    let mut scenario = scenario();
    scenario.press(SELECT_SILO).press("j3 j").shows("globex-01").shows("D delete");
    scenario.press("D").shows("[ Delete").shows("1 tenant").shows("this key is shared");
    assert_eq!(scenario.count_calls("GetItem"), 1, "read again, by itself");
    scenario.press("y").shows("Shared pooled 11").shows("Keys · Shared · 11");
    // The key has gone since it was listed.
    scenario.delete_item("keypool-keys", "app-02");
    scenario.press("D").shows("does not exist").lacks("[ Delete");
}

#[test]
fn a_complete_list_keeps_its_order_and_filter_when_it_has_grown() {
    let mut scenario = scenario();
    scenario.press(SELECT_SILO).press("3 G G G G").shows("Keys · Silo · 45 · by %");
    scenario.press("StI").shows("Keys · Silo · 45 · by tenant Z→A");
    scenario.press("/").type_text("acme-4").press("<enter>").shows("Keys · Silo · 5 of 45 match /acme-4");
    // Ten more than a page, so that the list does not end where it did.
    let tenants: Vec<_> = (0..11).map(|n| format!("acme-4x{n:02}")).collect();
    scenario.put_tenant_keys("Silo", &tenants);
    scenario.press("r").shows("Keys · Silo · 16 of 56 match /acme-4 · by tenant Z→A").shows("acme-4x10");
}

#[test]
fn a_shared_key_says_how_many_share_it_by_its_counter() {
    let mut scenario = scenario();
    scenario.press(SELECT_SILO).press("j3 j").shows("globex-01").shows("shared by 12").lacks("shared by 12…");
}

#[test]
fn an_edit_rests_on_a_consistent_read_of_the_key() {
    let mut scenario = scenario();
    scenario.press(SELECT_SILO).press("3 j").shows("acme-01");
    scenario.press("e").shows("edit key \"key-01\"").type_text("-b").press("<enter>").shows("[ Cancel ]");
    assert_eq!(scenario.count_calls("GetItem"), 1);
    scenario.press("y").shows("key-01-b").lacks("[ Cancel ]");
    // The key has gone since it was listed.
    scenario.delete_item("keypool-keys", "key-02");
    scenario.press("j e").type_text("-b").press("<enter>").shows("does not exist").lacks("[ Cancel ]");
}

#[test]
fn a_new_key_is_created_by_the_counters() {
    let mut scenario = scenario();
    scenario
        .press(SELECT_SILO)
        .press("j n")
        .shows("new key")
        .type_text("hooli")
        .press("<tab>")
        .type_text("app");
    scenario.press("<enter>").shows("[ Create 1 key ]").press("y").shows("Shared pooled 13");
}

#[test]
fn a_page_that_fails_is_not_repeated_and_says_why() {
    let mut scenario = scenario();
    scenario.inject_fault(Fault::on("Query", Answer::AccessDenied { action: None }).always());
    scenario.press(SELECT_SILO).shows("not allowed: dynamodb:Query").lacks("acme-");
    let queries = scenario.count_calls("Query");
    scenario.press("3 j k").shows("not allowed: dynamodb:Query");
    assert_eq!(scenario.count_calls("Query"), queries);
    scenario.clear_faults().press("r").shows("acme-00");
}
