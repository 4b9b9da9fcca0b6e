//! Commands whose output goes to a terminal.

use keypool_local_aws::{Answer, Fault, World};

use crate::support::command::Machine;
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

#[test]
fn a_command_says_so_while_a_call_hangs() {
    let machine = Machine::with_local_aws(World::Sample);
    machine.aws().faults().script(Fault::on("GetUsagePlans", Answer::Hang).always());
    let endpoint = machine.aws().endpoint();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ];
    let mut terminal = Terminal::start_with_variables(100, 24, &["plans"], &variables);
    terminal.wait_for("waiting for AWS for").send_keys("\x03");
    assert_eq!(terminal.wait_for_exit(), 130);
}
