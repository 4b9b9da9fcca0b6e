//! Kinds of findings, console actions, settings, commands and flags.

use std::fmt::Write as _;

use keypool::tui::action::ACTIONS;
use keypool_domain::alert::AlertKind;
use keypool_domain::drift::{FindingKind, Source};
use keypool_domain::setup::SetupTask;

use crate::support::command::{Machine, field_values};

#[test]
fn kinds_of_findings() {
    let kinds: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.as_str()).collect();
    insta::assert_snapshot!(kinds.join("\n"));
}

#[test]
fn kinds_of_alerts() {
    let kinds: Vec<_> = AlertKind::ALL.iter().map(|kind| kind.as_str()).collect();
    insta::assert_snapshot!(kinds.join("\n"));
}

#[test]
fn setup_tasks_and_sources_of_truth() {
    let tasks = SetupTask::ALL.iter().map(|task| task.as_str());
    let sources = Source::ALL.iter().map(|source| source.as_str());
    insta::assert_snapshot!(tasks.chain(sources).collect::<Vec<_>>().join("\n"));
}

/// With the default key bindings.
#[test]
fn actions_of_the_console() {
    let rows: Vec<_> = ACTIONS.iter().map(|spec| format!("{}: {}", spec.id, spec.keys.join(" "))).collect();
    insta::assert_snapshot!(rows.join("\n"));
}

#[test]
fn settings() {
    let machine = Machine::new().with_credentials();
    insta::assert_snapshot!(field_values(&machine.json("config"), "setting").join("\n"));
}

/// Each command with its flags. Global flags are listed only for the first command.
#[test]
fn commands_and_flags() {
    let machine = Machine::new();
    let global_flags = flags(&machine.run("--help").stdout);
    let mut all = String::new();
    let mut unvisited = vec![String::new()];
    while let Some(command) = unvisited.pop() {
        let help = machine.run(&format!("{command} --help")).stdout;
        let mut command_flags = flags(&help);
        command_flags.retain(|flag| command.is_empty() || !global_flags.contains(flag));
        writeln!(all, "keypool {command}: {}", command_flags.join(" ")).expect("a line");
        let subcommand_lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let names = subcommand_lines.take_while(|line| !line.is_empty()).filter_map(parse_subcommand);
        let names: Vec<_> = names.map(|name| format!("{command} {name}").trim().to_owned()).collect();
        unvisited.extend(names.into_iter().rev());
    }
    insta::assert_snapshot!(all);
}

fn flags(help: &str) -> Vec<String> {
    help.lines().filter_map(parse_flag).map(str::to_owned).collect()
}

/// The long flag at the start of a line of help. Lines indented by more than six spaces are descriptions.
fn parse_flag(line: &str) -> Option<&str> {
    let indent = line.len() - line.trim_start().len();
    let line = (indent <= 6).then(|| line.trim_start())?;
    let flag =
        line.strip_prefix('-').and_then(|_| line.split([' ', ',']).find(|word| word.starts_with("--")));
    flag.filter(|name| name.len() > 2)
}

fn parse_subcommand(line: &str) -> Option<&str> {
    let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split(' ').next()?;
    (name != "help").then_some(name)
}
