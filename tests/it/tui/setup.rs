//! The setup screen on a local AWS: choice of the stage, method throttles, and the pool step.

use keypool::tui::{Effect, Options};
use keypool_local_aws::World;

use crate::support::console::options;
use crate::support::scenario::Scenario;

fn sample(width: u16, height: u16) -> Scenario {
    Scenario::builder(World::Sample).size(width, height).start()
}

#[test]
fn a_method_throttle_is_set_in_one_plan_and_undone() {
    let mut console = sample(80, 24);
    console.press("s m").shows("method throttle").shows("no method throttle in any plan").press("t");
    console.shows("in plan").shows("TestPlan · no method throttle").press("j<enter>").shows("in FreePlan");
    console
        .shows("rate/s")
        .shows("in addition to the plan's throttle")
        .type_text("0.5")
        .press("<tab>")
        .type_text("2");
    console
        .press("<enter>")
        .shows("each API key is limited to 0.5 req/s")
        .shows("affects 12 tenants")
        .type_text("12")
        .press("<enter>");
    console
        .shows("U undoes it")
        .shows("FreePlan 0.5/s · 2")
        .press("t")
        .shows("FreePlan · 0.5 req/s, burst 2");
    console
        .press("<esc><esc><esc>")
        .press("1jj d")
        .shows("method limit 0.5 req/s, burst 2: GET /api")
        .press("<esc>");
    console.press("sm").shows("FreePlan 0.5/s · 2").press("U").shows("none").type_text("12").press("<enter>");
    console.shows("done: usage plan FreePlan").shows("Methods").lacks("FreePlan 0.5/s · 2");
}

#[test]
fn a_throttle_needs_both_rate_and_burst() {
    let mut console = sample(100, 30);
    console
        .press("s m t<enter>")
        .type_text("5")
        .press("<enter>")
        .shows("set both rate and burst, or neither");
    console.press("<esc>t<enter><enter>").shows("nothing would change");
    assert_eq!(console.count_effects(|effect| matches!(effect, Effect::Apply(..))), 0);
}

#[test]
fn a_read_only_context_shows_throttles_but_sets_none() {
    let read_only = Options { is_read_only: true, ..options() };
    let mut console = Scenario::builder(World::Sample).with_options(read_only).start();
    console
        .press("s m")
        .shows("method throttle")
        .press("t")
        .shows("this context is read-only")
        .lacks("rate/s");
}

#[test]
fn with_one_stage_there_is_no_choice() {
    let mut console = sample(80, 24);
    console.press("s s").shows("is the only API and stage");
}

#[test]
fn api_and_stage_are_chosen_from_lists() {
    let mut console =
        Scenario::builder(World::Sample).size(100, 30).with_api("shop", &["blue", "green"]).start();
    console.press("s").shows("choose an API").shows("►").press("g<enter>");
    console
        .shows("choose a stage of shop")
        .shows("blue")
        .press("j<enter>")
        .shows("Setup · shop")
        .shows(":green");
    console.press("s").press("<esc>").shows("Setup · shop");
    console.press("s G<enter>").lacks("which").shows(":prod").lacks("shop");
}

#[test]
fn without_a_chosen_api_the_setup_says_how_to_choose_one() {
    let mut console = Scenario::builder(World::Sample).with_api("shop", &["blue"]).start();
    console
        .press("s<esc>")
        .shows("Several REST APIs found. Press s to choose one.")
        .lacks("missing")
        .press("q")
        .shows("1 Plans");
}

#[test]
fn a_new_plan_offers_the_stages_of_existing_plans() {
    let mut console = sample(100, 30);
    console.press("N").shows("new usage plan").shows(":prod");
}

#[test]
fn the_pool_step_creates_a_pool_of_new_keys() {
    let mut console = Scenario::builder(World::Empty).size(120, 40).with_api("shop", &["prod"]).start();
    console.press("s j<enter>").shows("Cancel").press("y").shows("all tables exist");
    for name in ["Basic", "Other"] {
        console.press(if name == "Basic" { "j<enter>" } else { "N" }).shows("new usage plan").type_text(name);
        console.press("<enter>").shows("create usage plan").press("y");
        if name == "Basic" {
            console
                .press("Gkk")
                .shows("create a pool of shared keys")
                .press("<enter>")
                .shows("a pool for Basic");
            console.shows("new keys").press("<esc>q");
        }
    }
    console.press("s Gkk<enter>").shows("create a pool for plan").shows("Other").press("<enter>");
    console
        .shows("a pool for Basic")
        .press("<enter>")
        .shows("make 1 new API key the pool of Basic")
        .press("y");
    console.shows("tenants share keys in Basic");
}
