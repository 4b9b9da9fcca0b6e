//! That the documents are there and point at what exists.

use super::{none, read, root};

const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

#[test]
fn every_local_link_leads_somewhere() {
    let mut broken = Vec::new();
    for document in DOCUMENTS {
        for target in links(&read(document)) {
            if !root().join(&target).exists() {
                broken.push(format!("{document} → {target}"));
            }
        }
    }
    none("a link leads nowhere", &broken);
}

#[test]
fn the_readme_gives_the_two_commands() {
    let readme = read("README.md");
    for command in ["cargo run --release -- --demo", "cargo test --workspace"] {
        assert!(readme.contains(command), "README.md does not give `{command}`");
    }
}

#[test]
fn the_architecture_names_every_room() {
    let text = read("ARCHITECTURE.md");
    for room in
        ["crates/domain", "crates/local-aws", "src/aws", "src/ops", "src/cli", "src/tui", "src/settings"]
    {
        assert!(text.contains(room), "ARCHITECTURE.md does not name {room}");
    }
}

/// Targets of Markdown links and images that are files of the project.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    local.map(|target| target.split('#').next().unwrap_or(target).to_owned()).collect()
}
