//! The console starts only in a terminal.

use crate::support::command::Machine;

#[test]
fn without_a_terminal_the_console_points_to_commands_for_scripts() {
    for line in ["", "--demo"] {
        let output = Machine::new().run(line);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(output.stderr.contains("the console needs a terminal"), "{}", output.stderr);
        assert!(output.stderr.contains("keypool keys list"), "{}", output.stderr);
    }
}
