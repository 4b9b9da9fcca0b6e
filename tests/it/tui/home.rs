//! The home screen: layout and selection.

use keypool::tui::{Keymap, Options, Styles};
use keypool_domain::Known;
use keypool_domain::testing::InventoryBuilder;

use crate::support::console::{Console, options};

#[test]
fn the_selected_plan_determines_pool_and_keys() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 30);
    console
        .shows("3 Keys · all plans · 12")
        .press("jjj")
        .shows("2 Pool · BasicPlan · sharded · least-tenants");
    console.shows("3 Keys · BasicPlan · 4").press("G").shows("siloed: every tenant key of this plan");
}

#[test]
fn selecting_a_pool_key_narrows_the_keys_and_esc_goes_back() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 30);
    console.press("jjj <enter> j <enter>").shows("►3 Keys · BasicPlan · basic0002x · 1");
    console
        .press("/ g <enter>")
        .shows("►3 Keys · BasicPlan · basic0002x · 1")
        .press("/ zz")
        .shows("no keys of BasicPlan match the filter");
    console.press("<esc>").lacks("match the filter").shows("basic0002x · 1 ·");
    console.press("<esc>").shows("►2 Pool").shows("3 Keys · BasicPlan · 4");
    console.press("<esc>").shows("►1 Plans").shows("BasicPlan · 4");
    console.press("<esc>").shows("3 Keys · all plans · 12");
}

#[test]
fn on_a_narrow_screen_the_region_is_dropped_before_host_and_limits() {
    let longer_label = Options { label: "default".to_owned(), ..options() };
    let mut console = Console::with_options(longer_label, InventoryBuilder::sample().build(), 80, 24);
    console.shows("default · 127.0.0.1:4599").shows("keys 10/10,000 plans 4/300");
}

#[test]
fn the_screen_at_80_by_24() {
    let console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    insta::assert_snapshot!(console.screen());
}

#[test]
fn the_screen_at_140_by_36() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 140, 36);
    console.press("jjj 3 j");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn the_focused_pane_grows_where_panes_stack() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    for (pane, min_height) in [("3", 9), ("2", 5), ("1", 6)] {
        console.press(pane);
        let screen = console.screen();
        let focused = screen.lines().skip_while(|line| !line.contains("►")).skip(1);
        let height = focused.take_while(|line| line.starts_with('│')).count();
        assert!(height >= min_height, "pane {pane} has {height} lines:\n{screen}");
    }
}

#[test]
fn a_list_without_room_is_a_title_with_its_selection() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.press("jjj").shows("▌ BasicPlan").shows("  PremiumPlan").shows("basic0003x          1/10");
    console.press("3").lacks("basic0003x          1/10").shows("used      left");
    console.shows("2 Pool · BasicPlan · 5 API keys · basic0001x · 1/10 tenants").press("2j3");
    console.shows("2 Pool · BasicPlan · 5 API keys · basic0002x · 1/10 tenants").press("1g3");
    console.shows("2 Pool · all plans · 6 API keys ─").lacks("fullest");
    console.press("1G").shows("siloed: every tenant key").press("4").shows("siloed: every tenant key");
    let mut low = Console::with_inventory(InventoryBuilder::sample().build(), 80, 17);
    low.press("jjj2").shows("1 Plans · BasicPlan · 4 tenants ─").shows("►2 Pool").shows("▌ basic0001x");
}

#[test]
fn a_small_screen_shows_the_focused_pane_below_the_titles_of_the_others() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 40, 10);
    console.shows("►1 Plans").shows("─ 2 Pool ").shows("─ 3 Keys ").shows("─ 4 Test ").shows("▌ all plans");
    console.press("3").shows("─ 1 Plans ").shows("►3 Keys · 12 · by tenant A→Z ─").shows("▌ backend");
    console.press("<tab>").shows("►4 Test").press("2").shows("►2 Pool").shows("▌ freeq0001x");
}

#[test]
fn a_wider_screen_shows_every_column_of_a_narrower_one() {
    let heads = |pane: &str, width, height| {
        let mut console = Console::with_inventory(InventoryBuilder::sample().build(), width, height);
        console.press(pane);
        let screen = console.screen();
        let head = screen.lines().skip_while(|line| !line.contains('►')).nth(1).unwrap_or_default();
        // The detail pane of a wide screen has them instead.
        let is_in_details = |word: &&str| ["created", "age", "rotated", "description"].contains(word);
        let words = head.split_whitespace().filter(|word| !is_in_details(word));
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    for (pane, count) in [("1", 4), ("2", 4), ("3", 3)] {
        let mut narrower = heads(pane, 60, 40);
        assert!(narrower.len() >= count, "{narrower:?}");
        for width in [66, 72, 80, 90, 100, 110, 120, 140, 160, 195, 196, 200, 250, 300] {
            let wider = heads(pane, width, 40);
            // A head of the detail pane beside it does no harm.
            assert!(narrower.iter().all(|head| wider.contains(head)), "{narrower:?}\n{width}: {wider:?}");
            narrower = wider;
        }
    }
}

#[test]
fn an_empty_list_says_what_to_do() {
    let mut console = Console::with_inventory(InventoryBuilder::empty().plan("TestPlan", 20).build(), 80, 24);
    console.shows("No keys yet. Press n to create one.").press("n").shows("new key");
    Console::with_inventory(InventoryBuilder::empty().build(), 80, 24).shows("No usage plans yet. Press s");
}

#[test]
fn a_tenant_key_without_an_api_key_is_marked_missing() {
    let builder = InventoryBuilder::sample().api_key("lost", false);
    let builder = builder
        .siloed_key("PremiumPlan", "apikey0001", "acme", "orphan")
        .edit_last_key(|key| key.id = "elsewhere".into());
    let mut console = Console::with_inventory(builder.build(), 120, 40);
    console.press("3/ orphan").shows("missing");
}

#[test]
fn every_size_renders_with_every_dialog_open() {
    for (width, height) in [(1, 1), (39, 30), (40, 10), (41, 11), (60, 12), (80, 24), (120, 15), (200, 60)] {
        let mut console = Console::with_inventory(InventoryBuilder::sample().build(), width, height);
        for keys in
            ["", "?", "<esc>:", "<esc>n", "<enter>", "<esc>3d", "<esc>D", "<esc><space><space>D", "<esc>/x"]
        {
            console.press(keys).screen();
        }
        let mut console = Console::new(width, height, options());
        console.press("?").screen();
    }
}

#[test]
fn a_screen_that_is_too_small_shows_the_minimum_and_ignores_keys() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 39, 9);
    console.shows("keypool needs a terminal of 40×10").press("3D<tab><enter>nq");
    assert_eq!(console.effects, []);
    console.press("<ctrl-c>");
    assert_eq!(console.effects, [keypool::tui::Effect::Quit]);
}

#[test]
fn ascii_mode_renders_ascii_only() {
    let styles = Styles::new(false, true);
    let ascii_options = Options { styles, ..options() };
    let mut console = Console::with_options(ascii_options, InventoryBuilder::sample().build(), 120, 40);
    let small = Console::with_options(
        Options { styles: Styles::new(true, true), ..options() },
        InventoryBuilder::sample().build(),
        30,
        8,
    );
    assert!(small.screen().is_ascii(), "{}", small.screen());
    for keys in ["3", "<space>", "?", "<esc>:", "<esc>n", "<esc>3d", "<esc>D"] {
        let screen = console.press(keys).screen();
        assert!(screen.is_ascii(), "{keys}:\n{screen}");
    }
}

#[test]
fn footer_and_help_follow_the_keymap() {
    let key = keypool::tui::parse_key("a").expect("a key");
    let keymap = Keymap::new(&[(keypool::tui::Action::New, vec![key])]).expect("no conflicting keys");
    let mut console =
        Console::with_options(Options { keymap, ..options() }, InventoryBuilder::sample().build(), 120, 40);
    console.shows(" a new").press("?").shows("a              create keys").press("<esc>a").shows("new key");
}

#[test]
fn tens_of_thousands_of_keys_are_listed_and_filtered() {
    let mut console = Console::with_inventory(InventoryBuilder::many_keys(30_000).build(), 120, 40);
    console.shows("3 Keys · all plans · 30,000").press("3G").shows("tenant-04999");
    console.press("/ service-29999").shows("all plans · 1 of 30,000 match ·");
}

#[test]
fn tables_stay_compact_on_a_wide_screen() {
    let console = Console::with_inventory(InventoryBuilder::sample().build(), 200, 60);
    let screen = console.screen();
    let line = |words: &str| screen.lines().find(|line| line.contains(words)).unwrap_or_default().to_owned();
    let between = |line: &str, from: &str, to: &str| {
        let chars = |end: usize| line[..end].chars().count();
        chars(line.find(to).unwrap_or(0)) - chars(line.find(from).unwrap_or(0))
    };
    let pool = line("basic0002x  BasicPlan");
    assert!(between(&pool, "basic0002x", "active") < 125, "{pool}");
    let keys = line("own today");
    assert!(between(&keys, "name", "own today") < 80, "{keys}");
}

#[test]
fn a_pool_key_with_an_unreadable_counter_shows_a_question_mark() {
    let unreadable = Known::unreadable("`tenants` is missing", "item key#x of the Pools table");
    let builder = InventoryBuilder::sample().edit_pool_key("basic0002x", |key| key.tenants = unreadable);
    let console = Console::with_inventory(builder.build(), 200, 60);
    let screen = console.screen();
    let line = screen.lines().find(|line| line.contains("basic0002x")).expect("its line");
    assert!(line.contains("?/10") && line.contains("unknown"), "{line}");
    let mut console = console;
    console.press("2jjd").shows("? of 10").shows("`tenants` is missing");
}

#[test]
fn descriptions_are_in_the_detail_pane_of_a_wide_screen() {
    let described = "issued for the billing service of the shop in October";
    let builder = InventoryBuilder::sample().edit_key("premium000", |key| {
        *key = key.clone().with_attributes(|its| its.description = described.into())
    });
    let mut console = Console::with_inventory(builder.build(), 200, 60);
    console.press("1gjjjj").shows("Detail · ").press("3").shows("issued for the billing service of the shop");
    Console::with_inventory(InventoryBuilder::sample().build(), 140, 36).lacks("description");
}

#[test]
fn a_narrow_palette_shows_the_whole_title_of_the_selected_action() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 40, 10);
    console.press(":").type_text("rotate").shows("rotate the key, all marked keys");
    console.shows("or the pool key · in pane 3");
}
