//! The console never starts where it cannot be seen.

use crate::support::command::Machine;

#[test]
fn refuses_without_a_terminal_and_says_what_scripts_use() {
    for line in ["", "--demo"] {
        let said = Machine::bare().run(line);
        assert_eq!((said.status, said.stdout.as_str()), (2, ""));
        assert!(said.stderr.contains("the console needs a terminal"), "{}", said.stderr);
        assert!(said.stderr.contains("keypool keys list"), "{}", said.stderr);
    }
}
