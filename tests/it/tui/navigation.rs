//! Keys, marks, sorting, palette and mouse.

use crossterm::event::{Event as Input, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use keypool::tui::Effect;
use keypool_domain::testing::InventoryBuilder;

use crate::support::console::Console;

fn console() -> Console {
    Console::with_inventory(InventoryBuilder::sample().build(), 120, 40)
}

#[test]
fn q_quits_from_every_pane_of_the_home_screen_and_goes_back_elsewhere() {
    for keys in ["", "j", "j 3", "/ web <enter>", "3 <space>", "4"] {
        let mut console = console();
        console.press(keys);
        console.effects.clear();
        console.press("q");
        assert_eq!(console.effects, [Effect::Quit], "after {keys}");
    }
    let mut console = console();
    console.press("u q").shows("►1 Plans");
    assert!(!console.effects.contains(&Effect::Quit));
}

#[test]
fn ctrl_c_quits_and_ctrl_z_suspends_whatever_is_open() {
    for keys in ["", "n", "/ abc", ":", "?", "3D"] {
        let mut console = console();
        console.press(keys).press("<ctrl-z><ctrl-c>");
        assert_eq!(console.effects, [Effect::Suspend, Effect::Quit], "{keys}");
    }
}

#[test]
fn an_inactive_key_names_the_pane_where_it_works() {
    let mut console = console();
    console.press("4D").shows("D does nothing here · in pane 1: delete the plan (its keys stop working)");
    console.press("2v").shows("in pane 3: show the secret");
    console.press("4 R").shows("in panes 2 and 3: rotate the key").press("a").shows("in the doctor");
    console.press("%").lacks("does nothing here").press("3/").type_text("D").lacks("does nothing here");
    console.press("<esc> n").type_text("a").lacks("does nothing here");
}

#[test]
fn tab_cycles_panes_and_page_keys_do_not_delete() {
    let mut console = console();
    console.press("<tab>").shows("►2 Pool").press("<tab><tab><tab>").shows("►1 Plans");
    console.press("<backtab>").shows("►4 Test").press("3<ctrl-d>").shows("►3 Keys").lacks("delete key");
}

#[test]
fn single_keys_and_ranges_can_be_marked() {
    let mut console = console();
    console.press("3<space>").shows("1 marked").press("jj<ctrl-space>").shows("4 marked").shows("● ");
    console.press("<ctrl-\\>").lacks("marked");
}

#[test]
fn the_sort_order_survives_a_refresh() {
    let mut console = console();
    console.press("3Sn").shows("by name A→Z").press("I").shows("by name Z→A").press("r");
    console.finish_loading(InventoryBuilder::sample().build()).shows("by name Z→A");
}

#[test]
fn names_and_tenants_sort_naturally() {
    let mut builder = InventoryBuilder::empty().plan("TestPlan", 20);
    for (tenant, name) in [("t-10", "web-2"), ("T-2", "web-10"), ("t-2", "Web-1"), ("t-1", "web-10")] {
        builder = builder.siloed_key("TestPlan", &format!("{tenant}{name}"), tenant, name);
    }
    let mut console = Console::with_inventory(builder.build(), 120, 40);
    let listed_names = |console: &Console| {
        let screen = console.screen();
        let keys = screen.lines().filter(|line| line.contains("TestPlan ") && line.contains("active"));
        let words = keys.map(|line| line.split_whitespace().filter(|word| word.contains('-')).take(2));
        words.map(|words| words.collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(listed_names(&console), ["web-10 t-1", "Web-1 t-2", "web-10 T-2", "web-2 t-10"]);
    console.press("3Sn");
    assert_eq!(listed_names(&console), ["Web-1 t-2", "web-2 t-10", "web-10 t-1", "web-10 T-2"]);
    console.press("I");
    assert_eq!(listed_names(&console), ["web-10 T-2", "web-10 t-1", "web-2 t-10", "Web-1 t-2"]);
}

#[test]
fn the_palette_finds_and_runs_actions() {
    let mut console = console();
    console.press(":").type_text("invert").shows("reverse the order").press("<enter>").lacks("by tenant Z→A");
    console.press("3 :").type_text("invert").press("<enter>").shows("by tenant Z→A");
    console
        .press(":")
        .type_text("xyzzy")
        .shows("no matching action")
        .press("<enter><esc>")
        .lacks("Go to · run");
}

#[test]
fn c_copies_the_id_of_the_selection() {
    let mut console = console();
    console.press("jj c 2c 3c");
    let copied = |id: &str| Effect::CopyId(id.to_owned());
    assert_eq!(console.effects, [copied("freeplan"), copied("freeq0001x"), copied("FreePlan-acme-trial")]);
    console.shows("is on the clipboard");
}

#[test]
fn details_list_the_tenants_of_a_shared_key() {
    let mut console = console();
    console.press("jj 3 d").shows("shared by    4 tenant keys").shows("acme, globex, initech, umbrella");
    console.press("<esc>1d").shows("100/day per API key");
}

#[test]
fn a_click_focuses_and_selects_and_the_wheel_scrolls() {
    let mut console = console();
    console.send_input(mouse_event(MouseEventKind::Down(MouseButton::Left), 5, 6)).shows("Pool · BasicPlan");
    console
        .send_input(mouse_event(MouseEventKind::ScrollDown, 60, 25))
        .shows("►3 Keys")
        .shows("▌ web umbrella");
    console.send_input(mouse_event(MouseEventKind::Down(MouseButton::Left), 60, 39));
    console.shows("►3 Keys");
}

#[test]
fn a_click_on_a_list_border_selects_nothing() {
    let mut console = Console::with_inventory(InventoryBuilder::many_keys(100).build(), 80, 24);
    console.press("3jj").shows("▌ service-2 ");
    let test_pane =
        console.screen().lines().position(|line| line.contains(" 4 Test")).expect("the test pane");
    let edge = u16::try_from(test_pane).expect("a row");
    console.send_input(mouse_event(MouseEventKind::Down(MouseButton::Left), 5, edge)).shows("▌ service-2 ");
    console
        .send_input(mouse_event(MouseEventKind::Down(MouseButton::Left), 5, edge - 1))
        .lacks("▌ service-2 ");
}

#[test]
fn the_wheel_scrolls_the_overlay_and_a_click_ends_typing() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 14);
    console.press("?").shows("create keys");
    console.send_input(mouse_event(MouseEventKind::ScrollDown, 40, 7)).lacks("create keys").press("<esc>");
    console.press("3/").type_text("acme").send_input(mouse_event(
        MouseEventKind::Down(MouseButton::Left),
        5,
        1,
    ));
    console.shows("►1 Plans").press("?").shows("╭ Help").press("<esc>").shows("3 Keys · 3 of 12 match");
}

fn mouse_event(kind: MouseEventKind, column: u16, row: u16) -> Input {
    Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

#[test]
fn pasted_text_is_never_a_command() {
    let mut console = console();
    console.send_input(Input::Paste("D\ny".to_owned())).lacks("delete");
    console.press("3/").send_input(Input::Paste("ac\u{1b}me\n".to_owned())).shows("/ac me");
}

#[test]
fn the_footer_lists_keys_that_work_here() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.shows("Enter open").shows("/ filter").press("?").shows("Esc close").lacks("v reveal");
    console
        .press("<esc>d")
        .lacks("v reveal")
        .press("<esc>3")
        .shows("+ extend")
        .shows("x why")
        .shows("u usage")
        .shows("! doctor")
        .shows("/ filter");
    console
        .press("d")
        .shows("v reveal")
        .press("<esc>/")
        .shows("12 match")
        .shows("plan: tenant:")
        .lacks("u usage");
    console.press("<esc>D").shows("y yes  n no").press("<esc><space><space><space><space>D");
    console.shows("the number of tenants").lacks("y yes").press("yn").shows("the number of tenants");
}

#[test]
fn details_scroll_to_the_end_on_the_smallest_screen() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 40, 10);
    console.press("jj 3 d").lacks("umbrella").press("G").shows("umbrella").lacks("more:");
}
