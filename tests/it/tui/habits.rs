//! Keys, marks, order, palette and mouse: the habits of the field.

use crossterm::event::{Event as Input, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use keypool::tui::Effect;
use keypool_domain::Secret;

use crate::support::console::Console;
use crate::support::world::World;

fn console() -> Console {
    Console::showing(World::sample().build(), 120, 40)
}

#[test]
fn q_goes_back_and_quits_at_the_root() {
    let mut console = console();
    console.press("j 3 q").sees("▶1 Plans").press("q").sees("all plans · 12");
    assert_eq!(console.asked, []);
    console.press("q");
    assert_eq!(console.asked, [Effect::Quit]);
}

#[test]
fn ctrl_c_quits_and_ctrl_z_suspends_whatever_is_open() {
    for keys in ["", "n", "/ abc", ":", "?", "3D"] {
        let mut console = console();
        console.press(keys).press("<ctrl-z><ctrl-c>");
        assert_eq!(console.asked, [Effect::Suspend, Effect::Quit], "{keys}");
    }
}

#[test]
fn a_key_that_does_nothing_here_says_where_it_does_something() {
    let mut console = console();
    console.press("4D").sees("D does nothing here · in pane 1: delete the usage plan");
    console.press("2v").sees("in pane 3: show the secret");
    console
        .press("4 R")
        .sees("in pane 2 and in pane 3: give the key")
        .press("a")
        .sees("in the view of the doctor");
    console.press("%").misses("does nothing here").press("3/").type_in("D").misses("does nothing here");
    console.press("<esc> n").type_in("a").misses("does nothing here");
}

#[test]
fn panes_go_round_and_pages_never_delete() {
    let mut console = console();
    console.press("<tab>").sees("▶2 Pool").press("<tab><tab><tab>").sees("▶1 Plans");
    console.press("<backtab>").sees("▶4 Test").press("3<ctrl-d>").sees("▶3 Keys").misses("delete key");
}

#[test]
fn marks_ranges_and_their_count() {
    let mut console = console();
    console.press("3<space>").sees("1 marked").press("jj<ctrl-space>").sees("4 marked").sees("● ");
    console.press("<ctrl-\\>").misses("marked");
}

#[test]
fn the_order_changes_and_is_kept_over_a_refresh() {
    let mut console = console();
    console.press("3S").sees("by name ↓").press("I").sees("by name ↑").press("r");
    console.loaded(World::sample().build()).sees("by name ↑");
}

#[test]
fn names_and_tenants_stand_as_people_count() {
    let mut world = World::empty().plan("TestPlan", 20);
    for (tenant, name) in [("t-10", "web-2"), ("T-2", "web-10"), ("t-2", "Web-1"), ("t-1", "web-10")] {
        world = world.siloed("TestPlan", &format!("{tenant}{name}"), tenant, name);
    }
    let mut console = Console::showing(world.build(), 120, 40);
    let listed = |console: &Console| {
        let screen = console.screen();
        let keys = screen.lines().filter(|line| line.contains("TestPlan ") && line.contains("yes"));
        let words = keys.map(|line| line.split_whitespace().filter(|word| word.contains('-')).take(2));
        words.map(|words| words.collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(listed(&console), ["web-10 t-1", "Web-1 t-2", "web-10 T-2", "web-2 t-10"]);
    console.press("3S");
    assert_eq!(listed(&console), ["Web-1 t-2", "web-2 t-10", "web-10 t-1", "web-10 T-2"]);
    console.press("I");
    assert_eq!(listed(&console), ["web-10 T-2", "web-10 t-1", "web-2 t-10", "Web-1 t-2"]);
}

#[test]
fn the_palette_finds_actions_by_name_and_does_them() {
    let mut console = console();
    console.press(":").type_in("invert").sees("turn the order round").press("<enter>").sees("by tenant ↑");
    console
        .press(":")
        .type_in("xyzzy")
        .sees("no action has such a name")
        .press("<enter><esc>")
        .misses("actions");
}

#[test]
fn ids_are_copied() {
    let mut console = console();
    console.press("jj c 2c 3c");
    let copied = |text: &str| Effect::Copy(Secret::new(text));
    assert_eq!(console.asked, [copied("freeplan"), copied("freeq0001x"), copied("FreePlan-acme-trial")]);
    console.sees("is on the clipboard");
}

#[test]
fn details_name_everyone_behind_a_shared_key() {
    let mut console = console();
    console.press("jj 3 d").sees("shared by    4 tenant keys").sees("acme, globex, initech, umbrella");
    console.press("<esc>1d").sees("100 a day for each API key");
}

#[test]
fn a_click_focuses_and_selects_and_the_wheel_moves() {
    let mut console = console();
    console.input(mouse(MouseEventKind::Down(MouseButton::Left), 5, 6)).sees("Pool · BasicPlan");
    console.input(mouse(MouseEventKind::ScrollDown, 60, 25)).sees("▶3 Keys").sees("▌ web umbrella");
    console.input(mouse(MouseEventKind::Down(MouseButton::Left), 60, 39));
    console.sees("▶3 Keys");
}

#[test]
fn a_click_on_the_frame_of_a_list_selects_no_row() {
    let mut console = Console::showing(World::many(100).build(), 80, 24);
    console.press("3jj").sees("▌ service-2 ");
    let test_pane =
        console.screen().lines().position(|line| line.contains(" 4 Test")).expect("the test pane");
    let edge = u16::try_from(test_pane - 1).expect("a row");
    console.input(mouse(MouseEventKind::Down(MouseButton::Left), 5, edge)).sees("▌ service-2 ");
    console.input(mouse(MouseEventKind::Down(MouseButton::Left), 5, edge - 1)).misses("▌ service-2 ");
}

#[test]
fn the_wheel_scrolls_what_lies_over_the_panes_and_a_click_ends_typing() {
    let mut console = Console::showing(World::sample().build(), 80, 14);
    console.press("?").sees("create keys");
    console.input(mouse(MouseEventKind::ScrollDown, 40, 7)).misses("create keys").press("<esc>");
    console.press("/").type_in("acme").input(mouse(MouseEventKind::Down(MouseButton::Left), 5, 1));
    console.sees("▶1 Plans").press("?").sees("keys that work here").press("<esc>").sees("· 3 ·");
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Input {
    Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

#[test]
fn a_paste_is_text_and_never_a_command() {
    let mut console = console();
    console.input(Input::Paste("D\ny".to_owned())).misses("delete");
    console.press("/").input(Input::Paste("ac\u{1b}me\n".to_owned())).sees("/ac me");
}

#[test]
fn the_footer_names_keys_that_do_something_here() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.sees("Enter open").sees("/ filter").press("?").sees("Esc close").misses("v reveal");
    console
        .press("<esc>d")
        .misses("v reveal")
        .press("<esc>3")
        .sees("+ extend")
        .sees("x why")
        .sees("u usage")
        .sees("! doctor")
        .sees("/ filter");
    console.press("d").sees("v reveal").press("<esc>/").sees("Enter keep  Esc clear").sees("!word plan:");
    console.press("<esc>D").sees("y yes  n no").press("<esc><space><space><space><space>D");
    console.sees("the number of tenants").misses("y yes").press("yn").sees("the number of tenants");
}

#[test]
fn the_end_of_the_details_is_reached_on_the_smallest_screen() {
    let mut console = Console::showing(World::sample().build(), 40, 10);
    console.press("jj 3 d").misses("umbrella").press("G").sees("umbrella").misses("more:");
}
