//! Lists scroll within a region of the terminal, in few bytes, and the screen is the same as if all of it were written.

use std::time::Duration;

use crossterm::event::{Event, KeyModifiers, MouseEvent, MouseEventKind};
use keypool::settings::Theme;
use keypool::tui::{Options, Styles};
use keypool_domain::testing::InventoryBuilder;
use keypool_local_aws::World;
use ratatui::layout::Size;

use crate::support::console::{Console, options};
use crate::support::display::Display;
use crate::support::scenario::Scenario;

/// The bytes of a step of a held key that scrolls, on average.
const MAX_STEP_BYTES: usize = 330;
/// Steps until the cursor is at the edge of the list.
const STEPS_TO_EDGE: usize = 22;

fn console(size: Size, styles: Styles) -> Console {
    let inventory = InventoryBuilder::many_keys(300).build();
    let mut console =
        Console::with_options(Options { styles, ..options() }, inventory, size.width, size.height);
    console.press("3");
    console
}

fn dark_theme() -> Theme {
    Theme::load("dark", &Default::default()).expect("a built-in theme")
}

/// The number of scroll regions that were set.
fn scrolls(written: &[u8]) -> usize {
    let text = String::from_utf8_lossy(written);
    let ends_region =
        |rest: &str| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('r');
    text.split("\x1b[").skip(1).filter(|rest| !rest.starts_with('r') && ends_region(rest)).count()
}

#[test]
fn after_each_step_of_a_held_key_the_screen_is_as_if_all_of_it_were_written() {
    let styles =
        [Styles::new(true, false), Styles::new(false, true), Styles::from_theme(dark_theme(), true, false)];
    for (width, height) in [(40, 10), (80, 24), (120, 35), (200, 60)] {
        for styles in styles.clone() {
            let size = Size::new(width, height);
            let mut console = console(size, styles);
            let mut display = Display::new(size, true);
            display.draw(&console);
            let mut scroll_count = 0;
            let steps = ["j"; 50].into_iter().chain(["<ctrl-d>", "G", "<ctrl-u>", "g", "G"]).chain(["k"; 50]);
            for key in steps {
                console.press_without_pause(key);
                scroll_count += scrolls(&display.draw(&console));
                let mut redrawn = Display::new(size, false);
                redrawn.draw(&console);
                assert_eq!(display.text(), redrawn.text(), "{size}, {key}");
                for (row, (shown, expected)) in display.rows().iter().zip(redrawn.rows()).enumerate() {
                    assert_eq!(*shown, expected, "{size}, {key}, row {row}");
                }
            }
            assert!(scroll_count >= 10 || height == 10, "{size}: scrolled {scroll_count} times");
        }
    }
}

#[test]
fn a_step_of_a_held_key_that_scrolls_takes_few_bytes() {
    for (width, height) in [(80, 24), (120, 35)] {
        let size = Size::new(width, height);
        let sample = Scenario::builder(World::Sample).size(width, height).start().press("3").idle_console();
        for mut console in [sample, console(size, Styles::new(true, false))] {
            let mut display = Display::new(size, true);
            let step = |console: &mut Console, display: &mut Display, key: &str| {
                console.press_without_pause(key);
                display.draw(console).len()
            };
            for (from, key) in [("g", "j"), ("G", "k")] {
                console.press(from);
                for _ in 0..STEPS_TO_EDGE {
                    step(&mut console, &mut display, key);
                }
                let bytes: Vec<usize> = (0..10).map(|_| step(&mut console, &mut display, key)).collect();
                let mean = bytes.iter().sum::<usize>() / bytes.len();
                assert!(mean <= MAX_STEP_BYTES, "{size} {key}: {bytes:?}");
            }
        }
    }
}

#[test]
fn a_terminal_without_scroll_regions_gets_none() {
    let size = Size::new(80, 24);
    let mut console = console(size, Styles::new(true, false));
    let mut display = Display::new(size, false);
    for _ in 0..STEPS_TO_EDGE {
        console.press_without_pause("j");
        assert_eq!(scrolls(&display.draw(&console)), 0);
    }
}

#[test]
fn the_test_pane_follows_a_held_key_as_soon_as_it_rests() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 40);
    console.press("3").shows("4 Test · ••••cdef (PremiumPlan/acme)").press("j").shows("(FreePlan/acme");
    console.press_without_pause("jj").shows("▌ backend globex").shows("4 Test · ••••cdef (FreePlan/acme");
    assert!(console.app.wakes_at().is_some(), "a tick is needed");
    console.wait(1).shows("4 Test · ••••cdef (PremiumPlan/globex)");
    console.press_without_pause("jj").press("x").lacks("4 Test · ••••cdef (PremiumPlan/globex)");
}

#[test]
fn the_panes_beside_a_list_follow_a_held_key_in_the_plans_pane_as_soon_as_it_rests() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 40);
    console.press("1g jj").shows("2 Pool · FreePlan").shows("3 Keys · FreePlan");
    console.press_without_pause("jj").shows("2 Pool · FreePlan").shows("3 Keys · FreePlan");
    console.wait(1).shows("2 Pool · PremiumPlan").shows("3 Keys · PremiumPlan");
    // An action acts on what the cursor is on, which is shown before.
    console.press_without_pause("kk").shows("3 Keys · PremiumPlan").press("n").shows("FreePlan →");
}

#[test]
fn the_panes_beside_a_list_follow_the_wheel_as_soon_as_it_rests() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 40);
    console.press("1g").shows("3 Keys · all plans");
    let turn = || wheel(5, 4);
    console.send_input(turn()).shows("3 Keys · BasicPlan");
    console.press("g").shows("3 Keys · all plans");
    console.send_input_after(Duration::from_millis(200), turn()).paint();
    console.send_input_after(Duration::from_millis(20), turn()).paint();
    console.shows("▌ PremiumPlan").shows("3 Keys · BasicPlan").wait(1).shows("3 Keys · PremiumPlan");
}

/// The wheel turned down at this position.
fn wheel(column: u16, row: u16) -> Event {
    let kind = MouseEventKind::ScrollDown;
    Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}
