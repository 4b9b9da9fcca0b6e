//! Rules for the documents: required content and links.

use super::{assert_no_violations, read, root};

const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

#[test]
fn local_links_resolve() {
    let mut violations = Vec::new();
    for document in DOCUMENTS {
        for target in local_links(&read(document)) {
            if !root().join(&target).exists() {
                violations.push(format!("{document} → {target}"));
            }
        }
    }
    assert_no_violations("broken links", &violations);
}

#[test]
fn readme_shows_the_demo_and_test_commands() {
    let readme = read("README.md");
    for command in ["cargo run --release -- --demo", "cargo test --workspace"] {
        assert!(readme.contains(command), "README.md does not show `{command}`");
    }
}

#[test]
fn architecture_names_every_layer() {
    let text = read("ARCHITECTURE.md");
    for layer in
        ["crates/domain", "crates/local-aws", "src/aws", "src/ops", "src/cli", "src/tui", "src/settings"]
    {
        assert!(text.contains(layer), "ARCHITECTURE.md does not name {layer}");
    }
}

/// Targets of Markdown links and images that are local files.
fn local_links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    local.map(|target| target.split('#').next().unwrap_or(target).to_owned()).collect()
}
