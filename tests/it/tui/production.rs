//! A context that tenants live from: what takes something away asks for a name or a number to be typed.

use keypool::tui::{Effect, Options};
use keypool_local_aws::World;

use crate::support::console::options;
use crate::support::scenario::Scenario;

fn production() -> Scenario {
    let options = Options { production: true, label: "acme-live".to_owned(), ..options() };
    Scenario::in_world(World::Sample).size(120, 40).with(options).open()
}

fn changes(scenario: &Scenario) -> usize {
    scenario.asked(|effect| matches!(effect, Effect::Apply(..)))
}

#[test]
fn one_tenant_is_named_before_its_key_goes() {
    let mut scenario = production();
    scenario.sees("[production]").press("j 3 D").sees("type acme, the name of the tenant, to go on:");
    scenario.press("y<enter>").misses("Cancel").press("D<tab><enter>").misses("Cancel");
    assert_eq!(changes(&scenario), 0, "neither a yes nor the other button is enough");
    scenario.press("D").type_in("acme").press("<enter>").sees("1 key deleted");
}

#[test]
fn several_tenants_are_counted() {
    let mut scenario = production();
    scenario.press("jjj 2 D").sees("type 3, the number of tenants").type_in("acme3").press("<enter>");
    scenario.sees("done: drain pool key");
}

#[test]
fn where_no_tenant_is_touched_the_context_is_named() {
    let mut scenario = production();
    scenario
        .press("jjj 2 n<enter>")
        .sees("touches no tenant")
        .misses("type acme")
        .press("y")
        .sees("done: add");
    scenario
        .press("G D")
        .sees("type acme-live, the name of this context")
        .type_in("acme-live")
        .press("<enter>");
    scenario.sees("done: drain pool key");
}

#[test]
fn what_can_be_set_back_asks_for_a_yes_only() {
    let mut scenario = production();
    scenario.press("j 3 e").type_in("-2").press("<enter>").sees("1 key edited").press("U").misses("to go on");
    scenario.press("y").sees("1 key edited");
}
