//! The disk fills up after a change was made and before the audit trail is complete.

use std::fs;
use std::process::Command;

use keypool_local_aws::World;

use crate::support::command::{Machine, field_values};

const TRAIL: &str = ".local/state/keypool/audit.jsonl";
/// File size limit for the second command.
const LIMIT_BYTES: usize = 16 << 10;
const CREATE: [&str; 9] =
    ["keys", "create", "--plan", "PremiumPlan", "--tenant", "acme", "--name", "web", "--output=json"];

/// The binary with a file size limit, which fails like a full disk.
fn command_with_file_limit(machine: &Machine, arguments: &[&str]) -> Command {
    let binary = machine.command(arguments);
    let mut limited = Command::new("/bin/bash");
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", LIMIT_BYTES / 1024);
    limited.arg("-c").arg(script).arg(binary.get_program()).args(binary.get_args()).env_clear();
    limited.envs(binary.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited
}

#[test]
fn a_change_is_printed_and_fails_if_the_audit_trail_runs_out_of_disk() {
    let machine = Machine::with_local_aws(World::Sample);
    assert!(machine.command(&CREATE).output().expect("the binary runs").status.success());
    let trail = machine.path(TRAIL);
    let mut text = fs::read_to_string(&trail).expect("a trail");
    let lengths: Vec<_> = text.lines().map(str::len).collect();
    let [begin_length, end_length] = lengths[..] else { panic!("two lines: {text}") };
    text.extend(std::iter::repeat_n('\n', LIMIT_BYTES - text.len() - begin_length - end_length / 2));
    fs::write(&trail, text).expect("a longer trail");

    let output = command_with_file_limit(&machine, &CREATE).output().expect("bash runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stdout.contains("\"id\""), "the new key is printed: {stdout}");
    for words in ["the change was made", "audit trail", TRAIL, "free space", "unfinished"] {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
    // The truncated line does not affect entries written once there is room.
    let created = machine.json("keys create --plan PremiumPlan --tenant acme --name app");
    assert!(created[0]["id"].is_string());
    let outcomes = field_values(&machine.json("audit"), "outcome");
    assert_eq!(outcomes, ["done", "unfinished", "done"]);
}
