//! Restricts names to layers: domain ← aws ← ops ← {cli, tui}, and clock, spawning and output to a few files.

use super::{assert_no_violations, read, sources};

/// A name that may appear only in some paths.
struct NameRule {
    name: &'static str,
    allowed_in: &'static [&'static str],
    applies_to: &'static [&'static str],
}

const PROGRAM_DIRS: &[&str] = &["src"];
const ALL_DIRS: &[&str] = &["src", "crates/domain/src", "crates/local-aws/src"];

const NAME_RULES: &[NameRule] = &[
    NameRule { name: "aws_sdk_", allowed_in: &["src/aws/"], applies_to: ALL_DIRS },
    NameRule { name: "aws_config", allowed_in: &["src/aws/"], applies_to: ALL_DIRS },
    NameRule { name: "aws_smithy", allowed_in: &["src/aws/"], applies_to: ALL_DIRS },
    NameRule { name: "axum", allowed_in: &["crates/local-aws/"], applies_to: ALL_DIRS },
    NameRule { name: "dynoxide", allowed_in: &["crates/local-aws/"], applies_to: ALL_DIRS },
    NameRule { name: "keypool_domain", allowed_in: &["src/"], applies_to: ALL_DIRS },
    NameRule { name: "keypool_local_aws", allowed_in: &["src/cli", "src/main.rs"], applies_to: ALL_DIRS },
    // Paginated reads go through `Pages`, which ends.
    NameRule { name: "into_paginator()", allowed_in: &[], applies_to: ALL_DIRS },
    NameRule { name: "println!", allowed_in: &["src/cli/output.rs"], applies_to: ALL_DIRS },
    NameRule { name: "std::process::exit", allowed_in: &[], applies_to: ALL_DIRS },
    NameRule {
        name: "tokio::spawn",
        allowed_in: &["src/tui.rs", "src/tui/model/runner.rs", "crates/local-aws/"],
        applies_to: ALL_DIRS,
    },
    NameRule { name: "Timestamp::now", allowed_in: CLOCK_FILES, applies_to: ALL_DIRS },
    NameRule { name: "SystemTime::now", allowed_in: CLOCK_FILES, applies_to: ALL_DIRS },
    NameRule {
        name: "std::env::",
        allowed_in: &["src/main.rs", "src/settings/paths.rs"],
        applies_to: ALL_DIRS,
    },
    NameRule {
        name: "Color",
        allowed_in: &["src/tui/styles.rs", "src/tui/terminal/paint.rs", "src/settings/theme"],
        applies_to: PROGRAM_DIRS,
    },
    // People see `Inventory::plan_name`, which tells plans of one name apart. An announcement has names of that kind.
    NameRule { name: "plan.name", allowed_in: STORED_PLAN_NAME_FILES, applies_to: PROGRAM_DIRS },
    NameRule { name: "plan.name", allowed_in: &[], applies_to: &["crates/domain/src/charging"] },
    NameRule {
        name: "crate::tui",
        allowed_in: &["src/tui", "src/main.rs"],
        applies_to: &["src/aws", "src/ops", "src/cli"],
    },
    NameRule { name: "crate::cli", allowed_in: &["src/cli", "src/main.rs"], applies_to: PROGRAM_DIRS },
    NameRule { name: "crate::ops", allowed_in: &["src/ops", "src/cli", "src/tui"], applies_to: PROGRAM_DIRS },
];

/// Files that may read the system clock. All other code gets the time as an argument.
const CLOCK_FILES: &[&str] =
    &["src/main.rs", "src/tui.rs", "src/aws/clock.rs", "crates/local-aws/src/clock.rs"];

/// Files that read, write or edit the name of a plan, and those of announcements and comparisons with a file.
const STORED_PLAN_NAME_FILES: &[&str] = &[
    "src/aws/gateway/",
    "src/cli/announcement.rs",
    "src/cli/plans/create.rs",
    "src/cli/setup/plan.rs",
    "src/ops/audit/subject.rs",
    "src/ops/listing/findings.rs",
    "src/ops/listing/plans.rs",
    "src/ops/usage.rs",
    "src/settings/plans_file/",
    "src/tui/dialogs/confirm.rs",
    "src/tui/dialogs/details/facts.rs",
    "src/tui/dialogs/forms/plan.rs",
    "src/tui/screens/home.rs",
];

#[test]
fn restricted_names_stay_in_their_layers() {
    let mut violations = Vec::new();
    for rule in NAME_RULES {
        for source in sources(rule.applies_to) {
            if rule.allowed_in.iter().any(|path| source.path.starts_with(path)) {
                continue;
            }
            let lines = source.production_lines().filter(|(_, line)| line.contains(rule.name));
            violations.extend(lines.map(|(n, _)| format!("{}:{n} names {}", source.path, rule.name)));
        }
    }
    assert_no_violations("names used outside their layers", &violations);
}

#[test]
fn domain_crate_has_no_dependency_that_does_io() {
    let manifest = read("crates/domain/Cargo.toml");
    let dependencies = manifest_section(&manifest, "[dependencies]");
    let names: Vec<_> = dependencies.iter().filter_map(|line| line.split([' ', '.']).next()).collect();
    assert_eq!(names, ["arcstr", "icu_properties", "jiff", "regex", "thiserror"]);
}

#[test]
fn local_aws_does_not_depend_on_the_domain() {
    let manifest = read("crates/local-aws/Cargo.toml");
    assert!(!manifest.contains("keypool-domain"), "local AWS and the program share no code");
}

fn manifest_section<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let lines = manifest.lines().skip_while(|line| *line != name).skip(1);
    lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty()).collect()
}
