//! How the console uses and restores the terminal.

use crate::support::colour::colours;
use crate::support::pty::Terminal;

const ESCAPE: &str = "\x1b";
const CTRL_C: &str = "\x03";
const CTRL_Z: &str = "\x1a";

fn start_demo(columns: u16, rows: u16) -> Terminal {
    let mut terminal = Terminal::start(columns, rows, &["--demo"]);
    terminal.wait_until_read();
    terminal
}

#[test]
fn a_key_takes_effect_without_waiting_for_another_event() {
    let mut terminal = start_demo(80, 24);
    for _ in 0..10 {
        terminal.send_keys("n").wait_for("new key").send_keys(ESCAPE).wait_until_gone("new key");
    }
}

#[test]
fn q_quits_and_restores_the_terminal() {
    let mut terminal = start_demo(80, 24);
    terminal.send_keys("q");
    assert_eq!(terminal.wait_for_exit(), 0);
}

#[test]
fn ctrl_c_quits_from_within_a_dialog() {
    let mut terminal = start_demo(80, 24);
    terminal.send_keys("n").wait_for("new key").send_keys(CTRL_C);
    assert_eq!(terminal.wait_for_exit(), 0);
}

#[test]
fn signals_exit_with_their_status_and_restore_the_terminal() {
    for (signal, status) in [("TERM", 143), ("HUP", 129)] {
        let mut terminal = start_demo(80, 24);
        terminal.send_signal(signal);
        assert_eq!(terminal.wait_for_exit(), status, "SIG{signal}");
    }
}

#[test]
fn without_colour_the_cursor_is_reversed_and_no_colour_codes_are_sent() {
    for (arguments, variables) in
        [(&["--demo"][..], &[("NO_COLOR", "1")][..]), (&["--demo", "--no-color"], &[])]
    {
        let mut terminal = Terminal::start_with_variables(80, 24, arguments, variables);
        terminal
            .wait_until_read()
            .send_keys("1")
            .wait_for("▌ all plans")
            .send_keys("jj")
            .wait_for("▌ FreePlan");
        assert!(terminal.is_reversed("FreePlan") && !terminal.is_reversed("BasicPlan"), "{variables:?}");
        terminal
            .send_keys("3")
            .wait_for("►3 Keys")
            .send_keys("t")
            .wait_for("200 · ok")
            .send_keys("D")
            .wait_for("[ Cancel ]");
        assert!(terminal.is_reversed("[ Cancel ]") && !terminal.is_reversed("[ Delete"), "{variables:?}");
        terminal
            .send_keys(ESCAPE)
            .wait_until_gone("[ Cancel ]")
            .send_keys("3/")
            .wait_for("tenant:")
            .send_keys(CTRL_C);
        assert_eq!(colours(&terminal.output()), [""; 0], "{variables:?}");
    }
}

#[test]
fn the_layout_follows_the_terminal_size() {
    let mut terminal = start_demo(80, 24);
    terminal.resize(200, 60).wait_for("Detail · ");
    terminal.resize(39, 9).wait_for("keypool needs a terminal of 40×10");
    terminal.resize(80, 24).wait_for("TestPlan");
}

#[test]
fn after_scrolling_the_screen_is_as_after_a_redraw() {
    let mut terminal = start_demo(80, 24);
    terminal.send_keys("3").wait_for(" 1/34 ");
    for row in 2..=32 {
        terminal.send_keys("j").wait_for(&format!(" {row}/34 "));
    }
    for row in (12..32).rev() {
        terminal.send_keys("k").wait_for(&format!(" {row}/34 "));
    }
    assert!(sets_scroll_region(&terminal.output()));
    // The first line shows the age of the data, and the title of the test pane follows the cursor.
    let rows = |screen: String| {
        let rows = screen.lines().skip(1).filter(|row| !row.contains(" 4 Test"));
        rows.map(|row| row.trim_end().to_owned()).collect::<Vec<_>>()
    };
    let scrolled = rows(terminal.screen());
    terminal.send_keys(CTRL_Z).wait_for_bytes(b"\x1b[?1049l");
    terminal.send_signal("CONT").wait_for("? help");
    assert_eq!(rows(terminal.screen()), scrolled);
}

#[test]
fn a_dumb_terminal_is_not_asked_to_scroll() {
    let mut terminal = Terminal::start_with_variables(80, 24, &["--demo"], &[("TERM", "dumb")]);
    terminal.wait_until_read().send_keys("3").wait_for(" 1/34 ");
    for row in 2..=20 {
        terminal.send_keys("j").wait_for(&format!(" {row}/34 "));
    }
    assert!(!sets_scroll_region(&terminal.output()));
}

fn sets_scroll_region(output: &[u8]) -> bool {
    let text = String::from_utf8_lossy(output);
    let end = |rest: &str| rest.find(|c: char| !c.is_ascii_digit() && c != ';');
    text.split("\x1b[").any(|rest| end(rest).is_some_and(|end| end > 0 && rest[end..].starts_with('r')))
}

#[test]
fn suspending_restores_the_terminal_and_continuing_redraws() {
    let mut terminal = start_demo(80, 24);
    terminal.send_keys(CTRL_Z).wait_for_bytes(b"\x1b[?1049l");
    terminal.send_signal("CONT").wait_for("PremiumPlan").send_keys("q");
    assert_eq!(terminal.wait_for_exit(), 0);
}

#[test]
fn copying_a_value_uses_osc_52_and_does_not_show_it() {
    let mut terminal = start_demo(80, 24);
    terminal.send_keys("3").send_keys("y").wait_for_bytes(b"\x1b]52;c;").wait_for("is on the clipboard");
    terminal.send_keys(CTRL_C);
    assert_eq!(terminal.wait_for_exit(), 0);
}

#[test]
fn ctrl_s_exports_the_list_to_a_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("keys.json");
    let mut console = Terminal::start(100, 30, &["--demo"]);
    console.wait_until_read().send_keys("3").send_keys("\x13").wait_for("export to file");
    console.send_keys(&file.display().to_string()).press_until("\r", "34 rows written to").send_keys("q");
    let written = std::fs::read_to_string(file).unwrap();
    assert!(written.contains("\"tenant\": \"acme\"") && !written.contains("\"value\""), "{written}");
}
