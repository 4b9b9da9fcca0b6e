//! The home screen: what is where, and what the selection drives.

use keypool::tui::{Keymap, Look, Options};

use crate::support::console::{Console, options};
use crate::support::world::World;

#[test]
fn the_chosen_plan_drives_pool_and_keys() {
    let mut console = Console::showing(World::sample().build(), 120, 30);
    console.sees("3 Keys · all plans · 12").press("jjj").sees("2 Pool · BasicPlan · sharded · least-tenants");
    console.sees("3 Keys · BasicPlan · 4").press("G").sees("siloed: every tenant key of this plan");
}

#[test]
fn a_pool_key_narrows_the_keys_and_esc_goes_back_step_by_step() {
    let mut console = Console::showing(World::sample().build(), 120, 30);
    console.press("jjj <enter> j <enter>").sees("▶3 Keys · BasicPlan · basic0002x · 1");
    console
        .press("/ g <enter>")
        .sees("▶3 Keys · BasicPlan · basic0002x · 1")
        .press("/ zz")
        .sees("no key of BasicPlan matches the filter");
    console.press("<esc>").misses("matches the filter").sees("basic0002x · 1 ·");
    console.press("<esc>").sees("▶2 Pool").sees("3 Keys · BasicPlan · 4");
    console.press("<esc>").sees("▶1 Plans").sees("BasicPlan · 4");
    console.press("<esc>").sees("3 Keys · all plans · 12");
}

#[test]
fn host_and_limits_of_the_account_come_before_the_region() {
    let longer = Options { label: "default".to_owned(), ..options() };
    let mut console = Console::with(longer, World::sample().build(), 80, 24);
    console.sees("default · 127.0.0.1:4599").sees("keys 10/10,000 plans 4/300");
}

#[test]
fn the_screen_at_80_by_24() {
    let console = Console::showing(World::sample().build(), 80, 24);
    insta::assert_snapshot!(console.screen());
}

#[test]
fn the_screen_at_140_by_36() {
    let mut console = Console::showing(World::sample().build(), 140, 36);
    console.press("jjj 3 j");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn the_focused_pane_grows_where_panes_stack() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    for (pane, lines) in [("3", 9), ("2", 5), ("1", 6)] {
        console.press(pane);
        let screen = console.screen();
        let focused = screen.lines().skip_while(|line| !line.starts_with("╭▶")).skip(1);
        let height = focused.take_while(|line| line.starts_with('│')).count();
        assert!(height >= lines, "pane {pane} has {height} lines:\n{screen}");
    }
}

#[test]
fn a_pool_shows_three_of_its_keys_beside_the_plans_and_beside_the_keys() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.press("jjj").sees("▌ BasicPlan").sees("  PremiumPlan").sees("basic0003x          1/10");
    console.sees("tenant").press("3").sees("basic0003x          1/10").sees("api key    shared");
    console.press("1k").sees("freeq0001x          4/10").press("jjG").sees("siloed: every tenant key");
    console.press("4").sees("siloed: every tenant key").press("2").sees("▶2 Pool");
}

#[test]
fn says_what_to_do_where_there_is_nothing() {
    let mut console = Console::showing(World::empty().plan("TestPlan", 20).build(), 80, 24);
    console.sees("no keys yet: n creates one").press("n").sees("new key");
    Console::showing(World::empty().build(), 80, 24).sees("no usage plans in this account and region");
}

#[test]
fn shows_what_cannot_serve() {
    let world = World::sample().api_key("lost", false);
    let world = world.siloed("PremiumPlan", "gone", "acme", "orphan").with(|row| row.id = "elsewhere".into());
    let mut console = Console::showing(world.build(), 120, 40);
    console.press("/ orphan").sees("missing");
}

#[test]
fn every_size_can_be_drawn_with_everything_open() {
    for (width, height) in [(1, 1), (39, 30), (40, 10), (41, 11), (60, 12), (80, 24), (120, 15), (200, 60)] {
        let mut console = Console::showing(World::sample().build(), width, height);
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
fn a_screen_that_is_too_small_asks_for_room_and_swallows_keys() {
    let mut console = Console::showing(World::sample().build(), 39, 9);
    console.sees("keypool needs 40×10").press("3D<tab><enter>nq");
    assert_eq!(console.asked, []);
    console.press("<ctrl-c>");
    assert_eq!(console.asked, [keypool::tui::Effect::Quit]);
}

#[test]
fn ascii_means_ascii() {
    let look = Look::new(false, true);
    let plain = Options { look, ..options() };
    let mut console = Console::with(plain, World::sample().build(), 120, 40);
    let small =
        Console::with(Options { look: Look::new(true, true), ..options() }, World::sample().build(), 30, 8);
    assert!(small.screen().is_ascii(), "{}", small.screen());
    for keys in ["3", "<space>", "?", "<esc>:", "<esc>n", "<esc>3d", "<esc>D"] {
        let screen = console.press(keys).screen();
        assert!(screen.is_ascii(), "{keys}:\n{screen}");
    }
}

#[test]
fn footer_and_help_follow_the_keymap_in_force() {
    let key = keypool::tui::parse_key("a").expect("a key");
    let keymap = Keymap::new(&[(keypool::tui::Action::New, vec![key])]).expect("no clash");
    let mut console = Console::with(Options { keymap, ..options() }, World::sample().build(), 120, 40);
    console.sees(" a new").press("?").sees("a              create keys").press("<esc>a").sees("new key");
}

#[test]
fn a_million_keys_are_drawn_like_ten() {
    let mut console = Console::showing(World::many(30_000).build(), 120, 40);
    console.sees("3 Keys · all plans · 30,000").press("3G").sees("tenant-04999");
    console.press("/ service-29999").sees("all plans · 1 ·");
}

#[test]
fn a_wide_screen_does_not_tear_its_tables_apart() {
    let console = Console::showing(World::sample().build(), 200, 60);
    let screen = console.screen();
    let line = |words: &str| screen.lines().find(|line| line.contains(words)).unwrap_or_default().to_owned();
    let between = |line: &str, from: &str, to: &str| {
        let chars = |end: usize| line[..end].chars().count();
        chars(line.find(to).unwrap_or(0)) - chars(line.find(from).unwrap_or(0))
    };
    let pool = line("basic0002x   BasicPlan");
    assert!(pool.contains(&"░".repeat(12)) && between(&pool, "basic0002x", "active") < 125, "{pool}");
    let keys = line("created");
    assert!(between(&keys, "name", "created") < 130, "{keys}");
}

#[test]
fn a_pool_key_whose_counter_cannot_be_read_is_marked_and_neither_full_nor_active() {
    let console = Console::showing(World::sample().unread_counter("basic0002x").build(), 200, 60);
    let screen = console.screen();
    let line = screen.lines().find(|line| line.contains("basic0002x")).expect("its line");
    assert!(line.contains("?/10") && line.contains("no count"), "{line}");
    let mut console = console;
    console.press("2jjd").sees("? of 10").sees("`tenants` is missing");
}
