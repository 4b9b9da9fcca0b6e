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
    scenario.press("a").sees("there is nothing to fix").press("q").sees("1 Plans").sees("findings 0");
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
    scenario.sees("for tenants: the pool key takes no new tenants").sees("fix: recount the tenants");
    let found = number(&scenario, "findings");
    scenario.press("<enter>").sees("set the counter of pool key").press("<enter>");
    let fixes = |effect: &Effect| matches!(effect, Effect::Fix(_, fixes) if fixes.len() == 1);
    assert_eq!(scenario.asked(fixes), 0, "it opens on Cancel");
    scenario.press("<enter>y").sees("1 finding fixed").sees("Doctor · findings");
    assert_eq!(scenario.asked(fixes), 1);
    assert_eq!(number(&scenario, "findings"), found - 1);
    scenario.press("G<enter>").sees("the set-up (s) has the step for it").press("<esc>").sees("1 Plans");
}

#[test]
fn one_yes_fixes_all_that_is_no_question_of_its_own() {
    let mut scenario = drifted();
    scenario.press("!");
    let found = number(&scenario, "Doctor · findings");
    let fixable = number(&scenario, &format!("Doctor · findings {found} ·"));
    scenario.press("a").sees("Fix all").sees("touches");
    let waiting = number(&scenario, "not among these:");
    let tenants = number(&scenario, "touches");
    scenario.type_in(&tenants.to_string()).press("<enter>");
    scenario.sees("findings fixed").misses("pool-key-disabled").sees("orphan-key");
    assert_eq!(number(&scenario, "Doctor · findings"), found - fixable + waiting, "{}", scenario.screen());
    // The key that somebody attached by hand goes by a question of its own, and then wholly.
    scenario.press("a").sees("a question of its own: Enter one by one");
    scenario.press("ggjjj<enter>").sees("disable API key q80idw3706").sees("delete API key q80idw3706");
    scenario.press("<tab><enter>").sees("1 finding fixed").misses("orphan-key");
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
    scenario.press("<tab><enter>").misses("set the counter").press("a").sees("fix 9 findings").press("y");
    scenario.sees("this context is read-only").sees("Doctor · findings");
    let writes = |effect: &Effect| matches!(effect, Effect::Apply(..) | Effect::Fix(..));
    assert_eq!(scenario.asked(writes), 0);
}

#[test]
fn a_remark_of_the_reading_does_not_cover_what_is_said_of_tonight() {
    drifted().sees("without a counter in the Pools table").sees("tonight:");
}

#[test]
fn where_two_sources_disagree_the_dialog_asks_which_is_right_and_undo_knows_it() {
    let mut scenario = drifted();
    scenario.press("!").sees("price-list-differs");
    let found = number(&scenario, "Doctor · findings");
    let first = scenario.screen().lines().position(|line| line.contains("price-list-differs"));
    let above = scenario.screen().lines().position(|line| line.contains("counter-missing"));
    let down = "j".repeat(first.expect("a line") - above.expect("a line"));
    scenario.press(&down).press("<enter>").sees("which is right?").sees("the tables are right: usage plan");
    scenario.sees("API Gateway is right: write what").press("<enter>");
    scenario.sees("(AWS takes one").press("<esc>").press("<enter>").press("j<enter>");
    scenario.sees("into the Plans table").press("y").sees("1 finding fixed").sees("U takes it back");
    assert_eq!(number(&scenario, "Doctor · findings"), found - 1);
    scenario.press("U").sees("the price-list entry of").sees("as it was");
}
