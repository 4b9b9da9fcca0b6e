//! The view of the set-up on a local AWS: which stage it is about, and how often plans let a method be called.

use keypool::tui::{Effect, Options};
use keypool_local_aws::World;

use crate::support::console::options;
use crate::support::scenario::Scenario;

fn sample(width: u16, height: u16) -> Scenario {
    Scenario::in_world(World::Sample).size(width, height).open()
}

#[test]
fn a_method_is_throttled_in_one_of_the_plans_and_that_is_taken_back() {
    let mut console = sample(80, 24);
    console
        .press("s m")
        .sees("throttled in")
        .sees("no plan limits it beyond what it allows of all")
        .press("t");
    console
        .sees("in which plan is")
        .sees("TestPlan · no limit of its own")
        .press("j<enter>")
        .sees("in FreePlan");
    console
        .sees("rate/s")
        .sees("besides the limit of the whole plan")
        .type_in("0.5")
        .press("<tab>")
        .type_in("2");
    console
        .press("<enter>")
        .sees("0.5 a second, burst 2")
        .sees("touches 12 tenants")
        .type_in("12")
        .press("<enter>");
    console
        .sees("U takes it back")
        .sees("FreePlan 0.5/s · 2")
        .press("t")
        .sees("FreePlan · 0.5 a second, burst 2");
    console
        .press("<esc><esc><esc>")
        .press("1jj d")
        .sees("method limit 0.5 a second, burst 2: GET /api")
        .press("<esc>");
    console.press("sm").sees("FreePlan 0.5/s · 2").press("U").sees("none").type_in("12").press("<enter>");
    console.sees("done: usage plan FreePlan").sees("Methods").misses("FreePlan 0.5/s · 2");
}

#[test]
fn a_limit_is_both_numbers_or_none() {
    let mut console = sample(100, 30);
    console
        .press("s m t<enter>")
        .type_in("5")
        .press("<enter>")
        .sees("a throttle has both a rate and a burst");
    console.press("<esc>t<enter><enter>").sees("nothing would change");
    assert_eq!(console.asked(|effect| matches!(effect, Effect::Apply(..))), 0);
}

#[test]
fn read_only_shows_the_limits_and_sets_none() {
    let closed = Options { read_only: true, ..options() };
    let mut console = Scenario::in_world(World::Sample).with(closed).open();
    console.press("s m").sees("throttled in").press("t").sees("this context is read-only").misses("rate/s");
}

#[test]
fn with_one_stage_there_is_nothing_to_choose() {
    let mut console = sample(80, 24);
    console.press("s s").sees("there is no other API or stage than");
}

#[test]
fn of_several_apis_and_stages_each_is_chosen_from_a_list() {
    let mut console =
        Scenario::in_world(World::Sample).size(100, 30).with_api("shop", &["blue", "green"]).open();
    console.press("s").sees("which API is set up?").sees("▶").press("g<enter>");
    console
        .sees("which stage of shop is set up?")
        .sees("blue")
        .press("j<enter>")
        .sees("Setup · shop")
        .sees(":green");
    console.press("s").press("<esc>").sees("Setup · shop");
    console.press("s G<enter>").misses("which").sees(":prod").misses("shop");
}

#[test]
fn who_chooses_no_stage_is_told_how() {
    let mut console = Scenario::in_world(World::Sample).with_api("shop", &["blue"]).open();
    console
        .press("s<esc>")
        .sees("there are several REST APIs: s chooses one")
        .misses("missing")
        .press("q")
        .sees("1 Plans");
}

#[test]
fn a_new_plan_is_offered_the_stages_of_the_plans_before_the_set_up_was_read() {
    let mut console = sample(100, 30);
    console.press("N").sees("new usage plan").sees(":prod");
}

#[test]
fn the_step_of_the_pool_makes_one_of_new_keys() {
    let mut console = Scenario::in_world(World::Empty).size(120, 40).with_api("shop", &["prod"]).open();
    console.press("s j<enter>").sees("Cancel").press("y").sees("plans, keys and pools have their tables");
    for name in ["Basic", "Other"] {
        console.press(if name == "Basic" { "j<enter>" } else { "N" }).sees("new usage plan").type_in(name);
        console.press("<enter>").sees("create usage plan").press("y");
        if name == "Basic" {
            console.press("Gkk").sees("make a pool of shared keys").press("<enter>").sees("a pool for Basic");
            console.sees("new keys").press("<esc>q");
        }
    }
    console.press("s Gkk<enter>").sees("which usage plan gets a pool?").sees("Other").press("<enter>");
    console.sees("a pool for Basic").press("<enter>").sees("make 1 new API key the pool of Basic").press("y");
    console.sees("tenants share keys in Basic");
}
