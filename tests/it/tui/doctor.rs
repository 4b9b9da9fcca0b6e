//! The doctor view on a local AWS: findings, and fixing one or all of them.

use keypool::tui::{Effect, Options};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::console::options;
use crate::support::scenario::Scenario;

fn drifted_scenario() -> Scenario {
    Scenario::builder(World::SampleDrifted).size(120, 40).start()
}

/// The number after these words on the screen.
fn number_after(scenario: &Scenario, words: &str) -> usize {
    let screen = scenario.screen();
    let (_, rest) = screen.split_once(words).expect("the words on the screen");
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

#[test]
fn a_consistent_account_has_no_findings() {
    let mut scenario = Scenario::builder(World::Sample).size(120, 40).start();
    scenario.lacks("problems").press("!").shows("no problems found").shows("plans 4/300 alerts 1");
    scenario.lacks("fix all");
    scenario.press("a").shows("nothing to fix").press("q").shows("1 Plans").shows("alerts 1");
}

#[test]
fn api_keys_that_cannot_be_read_leave_the_check_unfinished() {
    let mut scenario = Scenario::builder(World::Sample).size(120, 40).start();
    let body = r#"{"item":[{"id":7,"name":"web","enabled":true}]}"#;
    let answer = Answer::Body { status: 200, body: body.to_owned() };
    scenario.inject_fault(Fault::on("GetApiKeys", answer).always());
    scenario
        .press("!")
        .shows("the check is unfinished: 1 API key of the list cannot be read")
        .shows("· unfinished");
    scenario.lacks("no problems").press("q").shows("check unfinished");
}

#[test]
fn usage_plans_that_cannot_be_read_leave_the_check_unfinished() {
    let mut scenario = Scenario::builder(World::Sample).size(120, 40).start();
    let body = r#"{"item":[{"id":"p","name":"Gold","quota":{"limit":"many","period":"DAY"}}]}"#;
    let answer = Answer::Body { status: 200, body: body.to_owned() };
    scenario.inject_fault(Fault::on("GetUsagePlans", answer).always());
    scenario.press("!").shows("the check is unfinished: 1 usage plan of the list cannot be read: p (quota)");
}

#[test]
fn a_finding_shows_its_impact_and_is_fixed_after_confirmation() {
    let mut scenario = drifted_scenario();
    scenario.press(":").type_text("doctor").press("<enter>").shows("Doctor · ").shows("pool-key-disabled");
    scenario.shows("impact: the pool key takes no new tenants").shows("fix: recount the tenants");
    let found = number_after(&scenario, "Doctor ·");
    scenario.press("<enter>").shows("set the counter of pool key").press("<enter>");
    let fixes = |effect: &Effect| matches!(effect, Effect::Fix(_, fixes) if fixes.len() == 1);
    assert_eq!(scenario.count_effects(fixes), 0, "Cancel is the default");
    scenario.press("<enter>y").shows("1 problem fixed").shows("Doctor · ");
    assert_eq!(scenario.count_effects(fixes), 1);
    assert_eq!(number_after(&scenario, "Doctor ·"), found - 1);
    scenario.press("G<enter>").shows("see the step in the setup (s)").press("<esc>").shows("1 Plans");
}

#[test]
fn fix_all_skips_findings_that_need_their_own_decision() {
    let mut scenario = drifted_scenario();
    scenario.press("!");
    let found = number_after(&scenario, "Doctor ·");
    let fixable = number_after(&scenario, &format!("Doctor · {found} problems ·"));
    scenario.press("a").shows("Fix all").shows("affects");
    let undecided = number_after(&scenario, "not included:");
    let tenants = number_after(&scenario, "affects");
    scenario.type_text(&tenants.to_string()).press("<enter>");
    scenario.shows("problems fixed").lacks("pool-key-disabled").shows("orphan-key");
    assert_eq!(number_after(&scenario, "Doctor ·"), found - fixable + undecided, "{}", scenario.screen());
    // The API key that was attached by hand is deleted only after its own confirmation.
    scenario.press("a").shows("each of these needs a decision: Enter fixes one");
    scenario.press("ggjjj<enter>").shows("disable API key q80idw3706").shows("delete API key q80idw3706");
    scenario.press("<tab><enter>").shows("1 problem fixed").lacks("orphan-key");
}

#[test]
fn the_number_of_findings_is_in_the_header_at_80_columns() {
    let mut scenario = Scenario::builder(World::SampleDrifted).start();
    scenario.press("!").shows("API keys 17/10,000 plans 5/300 alerts 30");
}

#[test]
fn list_and_impact_fit_on_the_smallest_screen() {
    let mut scenario = Scenario::builder(World::SampleDrifted).size(40, 10).start();
    scenario.press("!").shows("counter-missing").shows("pool key").press("j").shows("counter-differs");
}

#[test]
fn a_denied_refresh_keeps_the_old_findings_marked_stale() {
    let mut scenario = drifted_scenario();
    scenario.press("!").shows("pool-key-disabled");
    scenario
        .inject_fault(Fault::on("GetUsagePlans", Answer::AccessDenied { action: None }).always())
        .press("r");
    scenario.shows("apigateway:GET").shows("stale").shows("pool-key-disabled");
}

#[test]
fn a_read_only_context_finds_but_does_not_fix() {
    let read_only = Options { is_read_only: true, ..options() };
    let mut scenario = Scenario::builder(World::SampleDrifted).size(120, 40).with_options(read_only).start();
    scenario.press("!").shows("pool-key-disabled").press("<enter>");
    scenario.shows("set the counter of pool key").shows("read-only: changes are disabled").lacks("Cancel");
    scenario.press("<tab><enter>").lacks("set the counter").press("a").shows("fix 9 problems").press("y");
    scenario.shows("this context is read-only").shows("Doctor · ");
    let writes = |effect: &Effect| matches!(effect, Effect::Apply(..) | Effect::Fix(..));
    assert_eq!(scenario.count_effects(writes), 0);
}

#[test]
fn a_remark_does_not_hide_the_usage_warnings() {
    let mut scenario = Scenario::builder(World::SampleDrifted).size(120, 40).open();
    scenario.shows("without a counter in the Pools table").shows("▲ FreePlan");
}

#[test]
fn if_two_sources_disagree_the_dialog_asks_which_is_right_and_undo_reverts_the_fix() {
    let mut scenario = drifted_scenario();
    scenario.press("!").shows("price-list-differs");
    let found = number_after(&scenario, "Doctor ·");
    let first = scenario.screen().lines().position(|line| line.contains("price-list-differs"));
    let above = scenario.screen().lines().position(|line| line.contains("counter-missing"));
    let down = "j".repeat(first.expect("a line") - above.expect("a line"));
    scenario.press(&down).press("<enter>").shows("which is right?").shows("the tables are right: usage plan");
    scenario.shows("API Gateway is right: write the limits").press("<enter>");
    scenario.shows("(AWS allows one").press("<esc>").press("<enter>").press("j<enter>");
    scenario.shows("to the Plans table").press("y").shows("1 problem fixed").shows("U undoes it");
    assert_eq!(number_after(&scenario, "Doctor ·"), found - 1);
    scenario.press("U").shows("restore the price-list entry of");
}
