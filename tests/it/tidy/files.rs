//! Rules for source files: length, names, and declaration of every test file.

use super::{assert_no_violations, root, sources};

const ALL_DIRS: &[&str] = &["src", "crates", "tests", "benches", "fuzz/src", "fuzz/fuzz_targets"];
const MAX_LINES: usize = 400;
/// Drivers that run the console in the test process, where a fixed clock is possible.
const IN_PROCESS_DRIVERS: [&str; 1] = ["tests/it/support/scenario.rs"];
const VAGUE_NAMES: [&str; 5] = ["utils", "helpers", "common", "misc", "mod"];

#[test]
fn files_have_at_most_400_lines() {
    let all = sources(ALL_DIRS);
    let long = all.iter().map(|s| (s.text.lines().count(), &s.path)).filter(|(lines, _)| *lines > MAX_LINES);
    let violations: Vec<_> = long.map(|(lines, path)| format!("{path}: {lines} lines")).collect();
    assert_no_violations("files longer than 400 lines", &violations);
}

#[test]
fn file_names_are_not_vague() {
    let all = sources(ALL_DIRS);
    let vague =
        all.iter().filter(|s| VAGUE_NAMES.iter().any(|name| s.path.ends_with(&format!("/{name}.rs"))));
    let violations: Vec<_> = vague.map(|s| s.path.clone()).collect();
    assert_no_violations("vague file names", &violations);
}

#[test]
fn every_module_starts_with_a_doc_comment() {
    let all = sources(ALL_DIRS);
    let undocumented = all.iter().filter(|s| !s.text.trim_start().starts_with("//!"));
    let violations: Vec<_> = undocumented.map(|s| s.path.clone()).collect();
    assert_no_violations("modules without a leading `//!`", &violations);
}

#[test]
fn every_test_file_is_declared() {
    let mut violations = Vec::new();
    for source in sources(&["tests/it", "crates/local-aws/tests/it"]) {
        let path = std::path::Path::new(&source.path);
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name == "main" {
            continue;
        }
        let folder = path.parent().unwrap_or(path);
        let main_file = folder.join("main.rs");
        let parent = if root().join(&main_file).exists() { main_file } else { folder.with_extension("rs") };
        let text = std::fs::read_to_string(root().join(&parent)).unwrap_or_default();
        if !text.contains(&format!("mod {name};")) {
            violations.push(format!("{} is not declared in {}", source.path, parent.display()));
        }
    }
    assert_no_violations("test files that are not declared as modules", &violations);
}

#[test]
fn no_sleeps_ignored_tests_or_unfinished_code() {
    let mut violations = Vec::new();
    for source in sources(ALL_DIRS).iter().filter(|s| s.path != "tests/it/tidy/files.rs") {
        for (n, line) in source.text.lines().enumerate() {
            let banned = ["thread::sleep", "#[ignore", "todo!(", "unimplemented!("];
            if banned.iter().any(|word| line.contains(word)) {
                violations.push(format!("{}:{} {}", source.path, n + 1, line.trim()));
            }
        }
    }
    assert_no_violations("sleeps, ignored tests or unfinished code", &violations);
}

/// The real binary uses the system clock, so its local AWS must too. With a fixed clock a test would pass on one day
/// only.
#[test]
fn tests_of_the_real_binary_use_the_system_clock() {
    let mut violations = Vec::new();
    for source in sources(&["tests/it/cli", "tests/it/pty", "tests/it/support"]) {
        if IN_PROCESS_DRIVERS.contains(&source.path.as_str()) {
            continue;
        }
        let uses_fixed_clock =
            |line: &str| ["Clock::fixed", "clock().set("].iter().any(|word| line.contains(word));
        let lines = source.text.lines().enumerate().filter(|(_, line)| uses_fixed_clock(line));
        violations.extend(lines.map(|(n, line)| format!("{}:{} {}", source.path, n + 1, line.trim())));
    }
    assert_no_violations("fixed clocks in tests of the real binary", &violations);
}
