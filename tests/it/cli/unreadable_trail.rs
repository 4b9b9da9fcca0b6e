//! The audit trail cannot be read.

use keypool_local_aws::World;

use crate::support::command::Machine;
use crate::support::dates::closed_month;

const TRAIL: &str = ".local/state/keypool/audit.jsonl";

#[test]
fn a_report_says_that_it_lacks_the_notes_in_the_audit_trail() {
    let machine = Machine::with_local_aws(World::Sample);
    std::fs::create_dir_all(machine.path(TRAIL)).expect("a folder in place of the file");
    let output = machine.run(&format!("report --month {}", closed_month().strftime("%Y-%m")));
    let remark = output.stderr.lines().find(|line| line.contains("cannot be read: "));
    assert!(remark.is_some_and(|remark| remark.contains(TRAIL)), "{}", output.stderr);
    assert!(output.stdout.contains("acme"), "the rest is charged: {}", output.stdout);
}
