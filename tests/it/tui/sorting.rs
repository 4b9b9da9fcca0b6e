//! Every list is sorted by every of its columns.

use crossterm::event::{Event as Input, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use keypool_domain::testing::InventoryBuilder;

use crate::support::console::Console;

fn console(width: u16, height: u16) -> Console {
    let builder = InventoryBuilder::sample().siloed_key("TestPlan", "test000001", "zeta", "alpha");
    Console::with_inventory(builder.build(), width, height)
}

#[test]
fn the_picker_has_a_letter_for_each_column_and_reverses_the_one_in_use() {
    let mut console = console(120, 40);
    console.press("3S").shows("Sort by").shows("n  name A→Z").shows("a  API key").shows("t  tenant Z→A");
    console.press("n").lacks("Sort by").shows("by name A→Z").shows("state │\n│ alpha zeta");
    console.press("Sn").shows("by name Z→A").press("Sp").shows("by plan A→Z");
    console.press("S<down><enter>").shows("by API key A→Z").press("S<esc>").shows("by API key A→Z");
}

#[test]
fn angle_brackets_go_to_the_column_beside() {
    let mut console = console(120, 40);
    console.press("3>").shows("by plan A→Z").press(">").shows("by API key A→Z");
    console.press("<").shows("by plan A→Z").press("I").shows("by plan Z→A");
    console.press("<").shows("by tenant A→Z").press("<").press("<").shows("by description A→Z");
    console.press(">").shows("by name A→Z");
}

#[test]
fn plans_and_pool_keys_are_sorted_too() {
    let mut console = console(120, 40);
    let plans = |console: &Console| {
        let screen = console.screen();
        let rows = screen.lines().skip_while(|line| !line.contains("all plans")).skip(1).take(4);
        rows.map(|row| row.split_whitespace().nth(1).unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(plans(&console), ["TestPlan", "FreePlan", "BasicPlan", "PremiumPlan"]);
    console.press("1Sp").shows("limits per API key · by plan A→Z");
    assert_eq!(plans(&console), ["BasicPlan", "FreePlan", "PremiumPlan", "TestPlan"]);
    console.press("Sq").shows("by quota high→low");
    assert_eq!(plans(&console), ["PremiumPlan", "BasicPlan", "FreePlan", "TestPlan"]);
    console
        .press("2St")
        .shows("by tenants high→low")
        .shows("▌ freeq0001x")
        .press("I")
        .shows("by tenants low→high");
}

#[test]
fn a_click_on_a_head_sorts_by_it() {
    let mut console = console(180, 40);
    let mut click = |head: &str, words: &str| {
        let screen = console.screen();
        let (row, line) = screen
            .lines()
            .enumerate()
            .filter(|(_, line)| line.split_whitespace().take(4).eq(["│", "name", "tenant", "plan"]))
            .last()
            .expect("the heads of the keys");
        let column = line.split(head).next().unwrap_or_default().chars().count();
        let at = |n: usize| u16::try_from(n).expect("a position on the screen");
        console.send_input(Input::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: at(column),
            row: at(row),
            modifiers: KeyModifiers::NONE,
        }));
        console.shows(words);
    };
    click("plan", "by plan A→Z");
    click("plan", "by plan Z→A");
    click("name", "by name A→Z");
    click("created", "by created new→old");
}

#[test]
fn the_picker_shows_every_column_on_the_smallest_screen() {
    let mut console = console(40, 10);
    console.press("3S<up><up>").lacks("…");
    let mut seen = console.screen();
    for _ in 0..14 {
        seen.push_str(&console.press("<down>").lacks("…").screen());
    }
    let heads = ["name", "tenant", "plan", "API key", "shared", "own today", "used", "left", "state"];
    for head in heads.into_iter().chain(["created", "age", "rotated", "description"]) {
        assert!(seen.contains(head), "{head}: {seen}");
    }
}
