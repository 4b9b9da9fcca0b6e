//! What the program does to the terminal it is given, and how it leaves it.

use crate::support::colour::colours;
use crate::support::pty::Terminal;

const ESCAPE: &str = "\x1b";
const CTRL_C: &str = "\x03";
const CTRL_Z: &str = "\x1a";

fn demo(columns: u16, rows: u16) -> Terminal {
    let mut terminal = Terminal::start(columns, rows, &["--demo"]);
    terminal.sees("PremiumPlan");
    terminal
}

#[test]
fn a_key_is_answered_at_once_and_not_with_the_next_event() {
    let mut terminal = demo(80, 24);
    for _ in 0..10 {
        terminal.types("n").sees("new key").types(ESCAPE).no_longer_sees("new key");
    }
}

#[test]
fn q_ends_it_with_the_terminal_as_it_was() {
    let mut terminal = demo(80, 24);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn ctrl_c_ends_it_from_within_a_dialog() {
    let mut terminal = demo(80, 24);
    terminal.types("n").sees("new key").types(CTRL_C);
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn signals_end_it_with_their_status_and_the_terminal_as_it_was() {
    for (signal, status) in [("TERM", 143), ("HUP", 129)] {
        let mut terminal = demo(80, 24);
        terminal.signal(signal);
        assert_eq!(terminal.ends(), status, "SIG{signal}");
    }
}

#[test]
fn without_colour_only_attributes_are_sent_and_the_cursor_is_seen() {
    for (arguments, variables) in
        [(&["--demo"][..], &[("NO_COLOR", "1")][..]), (&["--demo", "--no-color"], &[])]
    {
        let mut terminal = Terminal::start_with(80, 24, arguments, variables);
        terminal.sees("▌ all plans").types("jj").sees("▌ FreePlan");
        assert!(terminal.is_reversed("FreePlan") && !terminal.is_reversed("BasicPlan"), "{variables:?}");
        terminal.types("3").sees("▶3 Keys").types("t").sees("200 · ok").types("D").sees("[ Cancel ]");
        assert!(terminal.is_reversed("[ Cancel ]") && !terminal.is_reversed("[ Delete"), "{variables:?}");
        terminal.types(ESCAPE).no_longer_sees("[ Cancel ]").types("/").sees("!word").types(CTRL_C);
        assert_eq!(colours(&terminal.written()), [""; 0], "{variables:?}");
    }
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let mut terminal = demo(80, 24);
    terminal.resize(200, 60).sees("created");
    terminal.resize(39, 9).sees("make room");
    terminal.resize(80, 24).sees("TestPlan");
}

#[test]
fn it_gives_the_terminal_back_while_suspended_and_redraws_when_continued() {
    let mut terminal = demo(80, 24);
    terminal.types(CTRL_Z).receives(b"\x1b[?1049l");
    terminal.signal("CONT").sees("PremiumPlan").types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn copying_a_value_hands_it_to_the_terminal_and_never_to_the_screen() {
    let mut terminal = demo(80, 24);
    terminal.types("3").types("y").receives(b"\x1b]52;c;").sees("is on the clipboard");
    terminal.types(CTRL_C);
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn ctrl_s_asks_for_a_file_and_writes_the_list() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("keys.json");
    let mut console = Terminal::start(100, 30, &["--demo"]);
    console.sees("keys 14/10,000").types("3").types("\x13").sees("write the list to which file?");
    console
        .types(&file.display().to_string())
        .presses_until("\r", "34 rows written to")
        .types("q")
        .types("q");
    let written = std::fs::read_to_string(file).unwrap();
    assert!(written.contains("\"tenant\": \"acme\"") && !written.contains("\"value\""), "{written}");
}
