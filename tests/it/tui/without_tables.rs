//! The console in an account without tables.

use keypool_local_aws::World;

use crate::support::accounts::both_consoles;
use crate::support::scenario::Scenario;

#[test]
fn the_home_screen_lists_every_api_key_as_a_tenant_key() {
    let mut console = Scenario::builder(World::SampleWithoutTables).size(120, 40).start();
    console.shows("keys 35/10,000").shows("PremiumPlan").shows("BasicPlan");
    console.press("1d").shows("source").shows("API Gateway alone");
}

#[test]
fn a_change_is_refused_with_the_line_to_add() {
    let mut console = Scenario::builder(World::SampleWithoutTables).size(120, 40).start();
    console.press("3D").shows("under [tenants]");
}

/// The sample without tables, with an API key of PremiumPlan also in "Extra"; its two rows are listed.
fn key_in_two_plans() -> Scenario {
    let (mut console, _) = both_consoles().nth(1).expect("the account without tables");
    console.attach_to_extra_plan("76kzof0yi2").press("r").shows("Extra");
    console.press("3/").type_text("jarvis").press("<enter>").shows("/2");
    console
}

#[test]
fn a_key_in_two_plans_is_one_key_to_an_action() {
    let mut console = key_in_two_plans();
    console.press("<space>D").shows("delete key \"stark-jarvis\"").lacks("2 keys");
    console.press("<esc>R").shows("grace").lacks("2 keys");
}

#[test]
fn an_action_on_a_pool_of_all_plans_names_no_plan_that_was_not_chosen() {
    let (mut console, _) = both_consoles().nth(1).expect("the account without tables");
    console.press("2n").shows("no usage plan is selected: select one in pane 1").lacks("has no pool");
    console.press("1j2n").shows("TestPlan has no pool");
}

#[test]
fn a_quota_is_extended_in_the_plan_of_the_row() {
    let mut console = key_in_two_plans();
    let mut plans = Vec::new();
    for row in ["g", "j"] {
        console.press(row);
        let is_premium = console.screen().contains("(PremiumPlan/");
        console.press("+");
        plans.push((is_premium, console.screen().contains("in PremiumPlan")));
        console.press("<esc>");
    }
    plans.sort_unstable();
    assert_eq!(plans, [(false, false), (true, true)], "{}", console.screen());
}
