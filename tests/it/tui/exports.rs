//! Lists written to files: what is listed, as the command line writes it, for nobody else to read, and nothing lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keypool::tui::{Effect, Options};
use keypool_local_aws::World;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::console::options;
use crate::support::scenario::Scenario;

fn sample() -> Scenario {
    Scenario::in_world(World::Sample).size(160, 40).open()
}

/// Asks for the list in this file of the folder.
fn export<'a>(console: &'a mut Scenario, folder: &TempDir, name: &str) -> &'a mut Scenario {
    console.press("<ctrl-s>").sees("write the list to which file?");
    console.type_in(&folder.path().join(name).display().to_string()).press("<enter>")
}

fn lines(folder: &TempDir, name: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.path().join(name)).expect("it was written");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_keys_are_written_as_they_are_listed_or_those_that_are_marked() {
    let (mut console, folder) = (sample(), TempDir::new().expect("a folder"));
    console.press("3/").type_in("tenant:globex").press("<enter>");
    export(&mut console, &folder, "keys.csv").sees("rows written to").sees("keys.csv");
    let written = lines(&folder, "keys.csv");
    assert_eq!(
        written[0],
        "id,name,tenant,plan,planId,mode,apiKeyId,enabled,description,createdAt,customerId"
    );
    assert!(written.len() > 2 && written[1..].iter().all(|line| line.contains(",globex,")), "{written:?}");
    let mode = fs::metadata(folder.path().join("keys.csv")).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    console.press("<space>");
    export(&mut console, &folder, "marked.csv").sees("1 row written to");
    assert_eq!(lines(&folder, "marked.csv"), written[..2]);
    console.press("<ctrl-s>").sees("keypool-keys-2026-11-22.csv").press("<esc><esc>");
    console
        .press("1jj<ctrl-s>")
        .sees("keypool-plans-")
        .press("<esc>2<ctrl-s>")
        .sees("keypool-pools-FreePlan-");
}

#[test]
fn no_value_is_ever_written() {
    let (mut console, folder) = (sample(), TempDir::new().expect("a folder"));
    console.press("3v").sees("value").press("<esc>");
    export(&mut console, &folder, "keys.json").sees("34 rows written");
    let written: Value = serde_json::from_str(&lines(&folder, "keys.json").join("\n")).expect("JSON");
    let written = written.as_array().expect("a list");
    assert_eq!(written.len(), 34);
    assert!(
        written.iter().all(|row| row.get("value").is_none() && row["apiKeyId"].is_string()),
        "{written:?}"
    );
}

#[test]
fn nothing_is_overwritten_without_asking() {
    let (mut console, folder) = (sample(), TempDir::new().expect("a folder"));
    let path = folder.path().join("plans.csv");
    fs::write(&path, "mine").expect("a file");
    export(&mut console, &folder, "plans.csv").sees("is there already").sees("▶ leave it as it is");
    console.press("<enter>").misses("written").misses("is there already");
    assert_eq!(fs::read_to_string(&path).expect("the file"), "mine");
    export(&mut console, &folder, "plans.csv").press("j<enter>").sees("4 rows written to");
    assert!(lines(&folder, "plans.csv")[0].starts_with("id,name,description,model"));
    assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_name_that_says_nothing_and_a_folder_that_is_not_there_are_told() {
    let (mut console, folder) = (sample(), TempDir::new().expect("a folder"));
    export(&mut console, &folder, "plans.txt").sees("in .csv or .json").press("<esc>");
    export(&mut console, &folder, "none/plans.csv").sees("nothing was written").sees("cannot be written");
    assert!(!folder.path().join("none").exists());
    console
        .press("4<ctrl-s>")
        .sees("in panes 1 to 3: write the list to a file")
        .press("s:")
        .type_in("export");
    console.press("<enter>").sees("what is listed here is not written to files");
}

#[test]
fn every_list_has_its_file() {
    let (mut console, folder) = (sample(), TempDir::new().expect("a folder"));
    let written = |console: &mut Scenario, keys: &str, name: &str, head: &str| {
        console.press(keys);
        export(console, &folder, name).sees("written to");
        let lines = lines(&folder, name);
        assert!(lines.len() > 1 && lines[0].starts_with(head), "{name}: {lines:?}");
    };
    written(&mut console, "jjj2", "pool.csv", "planId,plan,strategy,capacity,keys.apiKeyId");
    written(&mut console, "1u", "used.csv", "planId,plan,apiKeyId,tenants,sharedBy,calls");
    written(&mut console, "<esc>gu", "all.csv", "planId,plan,apiKeyId,tenants,sharedBy,calls");
    written(&mut console, "<tab>", "tenants.csv", "tenant,calls,estimate");
    written(&mut console, "<tab>", "burn.csv", "planId,plan,keys,calls,used,limit");
    written(&mut console, "q$", "report.csv", "month,tenant,currency,plans.planId");
    console.press("q!");
    export(&mut console, &folder, "findings.csv").sees("0 rows written to");
    assert_eq!(
        lines(&folder, "findings.csv"),
        ["kind,subject,finding,meaning,mend,steps,consent,tenants,plans,stages,cautions"]
    );
}

#[test]
fn read_only_is_about_the_account() {
    let folder = TempDir::new().expect("a folder");
    let closed = Options { read_only: true, home: Some(folder.path().to_owned()), ..options() };
    let mut console = Scenario::in_world(World::Sample).size(100, 30).with(closed).open();
    console.press("<ctrl-s>").type_in("~/plans.csv").press("<enter>").sees("4 rows written to");
    assert!(Path::new(&folder.path().join("plans.csv")).exists());
    assert_eq!(console.asked(|effect| matches!(effect, Effect::Apply(..))), 0);
}
