//! The palette and the help: what can be done, by name and by topic.

use keypool_domain::testing::InventoryBuilder;

use crate::support::console::Console;

fn console(width: u16, height: u16) -> Console {
    Console::with_inventory(InventoryBuilder::sample().build(), width, height)
}

#[test]
fn the_palette_goes_to_screens_and_panes_by_name() {
    let mut console = console(80, 24);
    for (name, shown) in
        [("keys", "►3 Keys"), ("pools", "►2 Pool"), ("plans", "►1 Plans"), ("setup", "►Setup")]
    {
        console.press("<ctrl-p>").type_text(name).press("<enter>").shows(shown);
    }
    console.press(":").shows("▌setup").shows("aliases:").type_text("he").press("<tab>").shows(":help");
    console.press("<enter>").shows("╭ Help");
}

#[test]
fn nothing_destructive_runs_before_its_whole_name_is_typed() {
    let mut console = console(80, 24);
    console
        .press("3 :")
        .type_text("delet")
        .press("<enter>")
        .shows("type delete to run it")
        .lacks("[ Cancel ]");
    console.type_text("e").press("<enter>").shows("[ Cancel ]");
}

#[test]
fn no_line_of_palette_and_help_is_cut() {
    for (width, height) in [(40, 10), (80, 24), (200, 60)] {
        let mut console = console(width, height);
        for open in ["3 :", "3 ?"] {
            console.press(open);
            for _ in 0..60 {
                let screen = console.screen();
                // In the help and behind it, an ellipsis stands for a figure that is still being read.
                let is_figure = |line: &str| line.contains("still being") || line.contains("all plans");
                let is_cut = |line: &&str| line.contains('│') && line.contains('…') && !is_figure(line);
                assert_eq!(
                    screen.lines().skip(1).find(is_cut),
                    None,
                    "{open} at {width}×{height}:\n{screen}"
                );
                console.press("<down>");
            }
            console.press("<esc>");
        }
    }
}

#[test]
fn the_help_is_by_topic_and_can_be_searched() {
    let mut console = console(120, 50);
    console.press("3?").shows("What is selected").shows("Marked keys").shows("Move");
    console
        .press("/")
        .type_text("sort")
        .shows("/sort")
        .shows("S sort the list by a column")
        .lacks("Marked keys");
    console.press("<enter><esc>").shows("Marked keys").press("/").type_text("xyzzy").shows("nothing found");
    console.press("<esc><esc>").lacks("╭ Help");
}
