//! A call refused with 429 Limit Exceeded as part of the quota figure, in all panes and outputs.

use std::fs;

use keypool_local_aws::World;
use serde_json::Value;

use crate::support::scenario::Scenario;

/// Ids of BasicPlan and of the pool key of wayne, globex and hooli, which has used 4,500 of 5,000 calls.
const BASIC_PLAN: &str = "b7m3xj";
const POOL_KEY: &str = "5v2seh60kv";

const SOURCE: &str = "429 seen 18:49; GetUsage of 18:48 says 90%";

/// A console on the key of wayne, after a call that was refused, before usage is read again.
fn scenario_with_refused_call() -> Scenario {
    let mut console = Scenario::builder(World::Sample).size(160, 50).start();
    console
        .set_remaining_quota(BASIC_PLAN, POOL_KEY, 0)
        .press("jjj3/")
        .type_text("tenant:wayne")
        .press("<enter>")
        .shows("4,500 500 90%▲")
        .wait(60);
    console.lacks("spent").press("t").shows("429 Limit Exceeded");
    console
}

#[test]
fn a_429_is_part_of_every_figure_with_its_source() {
    let mut console = scenario_with_refused_call();
    // Keys, pool, plan and warnings; the diagnosis reads usage again, which then says the same.
    console.shows("5,000 0 100%✗ ■").lacks("90%▲");
    console.press("j").shows(&format!("get 429 until 1 Dec 00:00 UTC · {SOURCE}"));
    console.press("d").shows("used 5,000 of 5,000 · 100% · shared by 3").shows(&format!("spent: {SOURCE}"));
    console.press("<esc>/<esc>/").type_text("used:>99%").press("<enter>").shows("wayne").shows("globex");
    console.press("<esc> 2").shows("5,000 0 100%✗ ■");
    console.press("d").shows("used 5,000 of 5,000 · 100%").press("<esc>");
    console.press("u").shows("used 5,000 of 5,000 · 100%").shows(&format!("spent: {SOURCE}"));
    console
        .press("<esc> x")
        .shows("✗ quota")
        .shows("4,500 used, 0 left of 5,000/month, in this period 4,500 (100%)");
}

#[test]
fn an_export_has_a_429_that_was_seen_in_whatever_range() {
    let (mut console, folder) = (scenario_with_refused_call(), tempfile::tempdir().expect("a folder"));
    let mut export = |keys: &str, name: &str| {
        let path = folder.path().join(name);
        console.press(keys).press("<ctrl-s>").type_text(&path.display().to_string()).press("<enter>");
        let list: Value = serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON");
        let keys = list.as_array().expect("a list");
        let key = keys.iter().find(|key| key["apiKeyId"] == POOL_KEY).expect("the key");
        ["used", "left", "percent", "source"].map(|field| key[field].clone())
    };
    let expected = [5_000.into(), 0.into(), 100.into(), Value::from(SOURCE)];
    assert_eq!(export("1 u", "period.json"), expected);
    assert_eq!(export("<left>", "week.json"), expected);
}

#[test]
fn a_429_ends_with_an_extension() {
    // With 500 calls left the limit is the plan's again, so only the extension itself tells that the 429 is over.
    for (calls, row) in [("700", "4,500 700 86%▲"), ("500", "4,500 500 90%▲")] {
        let mut console = scenario_with_refused_call();
        console
            .press("+")
            .type_text(calls)
            .press("<tab>")
            .type_text("a busy week")
            .press("<enter>")
            .press("3<enter>");
        console.shows(&format!("has {calls} calls left")).shows(row).lacks("429 seen");
        console.press("4 x").lacks("✗ quota");
    }
}

#[test]
fn the_diagnosis_of_a_key_has_the_429_that_was_seen() {
    let mut console = scenario_with_refused_call();
    // GetUsage does not tell that nothing is left.
    console
        .set_remaining_quota(BASIC_PLAN, POOL_KEY, 500)
        .press("3 x")
        .shows("✗ quota")
        .shows("429 seen 18:49");
}

#[test]
fn a_429_ends_with_a_200_of_the_same_key() {
    let mut console = scenario_with_refused_call();
    // Another program extended the quota, which only a call shows before usage is read.
    console.set_remaining_quota(BASIC_PLAN, POOL_KEY, 50).press("t").shows("200");
    console.press("j").lacks("429 seen").shows("4,500 500 90%▲");
}

#[test]
fn a_429_ends_with_a_reading_that_proves_otherwise_or_says_the_same() {
    let mut console = scenario_with_refused_call();
    // GetUsage says that nothing is left: it is the source.
    console.press("r").lacks("429 seen").shows("4,500 0 100%✗ ■");
    console.press("j").shows("✗ BasicPlan 5v2seh60kv spent: globex, hooli, wayne get 429");
    // Another program extended the quota.
    let mut console = scenario_with_refused_call();
    console
        .set_remaining_quota(BASIC_PLAN, POOL_KEY, 600)
        .press("r")
        .lacks("429 seen")
        .shows("4,500 600 88%▲");
}

#[test]
fn a_429_ends_with_the_quota_period() {
    let mut console = scenario_with_refused_call();
    // To the first of December.
    console.wait(9 * 24 * 60 * 60).press("r").lacks("429 seen").lacks("100%✗");
}
