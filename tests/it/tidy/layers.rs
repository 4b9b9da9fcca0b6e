//! Who may name what: domain ← aws ← ops ← {cli, tui}, and the few rooms with a clock, a spawner or an output.

use super::{none, read, sources};

/// A word that may stand only in some places.
struct Fence {
    word: &'static str,
    only_in: &'static [&'static str],
    within: &'static [&'static str],
}

const PROGRAM: &[&str] = &["src"];
const ALL: &[&str] = &["src", "crates/domain/src", "crates/local-aws/src"];

const FENCES: &[Fence] = &[
    Fence { word: "aws_sdk_", only_in: &["src/aws/"], within: ALL },
    Fence { word: "aws_config", only_in: &["src/aws/"], within: ALL },
    Fence { word: "aws_smithy", only_in: &["src/aws/"], within: ALL },
    Fence { word: "axum", only_in: &["crates/local-aws/"], within: ALL },
    Fence { word: "dynoxide", only_in: &["crates/local-aws/"], within: ALL },
    Fence { word: "keypool_domain", only_in: &["src/"], within: ALL },
    Fence { word: "keypool_local_aws", only_in: &["src/cli", "src/main.rs"], within: ALL },
    Fence { word: "println!", only_in: &["src/cli/output.rs"], within: ALL },
    Fence { word: "std::process::exit", only_in: &[], within: ALL },
    Fence {
        word: "tokio::spawn",
        only_in: &["src/tui.rs", "src/tui/runner.rs", "crates/local-aws/"],
        within: ALL,
    },
    Fence { word: "Timestamp::now", only_in: CLOCKS, within: ALL },
    Fence { word: "SystemTime::now", only_in: CLOCKS, within: ALL },
    Fence { word: "std::env::", only_in: &["src/main.rs", "src/settings/paths.rs"], within: ALL },
    Fence { word: "Color", only_in: &["src/tui/look.rs", "src/settings/theme"], within: PROGRAM },
    Fence {
        word: "crate::tui",
        only_in: &["src/tui", "src/main.rs"],
        within: &["src/aws", "src/ops", "src/cli"],
    },
    Fence { word: "crate::cli", only_in: &["src/cli", "src/main.rs"], within: PROGRAM },
    Fence { word: "crate::ops", only_in: &["src/ops", "src/cli", "src/tui"], within: PROGRAM },
];

/// The places that ask the machine for the time; everybody else is told.
const CLOCKS: &[&str] = &["src/main.rs", "src/tui.rs", "src/aws/clock.rs", "crates/local-aws/src/clock.rs"];

#[test]
fn every_word_stays_behind_its_fence() {
    let mut broken = Vec::new();
    for fence in FENCES {
        for source in sources(fence.within) {
            if fence.only_in.iter().any(|place| source.path.starts_with(place)) {
                continue;
            }
            let said = source.code().filter(|(_, line)| line.contains(fence.word));
            broken.extend(said.map(|(n, _)| format!("{}:{n} names {}", source.path, fence.word)));
        }
    }
    none("a word stands outside the rooms it belongs to", &broken);
}

#[test]
fn the_domain_depends_on_nothing_that_could_do_io() {
    let manifest = read("crates/domain/Cargo.toml");
    let dependencies = section(&manifest, "[dependencies]");
    assert_eq!(dependencies, ["jiff.workspace = true", "thiserror.workspace = true"]);
}

#[test]
fn local_aws_does_not_depend_on_what_it_judges() {
    let manifest = read("crates/local-aws/Cargo.toml");
    assert!(!manifest.contains("keypool-domain"), "the oracle shares no code with the program");
}

fn section<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let lines = manifest.lines().skip_while(|line| *line != name).skip(1);
    lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty()).collect()
}
