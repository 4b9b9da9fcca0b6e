//! The view of the doctor: what it finds, and mending one finding or all, on a local AWS.

use keypool::tui::{Effect, Options};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::console::options;
use crate::support::scenario::Scenario;

fn drifted() -> Scenario {
    Scenario::in_world(World::SampleDrifted).size(120, 40).open()
}

/// The number that stands after these words.
fn number(scenario: &Scenario, words: &str) -> usize {
    let screen = scenario.screen();
    let (_, rest) = screen.split_once(words).expect("the words");
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

#[test]
fn a_sound_account_has_no_findings() {
    let mut scenario = Scenario::in_world(World::Sample).size(120, 40).open();
    scenario.misses("findings").press("!").sees("everything fits together").sees("plans 4/300 findings 0");
    scenario.press("a").sees("there is nothing to mend").press("q").sees("1 Plans").sees("findings 0");
}

#[test]
fn a_finding_says_what_it_means_and_is_mended_with_its_steps() {
    let mut scenario = drifted();
    scenario
        .press(":")
        .type_in("doctor")
        .press("<enter>")
        .sees("Doctor · findings")
        .sees("pool-key-disabled");
    scenario.sees("for tenants: the pool key takes no new tenants").sees("mended by: recount the tenants");
    let found = number(&scenario, "findings");
    scenario.press("<enter>").sees("set the counter of pool key").press("<enter>");
    assert_eq!(scenario.asked(|effect| matches!(effect, Effect::Apply(..))), 0, "it opens on Cancel");
    scenario.press("<enter>y").sees("done: recount").sees("Doctor · findings");
    assert_eq!(number(&scenario, "findings"), found - 1);
    scenario.press("G<enter>").sees("the set-up (s) has the step for it").press("<esc>").sees("1 Plans");
}

#[test]
fn all_findings_are_mended_after_one_question() {
    let mut scenario = drifted();
    scenario.press("!");
    let found = number(&scenario, "Doctor · findings");
    let mendable = number(&scenario, &format!("Doctor · findings {found} ·"));
    scenario.press("a").sees("Mend all").sees("touches");
    let tenants = number(&scenario, "touches");
    scenario.type_in(&tenants.to_string()).press("<enter>");
    scenario.sees("findings mended").misses("pool-key-disabled");
    // What was disabled first can be retired now.
    assert!(number(&scenario, "Doctor · findings") <= found - mendable + 1, "{}", scenario.screen());
}

#[test]
fn the_number_of_findings_stands_in_the_first_line_at_80_cells() {
    let mut scenario = Scenario::in_world(World::SampleDrifted).open();
    scenario.press("!").sees("plans 5/300 findings 20");
}

#[test]
fn list_and_meaning_fit_on_the_smallest_screen() {
    let mut scenario = Scenario::in_world(World::SampleDrifted).size(40, 10).open();
    scenario.press("!").sees("counter-missing").sees("pool key").press("j").sees("counter-differs");
}

#[test]
fn what_may_not_be_read_leaves_the_view_and_what_was_there() {
    let mut scenario = drifted();
    scenario.press("!").sees("pool-key-disabled");
    scenario.meets(Fault::on("GetUsagePlans", Answer::AccessDenied { action: None }).always()).press("r");
    scenario.sees("apigateway:GET").sees("stale").sees("pool-key-disabled");
}

#[test]
fn read_only_looks_and_mends_nothing() {
    let closed = Options { read_only: true, ..options() };
    let mut scenario = Scenario::in_world(World::SampleDrifted).size(120, 40).with(closed).open();
    scenario.press("!").sees("pool-key-disabled").press("<enter>");
    scenario
        .sees("set the counter of pool key")
        .sees("read-only: nothing is done from here")
        .misses("Cancel");
    scenario.press("<tab><enter>").misses("set the counter").press("a").sees("mend 17 findings").press("y");
    scenario.sees("this context is read-only").sees("Doctor · findings");
    let writes = |effect: &Effect| matches!(effect, Effect::Apply(..) | Effect::MendAll(..));
    assert_eq!(scenario.asked(writes), 0);
}

#[test]
fn a_remark_of_the_reading_does_not_cover_what_is_said_of_tonight() {
    drifted().sees("without a counter in the Pools table").sees("tonight:");
}
