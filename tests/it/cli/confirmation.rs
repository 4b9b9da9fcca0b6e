//! Confirmation of writes on a terminal.
#![cfg(unix)]

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::process::Command;

use keypool_local_aws::World;
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::accounts::both_machines;
use crate::support::command::Machine;

/// Makes the terminal keep unread output when Ctrl-c is typed. By default it drops that after the signal is sent, and with
/// it what the program already writes in answer to the signal.
fn keep_output_at_interrupt(terminal: &dyn MasterPty) {
    let path = terminal.tty_name().expect("a name");
    let device = OpenOptions::new().read(true).write(true).open(path).expect("the terminal");
    let status = Command::new("stty").arg("noflsh").stdin(device).status().expect("stty runs");
    assert!(status.success(), "stty: {status}");
}

/// Runs a command line in a pseudo-terminal, answers the prompt, and returns exit status and output.
fn run_and_answer(machine: &Machine, line: &str, answer: &str) -> (u32, String) {
    let size = PtySize { rows: 40, cols: 120, ..PtySize::default() };
    let pair = native_pty_system().openpty(size).expect("a terminal");
    keep_output_at_interrupt(&*pair.master);
    let std_command = machine.command(&line.split_whitespace().collect::<Vec<_>>());
    let mut command = CommandBuilder::new(std_command.get_program());
    command.env_clear();
    command.args(std_command.get_args());
    for (name, value) in std_command.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let mut child = pair.slave.spawn_command(command).expect("the binary runs");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let mut screen = String::new();
    let mut typed = false;
    let mut bytes = [0; 4096];
    // Reading a pseudo-terminal whose program has exited returns an error instead of end of file.
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        screen.push_str(&String::from_utf8_lossy(&bytes[..count]));
        if !typed && screen.contains("[y/N] ") {
            let mut keyboard = pair.master.take_writer().expect("a writer");
            keyboard.write_all(answer.as_bytes()).expect("written");
            typed = true;
        }
    }
    (child.wait().expect("an exit").exit_code(), screen)
}

#[test]
fn only_yes_confirms() {
    for machine in both_machines() {
        let ids = machine.ids("keys list");
        let line = format!("keys delete {}", ids[0]);
        for answer in ["\n", "n\n", "perhaps\n", "\u{3}"] {
            let (status, screen) = run_and_answer(&machine, &line, answer);
            assert_eq!(status, 130, "{answer:?}: {screen}");
            assert!(screen.contains("nothing was changed"), "{screen}");
            assert_eq!(machine.ids("keys list"), ids, "{answer:?}");
        }
        let (status, screen) = run_and_answer(&machine, &line, "y\n");
        assert_eq!(status, 0, "{screen}");
        assert_eq!(machine.ids("keys list"), ids[1..]);
    }
}

#[test]
fn the_confirmation_lists_steps_tenants_and_cautions() {
    let machine = Machine::with_local_aws(World::Sample);
    let shared = machine.json("keys list --plan FreePlan")[0].clone();
    let text = |field: &str| shared[field].as_str().expect("a string").to_owned();
    let (_, screen) = run_and_answer(&machine, &format!("keys delete {}", text("id")), "n\n");
    for word in [
        format!("delete key \"{}\" of {}", text("name"), text("tenant")),
        format!("pool key {}: −1 tenant", text("apiKeyId")),
        format!("tenants (1): {}", text("tenant")),
        "usage plans (1): FreePlan".to_owned(),
        "API stages (1): w4k8t2m7xq:prod".to_owned(),
        "its tenant can still call with the shared value".to_owned(),
    ] {
        assert!(screen.contains(&word), "`{word}` is not in: {screen}");
    }
}
