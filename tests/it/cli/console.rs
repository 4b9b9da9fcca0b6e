//! The console never starts where it cannot be seen.

use crate::support::command::Machine;

#[test]
fn without_a_terminal_the_console_points_to_commands_for_scripts() {
    for line in ["", "--demo"] {
        let said = Machine::new().run(line);
        assert_eq!((said.status, said.stdout.as_str()), (2, ""));
        assert!(said.stderr.contains("the console needs a terminal"), "{}", said.stderr);
        assert!(said.stderr.contains("keypool keys list"), "{}", said.stderr);
    }
}
