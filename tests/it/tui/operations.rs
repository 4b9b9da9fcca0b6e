//! Operations on keys and pools, on a local AWS.

use keypool::tui::Effect;
use keypool_local_aws::World;

use crate::support::accounts::both_consoles;
use crate::support::scenario::Scenario;

fn sample() -> Scenario {
    Scenario::builder(World::Sample).size(120, 40).start()
}

fn count_changes(scenario: &Scenario) -> usize {
    scenario.count_effects(|effect| matches!(effect, Effect::Apply(..)))
}

#[test]
fn a_siloed_key_is_rotated_with_a_grace_period() {
    for (mut scenario, keys) in both_consoles() {
        scenario
            .press("j 3 R")
            .shows("rotate key \"acme-sandbox\" of acme")
            .shows("grace 24h")
            .press("<enter>");
        scenario.shows("old value works for another 1 day").shows("affects 1 tenant: acme").press("<enter>");
        assert_eq!(count_changes(&scenario), 0, "Cancel is the default");
        scenario.press("R").type_text("soon").press("<enter>").shows("`soon` is not a duration");
        scenario.press("<esc>R<right>").shows("grace 0").press("<enter>").shows("stop working at once");
        scenario
            .press("y")
            .shows("done: rotate key")
            .shows(&format!("keys {keys}/10,000"))
            .shows("▌ acme-sandbox");
        scenario.lacks("29326ml64l");
    }
}

#[test]
fn rotating_a_shared_key_offers_to_rotate_its_pool_key() {
    let mut scenario = sample();
    scenario.press("jjj 3 R").shows("rotate pool key").shows("The shared value changes for 3 tenant keys");
    scenario.press("<enter>").shows("type 3 (the number of tenants)").press("y<enter>");
    assert_eq!(count_changes(&scenario), 0);
    scenario.press("R<enter>").type_text("3").press("<enter>").shows("done: rotate pool key");
    scenario.shows("keys 15/10,000").shows("draining");
}

#[test]
fn a_pool_key_is_rotated_from_the_pool_pane() {
    let mut scenario = sample();
    scenario.press("jjj 2 R<right><enter>").shows("affects 3 tenants").type_text("3").press("<enter>");
    scenario.shows("done: rotate pool key").shows("keys 14/10,000").press("k").lacks("5v2seh60kv");
}

#[test]
fn siloed_and_shared_keys_are_not_rotated_together() {
    let mut scenario = sample();
    scenario
        .press("3 /")
        .type_text("tenant:globex")
        .press("<enter><space><space>")
        .shows("2 marked")
        .press("R");
    scenario.shows("isolate it first, or rotate the pool key");
}

#[test]
fn the_move_menu_explains_unavailable_moves() {
    let mut scenario = sample();
    scenario.press("j 3 m").shows("move acme-sandbox").shows("already has its own API key");
    scenario
        .shows("TestPlan has no pool")
        .press("<enter>")
        .shows("move to plan")
        .shows("PremiumPlan · siloed");
    scenario.press("jj<enter>").shows("move key \"acme-sandbox\" of acme to PremiumPlan").press("y");
    scenario.shows("done: move key").shows("TestPlan · 3");
}

#[test]
fn a_tenant_is_isolated_and_consolidated_again() {
    let mut scenario = sample();
    scenario.press("jjj 3 m<enter>").shows("its own API key").shows("still have the shared value").press("y");
    scenario.shows("done: give key").shows("keys 15/10,000");
    scenario
        .press("m<enter>")
        .shows("into the pool")
        .press("y")
        .shows("done: move key")
        .shows("keys 14/10,000");
}

#[test]
fn a_pool_is_grown_rebalanced_and_drained() {
    let mut scenario = sample();
    scenario.press("jjj 2 n").shows("add API keys to the pool of BasicPlan").type_text("2").press("<enter>");
    scenario.shows("affects no tenants").press("y").shows("done: add 2 API keys").shows("keys 16/10,000");
    scenario.press("m<enter>").shows("rebalance the pool of BasicPlan").type_text("4").press("<enter>");
    scenario.shows("done: rebalance");
    scenario.press("m").shows("is already balanced").press("<esc>");
    scenario
        .press("g D")
        .shows("drain pool key 5v2seh60kv")
        .type_text("2")
        .press("<enter>")
        .shows("done: drain");
    scenario.shows("keys 15/10,000").press("k").lacks("5v2seh60kv");
}

#[test]
fn strategy_and_capacity_of_a_pool_are_edited() {
    let mut scenario = sample();
    scenario.press("jjj 2 e").shows("strategy least-tenants").shows("capacity 10").press("<enter>");
    scenario.shows("nothing would change").press("<right><right><tab>").type_text("1").press("<enter>");
    scenario.shows("a pool key already has 3 tenants").type_text("2").press("<enter>y");
    scenario.shows("done: edit the pool of BasicPlan").shows("BasicPlan · sharded · sticky").shows("3/12");
}

#[test]
fn a_pool_is_created_from_marked_keys_and_not_dissolved_while_in_use() {
    let mut scenario = sample();
    scenario.press("j :").type_text("create-pool").press("<enter>").shows("No API key of the plan is unused");
    scenario.press("<esc>");
    scenario.press("3 <space> :").type_text("create-pool").press("<enter>").shows("a pool for TestPlan");
    scenario
        .shows("29326ml64l")
        .press("<tab>")
        .type_text("5")
        .press("<enter>y")
        .shows("done: make 1 API key the pool");
    scenario.shows("TestPlan · pooled").press(":").type_text("dissolve-pool").press("<enter>");
    scenario.shows("the pool of TestPlan has 1 tenant key");
}

#[test]
fn on_the_smallest_screen_the_reason_of_a_refusal_is_shown_whole() {
    let mut scenario = Scenario::builder(World::Sample).size(40, 10).start();
    scenario.press("jjD").shows("FreePlan has a pool of shared keys:").shows("or move its tenants");
    scenario.press("j").lacks("or move its tenants");
}
