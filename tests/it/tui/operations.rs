//! Operations on keys and pools by keys alone, on a local AWS.

use keypool::tui::Effect;
use keypool_local_aws::World;

use crate::support::scenario::Scenario;

fn sample() -> Scenario {
    Scenario::in_world(World::Sample).size(120, 40).open()
}

fn changes(scenario: &Scenario) -> usize {
    scenario.asked(|effect| matches!(effect, Effect::Apply(..)))
}

#[test]
fn a_siloed_key_is_rotated_with_a_grace() {
    let mut scenario = sample();
    scenario.press("j 3 R").sees("rotate key \"acme-sandbox\" of acme").sees("grace 24h").press("<enter>");
    scenario.sees("the old value works for 1 day more").sees("touches 1 tenant: acme").press("<enter>");
    assert_eq!(changes(&scenario), 0, "it opens on Cancel");
    scenario.press("R").type_in("soon").press("<enter>").sees("`soon` is not a time");
    scenario.press("<esc>R<right>").sees("grace 0").press("<enter>").sees("stop working at once");
    scenario.press("y").sees("done: rotate key").sees("keys 14/10,000").sees("▌ acme-sandbox");
    scenario.misses("29326ml64l");
}

#[test]
fn a_shared_key_offers_its_pool_key() {
    let mut scenario = sample();
    scenario.press("jjj 3 R").sees("rotate pool key").sees("rotated for all who share it: 3 tenant keys");
    scenario.press("<enter>").sees("type 3, the number of tenants").press("y<enter>");
    assert_eq!(changes(&scenario), 0);
    scenario.press("R<enter>").type_in("3").press("<enter>").sees("done: rotate pool key");
    scenario.sees("keys 15/10,000").sees("draining");
}

#[test]
fn a_pool_key_is_rotated_from_its_pane() {
    let mut scenario = sample();
    scenario.press("jjj 2 R<right><enter>").sees("touches 3 tenants").type_in("3").press("<enter>");
    scenario.sees("done: rotate pool key").sees("keys 14/10,000").press("k").misses("5v2seh60kv");
}

#[test]
fn marked_keys_of_both_kinds_are_not_rotated_together() {
    let mut scenario = sample();
    scenario.press("3 /").type_in("tenant:globex").press("<enter><space><space>").sees("2 marked").press("R");
    scenario.sees("isolate it first, or rotate the pool key");
}

#[test]
fn the_menu_names_what_is_possible_and_why_the_rest_is_not() {
    let mut scenario = sample();
    scenario.press("j 3 m").sees("move acme-sandbox").sees("has an API key of its own already");
    scenario
        .sees("TestPlan has no pool")
        .press("<enter>")
        .sees("to which plan?")
        .sees("PremiumPlan · siloed");
    scenario.press("jj<enter>").sees("move key \"acme-sandbox\" of acme to PremiumPlan").press("y");
    scenario.sees("done: move key").sees("TestPlan · 3");
}

#[test]
fn a_tenant_is_isolated_and_comes_back() {
    let mut scenario = sample();
    scenario
        .press("jjj 3 m<enter>")
        .sees("an API key of its own")
        .sees("still know the shared value")
        .press("y");
    scenario.sees("done: give key").sees("keys 15/10,000");
    scenario.press("m<enter>").sees("into the pool").press("y").sees("done: move key").sees("keys 14/10,000");
}

#[test]
fn a_pool_grows_is_levelled_and_drained() {
    let mut scenario = sample();
    scenario.press("jjj 2 n").sees("add API keys to the pool of BasicPlan").type_in("2").press("<enter>");
    scenario.sees("touches no tenant").press("y").sees("done: add 2 API keys").sees("keys 16/10,000");
    scenario.press("m<enter>").sees("rebalance the pool of BasicPlan").type_in("4").press("<enter>");
    scenario.sees("done: rebalance");
    scenario.press("m").sees("is level already").press("<esc>");
    scenario.press("g D").sees("drain pool key 5v2seh60kv").type_in("2").press("<enter>").sees("done: drain");
    scenario.sees("keys 15/10,000").press("k").misses("5v2seh60kv");
}

#[test]
fn strategy_and_capacity_are_set() {
    let mut scenario = sample();
    scenario.press("jjj 2 e").sees("strategy least-tenants").sees("capacity 10").press("<enter>");
    scenario.sees("nothing would change").press("<right><right><tab>").type_in("1").press("<enter>");
    scenario.sees("tenants already: give a capacity").type_in("2").press("<enter>y");
    scenario.sees("done: change the pool of BasicPlan").sees("BasicPlan · sharded · sticky").sees("3/12");
}

#[test]
fn marked_keys_become_a_pool_which_goes_again() {
    let mut scenario = sample();
    scenario.press("j :").type_in("create-pool").press("<enter>").sees("No API key of the plan is free");
    scenario.press("<esc>");
    scenario.press("3 <space> :").type_in("create-pool").press("<enter>").sees("a pool for TestPlan");
    scenario
        .sees("29326ml64l")
        .press("<tab>")
        .type_in("5")
        .press("<enter>y")
        .sees("done: make 1 API key the pool");
    scenario.sees("TestPlan · pooled").press(":").type_in("dissolve-pool").press("<enter>");
    scenario.sees("the pool of TestPlan has 1 tenant key");
}
