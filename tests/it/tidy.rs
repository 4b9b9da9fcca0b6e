//! House rules that neither types nor lints can enforce.

mod accounts;
mod documents;
mod files;
mod layers;

use std::fs;
use std::path::{Path, PathBuf};

/// A source file and its path from the project root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Lines before the unit tests, without comments, numbered from 1.
    fn production_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let production_code = self.text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
        let lines = production_code.lines().enumerate().map(|(n, line)| (n + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sources(folders: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        collect_rust_files(&root().join(folder), &mut found);
    }
    assert!(!found.is_empty(), "no source below {folders:?}");
    found.sort();
    found.iter().map(|path| load_source(path)).collect()
}

fn load_source(path: &Path) -> Source {
    let name = path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/");
    Source { text: read(&name), path: name }
}

fn collect_rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect_rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Fails with one line for each violation.
fn assert_no_violations(rule: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{rule}:\n  {}", violations.join("\n  "));
}
