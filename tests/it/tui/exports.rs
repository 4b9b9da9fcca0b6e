//! Exporting lists to files, in the format of the command line.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keypool::tui::{Effect, Options};
use keypool_local_aws::World;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::accounts::both_consoles;
use crate::support::console::options;
use crate::support::scenario::Scenario;

fn sample() -> Scenario {
    Scenario::builder(World::Sample).size(160, 40).start()
}

/// Exports the current list to this file.
fn export<'a>(console: &'a mut Scenario, folder: &TempDir, name: &str) -> &'a mut Scenario {
    console.press("<ctrl-s>").shows("export to file");
    console.type_text(&folder.path().join(name).display().to_string()).press("<enter>")
}

fn read_lines(folder: &TempDir, name: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.path().join(name)).expect("an exported file");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn an_export_has_the_marked_keys_or_else_the_listed_ones() {
    let (mut console, folder) = (sample(), TempDir::new().expect("a folder"));
    console.press("3/").type_text("tenant:globex").press("<enter>");
    export(&mut console, &folder, "keys.csv").shows("rows written to").shows("keys.csv");
    let written = read_lines(&folder, "keys.csv");
    assert_eq!(
        written[0],
        "id,name,tenant,plan,planId,mode,apiKeyId,enabled,description,createdAt,customerId,\
         expiresAt,apiKeyCreatedAt,ageDays,rotation,rotatedAt"
    );
    assert!(written.len() > 2 && written[1..].iter().all(|line| line.contains(",globex,")), "{written:?}");
    let mode = fs::metadata(folder.path().join("keys.csv")).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    console.press("<space>");
    export(&mut console, &folder, "marked.csv").shows("1 row written to");
    assert_eq!(read_lines(&folder, "marked.csv"), written[..2]);
    console.press("<ctrl-s>").shows("keypool-keys-2026-11-22.csv").press("<esc><esc>");
    console
        .press("1jj<ctrl-s>")
        .shows("keypool-plans-")
        .press("<esc>2<ctrl-s>")
        .shows("keypool-pools-FreePlan-");
}

#[test]
fn exports_never_contain_key_values() {
    for ((mut console, _), keys) in both_consoles().zip([34, 35]) {
        let folder = TempDir::new().expect("a folder");
        console.press("3v").shows("value").press("<esc>");
        export(&mut console, &folder, "keys.json").shows(&format!("{keys} rows written"));
        let written: Value =
            serde_json::from_str(&read_lines(&folder, "keys.json").join("\n")).expect("JSON");
        let written = written.as_array().expect("a list");
        assert_eq!(written.len(), keys);
        assert!(
            written.iter().all(|key| key.get("value").is_none() && key["apiKeyId"].is_string()),
            "{written:?}"
        );
    }
}

#[test]
fn overwriting_a_file_asks_first() {
    for (mut console, _) in both_consoles() {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("plans.csv");
        fs::write(&path, "mine").expect("a file");
        export(&mut console, &folder, "plans.csv").shows("already exists").shows("► keep the file");
        console.press("<enter>").lacks("written").lacks("already exists");
        assert_eq!(fs::read_to_string(&path).expect("the file"), "mine");
        export(&mut console, &folder, "plans.csv").press("j<enter>").shows("4 rows written to");
        assert!(read_lines(&folder, "plans.csv")[0].starts_with("id,name,description,model"));
        assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn an_unknown_file_extension_and_a_missing_folder_are_refused() {
    for (mut console, _) in both_consoles() {
        let folder = TempDir::new().expect("a folder");
        export(&mut console, &folder, "plans.txt").shows("in .csv or .json").press("<esc>");
        export(&mut console, &folder, "none/plans.csv").shows("not exported").shows("cannot be written");
        assert!(!folder.path().join("none").exists());
        console.press("4<ctrl-s>").shows("in panes 1 to 3: export the list").press("s:").type_text("export");
        console.press("<enter>").shows("this list cannot be exported");
    }
}

#[test]
fn every_list_can_be_exported() {
    let (mut console, folder) = (sample(), TempDir::new().expect("a folder"));
    let check_export = |console: &mut Scenario, keys: &str, name: &str, head: &str| {
        console.press(keys);
        export(console, &folder, name).shows("written to");
        let lines = read_lines(&folder, name);
        assert!(lines.len() > 1 && lines[0].starts_with(head), "{name}: {lines:?}");
    };
    check_export(&mut console, "jjj2", "pool.csv", "planId,plan,strategy,capacity,keys.apiKeyId");
    check_export(&mut console, "1u", "used.csv", "planId,plan,apiKeyId,tenants,sharedBy,calls");
    check_export(&mut console, "<esc>gu", "all.csv", "planId,plan,apiKeyId,tenants,sharedBy,calls");
    check_export(&mut console, "<tab>", "tenants.csv", "tenant,calls,estimate");
    check_export(&mut console, "<tab>", "burn.csv", "planId,plan,keys,calls,used,limit");
    check_export(&mut console, "q$", "report.csv", "month,tenant,currency,plans.planId");
    console.press("q!");
    export(&mut console, &folder, "findings.csv").shows("0 rows written to");
    assert_eq!(
        read_lines(&folder, "findings.csv"),
        ["kind,subject,finding,meaning,fix,steps,consent,tenants,plans,stages,cautions"]
    );
}

#[test]
fn a_read_only_context_can_export() {
    let folder = TempDir::new().expect("a folder");
    let read_only = Options { is_read_only: true, home: Some(folder.path().to_owned()), ..options() };
    let mut console = Scenario::builder(World::Sample).size(100, 30).with_options(read_only).start();
    console.press("<ctrl-s>").type_text("~/plans.csv").press("<enter>").shows("4 rows written to");
    assert!(Path::new(&folder.path().join("plans.csv")).exists());
    assert_eq!(console.count_effects(|effect| matches!(effect, Effect::Apply(..))), 0);
}
