//! The message of every refusal.

use super::*;
use crate::assign::AssignmentError;
use crate::validate::{MAX_NAME_CHARS, MAX_TENANT_CHARS};

#[test]
fn missing_keys_and_plans_are_named() {
    let no_plan = "usage plan x does not exist: refresh and choose another";
    assert_eq!(refusal(&create("x", 1)), no_plan);
    assert_eq!(refusal(&change_plan("k1", "x")), no_plan);
    assert_eq!(refusal(&create_pool("x", &["spare"], 5)), no_plan);
    let no_tenant_key = "tenant key x does not exist";
    let missing = || ids(&["x"]);
    for change in [
        Change::Delete(missing()),
        Change::Rotate { tenant_keys: missing(), grace: 0 },
        Change::Isolate(missing()),
        Change::Consolidate { tenant_keys: missing(), other_plans: OtherPlans::Refuse },
        Change::ChangePlan { tenant_keys: missing(), plan: "silo".into(), other_plans: OtherPlans::Refuse },
        edit("x", Edit::default()),
    ] {
        assert_eq!(refusal(&change), no_tenant_key, "{change:?}");
    }
    let no_key = "API key x does not exist: delete its tenant key, if any, and create another";
    assert_eq!(refusal(&Change::Retire("x".into())), no_key);
    assert_eq!(refusal(&create_pool("silo", &["x"], 5)), no_key);
}

#[test]
fn fields_and_numbers_are_validated() {
    assert_eq!(refusal(&create_pool("silo", &[], 5)), "at least one API key is required");
    assert_eq!(refusal(&create("silo", 0)), "cannot create 0 keys: give a number from 1 to 10,000");
    assert_eq!(refusal(&create("silo", 10_001)), "cannot create 10,001 keys: give a number from 1 to 10,000");
    assert_eq!(refusal(&grow("shard", 0)), "cannot create 0 keys: give a number from 1 to 10,000");
    assert_eq!(refusal(&grow("shard", 10_001)), "cannot create 10,001 keys: give a number from 1 to 10,000");
    let with_name = |name: String| edit("k1", Edit { name: Some(name), ..Edit::default() });
    let long = "name is too long: 1025 characters, the maximum is 1024";
    assert_eq!(refusal(&with_name("x".repeat(1_025))), long);
    assert!(with_name("x".repeat(MAX_NAME_CHARS)).units(&inventory()).is_ok());
    let mut new = new_keys("silo", 1);
    new.template.tenant = "a*b".into();
    let character = "tenant contains '*': use letters, digits, spaces and + - = . _ : / @";
    assert_eq!(refusal(&Change::Create(new.clone())), character);
    new.template.tenant = "Ünï 1+-=._:/@".into();
    assert!(Change::Create(new.clone()).units(&inventory()).is_ok());
    new.template.tenant = "x".repeat(MAX_TENANT_CHARS).into();
    assert!(Change::Create(new.clone()).units(&inventory()).is_ok());
    new.template.description = "\u{7}".into();
    assert!(refusal(&Change::Create(new)).ends_with("remove control characters and line breaks"));
}

#[test]
fn a_full_account_creates_no_api_key() {
    let full = full_account();
    for change in [
        create("silo", 1),
        restore(tenant_key("k9", "silo", "acme", None)),
        Change::Rotate { tenant_keys: ids(&["k1"]), grace: 0 },
        rotate_pool_key("b1", 0),
        Change::Isolate(ids(&["s1"])),
        change_plan("s1", "silo"),
        grow("shard", 1),
    ] {
        let message = refusal_in(&full, &change);
        assert!(message.starts_with("the account has 10,000 of 10,000 API keys"), "{change:?}: {message}");
    }
    assert!(create("shard", 1).units(&full).is_ok(), "a pooled tenant key needs no API key");
}

#[test]
fn pools_without_a_usable_key_say_why() {
    let pooled =
        |difference: fn(&mut InventoryParts)| refusal_in(&inventory_with(difference), &create("free", 1));
    let grow = "grow the pool or raise its capacity";
    let full = "free-plan cannot take a new key: the pool is full: 3 tenant keys on 1 API key";
    assert_eq!(pooled(|parts| parts.pools[0].keys[0].tenants = 3.into()), format!("{full}; {grow}"));
    let none = "free-plan cannot take a new key: every API key of the pool is draining, retired, disabled or missing";
    assert_eq!(
        pooled(|parts| parts.pools[0].keys[0].state = PoolKeyState::Retired),
        format!("{none}; {grow}")
    );
    assert!(pooled(|parts| parts.pools[0].keys.clear()).contains(&AssignmentError::NoKeys.to_string()));
    let room = "free-plan has room for 1 more key, not 2: ";
    assert_eq!(refusal(&create("free", 2)), format!("{room}{grow}"));
}

#[test]
fn shared_and_siloed_keys_are_distinguished() {
    let shared =
        "tenant key s1 shares API key b1 with other tenants: isolate it first, or rotate the pool key";
    assert_eq!(refusal(&Change::Rotate { tenant_keys: ids(&["s1"]), grace: 0 }), shared);
    assert_eq!(
        refusal(&Change::Consolidate { tenant_keys: ids(&["s1"]), other_plans: OtherPlans::Refuse }),
        shared
    );
    assert_eq!(refusal(&Change::Isolate(ids(&["k1"]))), "tenant key k1 already has its own API key");
    assert_eq!(refusal(&change_plan("k1", "silo")), "tenant key k1 is already in silo-plan");
}

#[test]
fn plans_with_and_without_a_pool_are_distinguished() {
    let no_pool = "silo-plan has no pool: create one first";
    for change in [
        Change::Consolidate { tenant_keys: ids(&["k1"]), other_plans: OtherPlans::Refuse },
        Change::Rebalance("silo".into()),
        Change::DissolvePool("silo".into()),
        set_pool("silo", None, Some(3)),
        grow("silo", 1),
    ] {
        assert_eq!(refusal(&change), no_pool, "{change:?}");
    }
    assert_eq!(refusal(&create_pool("free", &["p1"], 5)), "free-plan already has a pool");
    for change in [rotate_pool_key("k1", 0), Change::Drain("k1".into())] {
        assert_eq!(refusal(&change), "API key k1 is in no pool", "{change:?}");
    }
    assert_eq!(refusal(&create_pool("silo", &["p1"], 5)), "API key p1 is not in silo-plan: attach it first");
}

#[test]
fn keys_and_pools_in_use_are_not_deleted() {
    assert_eq!(refusal(&Change::Retire("k1".into())), "API key k1 still has 1 tenant key: move them first");
    assert_eq!(refusal(&Change::Retire("b1".into())), "API key b1 still has 4 tenant keys: move them first");
    assert_eq!(
        refusal(&Change::Retire("b2".into())),
        "pool key b2 still takes new tenants: drain it instead"
    );
    let in_use = "the pool of free-plan has 2 tenant keys: isolate them or move them to another plan first";
    assert_eq!(refusal(&Change::DissolvePool("free".into())), in_use);
}

#[test]
fn a_capacity_below_the_current_tenants_is_refused() {
    let zero = "capacity must be at least 1";
    assert_eq!(refusal(&create_pool("silo", &["spare"], 0)), zero);
    assert_eq!(refusal(&set_pool("shard", None, Some(0))), zero);
    let below = "a pool key already has 4 tenants: give at least that capacity, or rebalance first";
    assert_eq!(refusal(&set_pool("shard", None, Some(3))), below);
    let small = inventory_with(|parts| parts.pools[1].keys[1].capacity = 3.into());
    let room = "shard-plan has room for 3 more keys, not 4: grow the pool or raise its capacity";
    assert_eq!(refusal_in(&small, &Change::Drain("b1".into())), room);
    assert_eq!(refusal(&Change::Rebalance("free".into())), "the pool of free-plan is already balanced");
}
