//! Contexts marked as production: harmful changes ask for a name or a number instead of yes.

use keypool::tui::{Effect, Options};
use keypool_local_aws::World;

use crate::support::console::options;
use crate::support::scenario::Scenario;

fn production_scenario() -> Scenario {
    let options = Options { is_production: true, label: "acme-live".to_owned(), ..options() };
    Scenario::builder(World::Sample).size(120, 40).with_options(options).start()
}

fn count_changes(scenario: &Scenario) -> usize {
    scenario.count_effects(|effect| matches!(effect, Effect::Apply(..)))
}

#[test]
fn deleting_a_tenants_key_asks_for_the_tenants_name() {
    let mut scenario = production_scenario();
    scenario.shows("[production]").press("j 3 D").shows("type acme (the tenant's name) to confirm:");
    scenario.press("y<enter>").lacks("Cancel").press("D<tab><enter>").lacks("Cancel");
    assert_eq!(count_changes(&scenario), 0, "neither y nor the button confirms");
    scenario.press("D").type_text("acme").press("<enter>").shows("1 key deleted");
}

#[test]
fn draining_a_pool_key_asks_for_the_number_of_tenants() {
    let mut scenario = production_scenario();
    scenario.press("jjj 2 D").shows("type 3 (the number of tenants)").type_text("acme3").press("<enter>");
    scenario.shows("done: drain pool key");
}

#[test]
fn a_deletion_that_affects_no_tenant_asks_for_the_context_name() {
    let mut scenario = production_scenario();
    scenario
        .press("jjj 2 n<enter>")
        .shows("affects no tenants")
        .lacks("type acme")
        .press("y")
        .shows("done: add");
    scenario
        .press("G D")
        .shows("type acme-live (the profile's name)")
        .type_text("acme-live")
        .press("<enter>");
    scenario.shows("done: drain pool key");
}

#[test]
fn a_reversible_edit_asks_only_yes_or_no() {
    let mut scenario = production_scenario();
    scenario
        .press("j 3 e")
        .type_text("-2")
        .press("<enter>")
        .shows("1 key edited")
        .press("U")
        .lacks("to confirm:");
    scenario.press("y").shows("1 key edited");
}
