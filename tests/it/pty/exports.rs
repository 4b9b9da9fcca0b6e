//! Exports on a terminal: text from AWS cannot control it.

use keypool_local_aws::World;

use crate::support::command::Machine;
use crate::support::pty::Terminal;

/// Sets the terminal's title and reverses the direction of what follows.
const NAME: &str = r#"{"name":"Evil\u001b]0;pwned\u0007\u202ename"}"#;

/// Runs an export in a terminal until it shows this text; returns all output.
fn output_of(machine: &Machine, arguments: &[&str], shown: &str) -> String {
    let endpoint = machine.aws().endpoint();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ];
    let mut terminal = Terminal::start_with_variables(120, 30, arguments, &variables);
    terminal.wait_for(shown);
    String::from_utf8_lossy(&terminal.output()).into_owned()
}

#[test]
fn exports_on_a_terminal_have_no_control_characters() {
    let machine = Machine::with_local_aws(World::Empty);
    assert_eq!(machine.run("setup tables --yes").status, 0);
    machine.post("/usageplans", NAME);
    machine.post("/apikeys", NAME);
    for (arguments, shown) in [
        (&["setup", "plan", "--export"][..], r#"[plans."Evil\u001b]0;pwned\u0007\u202ename"]"#),
        (&["keys", "export"], r#""Evil\u{1b}]0;pwned\u{7}\u{202e}name""#),
        (&["plans", "-o", "csv"], r"Evil\u{1b}]0;pwned\u{7}\u{202e}name"),
    ] {
        let output = output_of(&machine, arguments, shown);
        assert!(!output.contains("\u{1b}]0;") && !output.contains('\u{202e}'), "{output:?}");
    }
}

#[test]
fn a_table_is_cut_to_the_terminal() {
    let machine = Machine::with_local_aws(World::Empty);
    assert_eq!(machine.run("setup tables --yes").status, 0);
    machine.post("/usageplans", &format!(r#"{{"name":"{}"}}"#, "x".repeat(300)));
    let output = output_of(&machine, &["plans"], "x…");
    assert!(!output.contains(&"x".repeat(120)), "{output:?}");
}
