//! Explaining 403 and 429, and raising the remaining quota.

use keypool_local_aws::World;

use crate::support::accounts::both_consoles;
use crate::support::scenario::Scenario;

/// A plan id of the sample.
const TEST_PLAN: &str = "h3v9qk";
/// The siloed API key of acme-sandbox.
const SILOED_KEY: &str = "29326ml64l";

fn sample(width: u16, height: u16) -> Scenario {
    Scenario::builder(World::Sample).size(width, height).start()
}

/// A console on a key of TestPlan whose quota is spent, after one call.
fn scenario_with_spent_key(width: u16, height: u16) -> Scenario {
    let mut console = sample(width, height);
    console.set_remaining_quota(TEST_PLAN, SILOED_KEY, 0).press("r j 3 t").shows("429");
    console
}

#[test]
fn a_spent_quota_is_explained_and_raising_it_makes_calls_succeed() {
    let mut console = scenario_with_spent_key(100, 36);
    console
        .press("4 x")
        .shows("diagnosis")
        .shows("acme")
        .shows("✓ enabled")
        .shows("✗ quota")
        .shows("returns 429");
    console.shows("Enter adjusts the remaining quota").press("<enter>");
    console.shows("remaining quota of API key 29326ml64l in TestPlan").shows("used");
    console.type_text("5").press("<tab>").type_text("a demo tomorrow").press("<enter>");
    console
        .shows("add 5 calls to the remaining quota of API key 29326ml64l")
        .press("y")
        .shows("has 5 calls left (was 0)")
        .shows("U undoes it");
    console.press("t").shows("200").press("x").shows("a call with this key should succeed").lacks("Enter");
    console.press("<esc>");
    console.press("U").shows("subtract 5 calls from the remaining quota of API key 29326ml64l").press("y");
    console.shows("has 0 calls left").lacks("undoes it").press("t").shows("429");
}

#[test]
fn a_throttled_call_is_explained_only_for_its_key() {
    for (mut console, _) in both_consoles() {
        console.press("j 3 T <enter>").shows("throttled").press("x").shows("✗ plan-throttle").press("<esc>");
        console.press("j x").shows("a call with this key should succeed");
    }
}

#[test]
fn a_200_just_seen_counts_in_every_pane() {
    let mut console = sample(100, 50);
    console.press("j 3 e <tab><tab><space><enter>").press("y").press("x").shows("✗ enabled").press("<enter>");
    console
        .press("y")
        .press("x")
        .shows("not checked: propagation")
        .shows("? propagation")
        .lacks("it has taken effect")
        .press("<esc>");
    console.press("t").shows("200").press("3x").shows("it has taken effect").press("<esc>");
    console.press("4x").shows("it has taken effect").press("<esc>");
    console.press("3jx").lacks("it has taken effect");
}

#[test]
fn a_403_just_seen_is_no_evidence_since_its_cause_may_be_fixed() {
    for (mut console, _) in both_consoles() {
        console.press("j 3 e <tab><tab><space><enter>").press("y").press("t").shows("403");
        console.press("3e<tab><tab><space><enter>").press("y").wait(120);
        console.press("3x").shows("a call with this key should succeed");
    }
}

#[test]
fn throttling_just_seen_counts_for_no_other_api_key_of_the_pool_pane() {
    let mut console = sample(100, 36);
    console.press("j 3 T <enter>").shows("throttled").press("1jj2x").shows("diagnosis");
    console.shows("✓ quota").lacks("✗");
}

#[test]
fn a_200_just_seen_counts_for_its_api_key_in_the_pool_pane() {
    let mut console = sample(160, 50);
    console.press("jjj3/").type_text("tenant:wayne").press("<enter>");
    console.press("2x").shows("diagnosis").lacks("deployed settings let the key through").press("<esc>");
    console.press("3t").shows("200").press("2x").shows("deployed settings let the key through");
}

#[test]
fn a_disabled_key_is_enabled_from_the_explanation() {
    let mut console = sample(80, 24);
    console.press("j 3 e <tab><tab><space><enter>").press("y").press("x");
    console
        .shows("✗ enabled")
        .shows("returns 403")
        .shows("fix: ")
        .shows("Enter shows the steps")
        .press("G")
        .shows("quota");
    console.press("<enter>").shows("enable").press("y").wait(30);
    console.press("x").shows("a call with this key should succeed");
}

#[test]
fn raising_the_quota_of_a_shared_key_lists_its_tenants() {
    let mut console = sample(100, 30);
    console
        .press("jjj 2 +")
        .shows("remaining quota of API key 5v2seh60kv in BasicPlan")
        .shows("used 4,500 of 5,000");
    console
        .press("<enter>")
        .shows("calls must be a whole number")
        .type_text("1,000")
        .press("<enter>")
        .shows("reason");
    console.press("<tab>").type_text("a busy week").press("<enter>");
    console.shows("shared by 3").shows("globex, hooli, wayne").press("<esc>").shows("2 Pool");
    console
        .press("u +")
        .shows("remaining quota of API key 5v2seh60kv")
        .press("<esc>")
        .shows("Usage · BasicPlan");
}

#[test]
fn the_quota_of_marked_keys_is_raised_together_within_one_plan() {
    for (mut console, _) in both_consoles() {
        console.press("3 <space><space><space> +").shows("in several plans");
        console.press("<ctrl-\\> 1 j 3 <space><space> +").shows("remaining quota of 2 API keys in TestPlan");
        console.type_text("7").press("<tab>").type_text("both").press("<enter>").press("2<enter>");
        console
            .shows("done: change the remaining quota of 2 API keys")
            .press("U")
            .shows("subtract 7 calls")
            .press("2<enter>")
            .shows("done: change");
    }
}

#[test]
fn an_explanation_fits_the_smallest_screen() {
    let mut console = sample(40, 10);
    console.press("3 x").shows("diagnosis").press("j G k g <esc>").shows("Keys");
}
