//! Sizes, names, and that no file is forgotten.

use super::{assert_no_violations, root, sources};

const ALL_DIRS: &[&str] = &["src", "crates", "tests", "benches", "fuzz/src", "fuzz/fuzz_targets"];
const MAX_LINES: usize = 400;
/// Drivers that run the console within the test, on the clock of the world they serve.
const IN_PROCESS_DRIVERS: [&str; 1] = ["tests/it/support/scenario.rs"];
const VAGUE_NAMES: [&str; 5] = ["utils", "helpers", "common", "misc", "mod"];

#[test]
fn files_have_at_most_400_lines() {
    let all = sources(ALL_DIRS);
    let long = all.iter().map(|s| (s.text.lines().count(), &s.path)).filter(|(lines, _)| *lines > MAX_LINES);
    let broken: Vec<_> = long.map(|(lines, path)| format!("{path}: {lines} lines")).collect();
    assert_no_violations("a file is longer than 400 lines", &broken);
}

#[test]
fn file_names_are_not_vague() {
    let all = sources(ALL_DIRS);
    let vague =
        all.iter().filter(|s| VAGUE_NAMES.iter().any(|name| s.path.ends_with(&format!("/{name}.rs"))));
    let broken: Vec<_> = vague.map(|s| s.path.clone()).collect();
    assert_no_violations("a file's name says nothing", &broken);
}

#[test]
fn every_module_starts_with_a_doc_comment() {
    let all = sources(ALL_DIRS);
    let silent = all.iter().filter(|s| !s.text.trim_start().starts_with("//!"));
    let broken: Vec<_> = silent.map(|s| s.path.clone()).collect();
    assert_no_violations("a module does not open with `//!`", &broken);
}

#[test]
fn every_test_file_is_declared() {
    let mut broken = Vec::new();
    for source in sources(&["tests/it", "crates/local-aws/tests/it"]) {
        let path = std::path::Path::new(&source.path);
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name == "main" {
            continue;
        }
        let folder = path.parent().unwrap_or(path);
        let beside = folder.join("main.rs");
        let parent = if root().join(&beside).exists() { beside } else { folder.with_extension("rs") };
        let text = std::fs::read_to_string(root().join(&parent)).unwrap_or_default();
        if !text.contains(&format!("mod {name};")) {
            broken.push(format!("{} is not declared in {}", source.path, parent.display()));
        }
    }
    assert_no_violations("a test file is in no binary", &broken);
}

#[test]
fn no_sleeps_ignored_tests_or_unfinished_code() {
    let mut broken = Vec::new();
    for source in sources(ALL_DIRS).iter().filter(|s| s.path != "tests/it/tidy/shape.rs") {
        for (n, line) in source.text.lines().enumerate() {
            let banned = ["thread::sleep", "#[ignore", "todo!(", "unimplemented!("];
            if banned.iter().any(|word| line.contains(word)) {
                broken.push(format!("{}:{} {}", source.path, n + 1, line.trim()));
            }
        }
    }
    assert_no_violations("a sleep, a skipped test or an unfinished place", &broken);
}

/// The real binary goes by the system's clock, so an AWS that it works on must, too: beside one that stands still, a test
/// is green on one day only.
#[test]
fn tests_of_the_real_binary_use_the_system_clock() {
    let mut broken = Vec::new();
    for source in sources(&["tests/it/cli", "tests/it/pty", "tests/it/support"]) {
        if IN_PROCESS_DRIVERS.contains(&source.path.as_str()) {
            continue;
        }
        let stops = |line: &str| ["Clock::standing", "clock().set("].iter().any(|word| line.contains(word));
        let lines = source.text.lines().enumerate().filter(|(_, line)| stops(line));
        broken.extend(lines.map(|(n, line)| format!("{}:{} {}", source.path, n + 1, line.trim())));
    }
    assert_no_violations("a clock that stands still beside the real binary", &broken);
}
