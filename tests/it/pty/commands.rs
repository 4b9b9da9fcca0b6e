//! Commands whose output goes to a terminal.

use crate::support::pty::Terminal;

#[test]
fn an_argument_in_an_error_cannot_control_the_terminal() {
    for arguments in [&["keys", "\u{1b}[2J"][..], &["keys", "list", "--\u{1b}[31m"]] {
        let mut terminal = Terminal::start(100, 24, arguments);
        terminal.wait_for("For more information");
        let output = String::from_utf8(terminal.output()).expect("UTF-8");
        let argument = arguments[arguments.len() - 1];
        assert!(!output.contains(argument), "{output:?}");
        assert!(terminal.screen().contains("\\u{1b}"), "{output:?}");
    }
}
