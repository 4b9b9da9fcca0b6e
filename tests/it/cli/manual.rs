//! Help, manual and completions.

use crate::support::command::Machine;

#[test]
fn help_of_all_commands() {
    let machine = Machine::new();
    let commands = [
        "",
        "plans",
        "plans create",
        "plans edit",
        "plans throttle",
        "plans adopt",
        "plans release",
        "pools",
        "pools export",
        "pools import",
        "keys",
        "keys list",
        "keys show",
        "keys create",
        "keys edit",
        "keys delete",
        "keys import",
        "keys export",
        "whose",
        "explain",
        "call",
        "usage",
        "usage extend",
        "report",
        "audit",
        "setup",
        "setup tables",
        "setup plan",
        "setup methods",
        "setup logging",
        "iam",
        "serve",
        "config",
        "completions",
        "man",
    ];
    let help_texts = commands.map(|command| {
        let output = machine.run(&format!("{command} -h"));
        assert_eq!(output.status, 0, "{command}");
        // Global flags are shown for the first command only.
        let without_globals = output.stdout.split("\nAWS:").next().unwrap_or_default().to_owned();
        format!("$ keypool {command}\n{}", if command.is_empty() { output.stdout } else { without_globals })
    });
    insta::assert_snapshot!(help_texts.join("\n"));
}

#[test]
fn exit_statuses_are_documented_everywhere() {
    let machine = Machine::new();
    let document = include_str!("../../../docs/command-line.md");
    let help = machine.run("--help").stdout;
    let statuses: Vec<&str> = help.split("Exit status:\n").nth(1).expect("a table").lines().collect();
    assert!(statuses.len() > 8);
    let manual = machine.run("man").stdout.replace("\\-", "-");
    for line in statuses {
        let (status, meaning) = line.trim().split_once(' ').expect("a status and its meaning");
        let table_line = format!("| {status} | {} |", meaning.trim());
        assert!(document.contains(&table_line), "docs/command-line.md lacks: {table_line}");
        assert!(manual.contains(meaning.trim()), "the manual lacks: {meaning}");
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let machine = Machine::new();
    let output = machine.run(&format!("man --dir {}", machine.path("").display()));
    assert_eq!(output.status, 0, "{}", output.stderr);
    for page in ["keypool.1", "keypool-keys-create.1", "keypool-serve.1"] {
        let text =
            std::fs::read_to_string(machine.path(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(text.contains(".SH NAME"), "{page}");
    }
}

#[test]
fn completions_exist_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let output = Machine::new().run(&format!("completions {shell}"));
        assert!(output.status == 0 && output.stdout.contains("completions"), "{shell}");
    }
}
