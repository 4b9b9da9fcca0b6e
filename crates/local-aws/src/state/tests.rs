//! Indexes, cascading deletes and records of an account.
#![allow(clippy::unwrap_used)]
use jiff::Timestamp;

use super::*;
use crate::quota::{Period, Quota};

fn key(id: &str) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        value: KeyValue(format!("value-of-{id}")),
        name: None,
        description: None,
        enabled: true,
        customer_id: None,
        stage_keys: Vec::new(),
        created: Timestamp::UNIX_EPOCH,
        updated: Timestamp::UNIX_EPOCH,
        enabled_changed: Timestamp::UNIX_EPOCH,
        tags: Tags::new(),
    }
}

fn plan(id: &str, stage: &str) -> UsagePlan {
    UsagePlan {
        id: id.to_owned(),
        name: id.to_uppercase(),
        description: None,
        api_stages: vec![ApiStage {
            api_id: "api".into(),
            stage: stage.into(),
            throttle: Default::default(),
        }],
        throttle: Some(Throttle { rate_limit: 0.5, burst_limit: 2 }),
        quota: Some(Quota { limit: 10, offset: 0, period: Period::Day }),
        product_code: None,
        tags: Tags::new(),
    }
}

/// Two keys and two plans: `a` is in both plans, `b` in `free`.
fn account() -> Account {
    let mut account = Account::default();
    for id in ["a", "b"] {
        account.add_api_key(key(id));
    }
    for (id, stage) in [("free", "prod"), ("paid", "test")] {
        account.usage_plans.insert(plan(id, stage));
    }
    for (plan, key) in [("free", "b"), ("free", "a"), ("paid", "a")] {
        account.attach(plan, key, Timestamp::UNIX_EPOCH);
    }
    account
}

fn keys_of(account: &Account, plan: &str) -> Vec<String> {
    account.keys_of_plan(plan, None).map(|(_, key)| key.id.clone()).collect()
}

#[test]
fn a_key_has_one_plan_per_stage() {
    let account = account();
    let found = account.api_key_by_value("value-of-a").unwrap();
    assert_eq!(account.plan_for_stage(&found.id, "api", "test").map(|plan| plan.id.as_str()), Some("paid"));
    assert_eq!(account.plan_for_stage("b", "api", "test"), None);
}

#[test]
fn removing_a_key_removes_it_from_every_plan_and_frees_its_value() {
    let mut account = account();
    assert!(account.remove_api_key("a").is_some());
    assert_eq!(keys_of(&account, "free"), ["b"]);
    assert!(keys_of(&account, "paid").is_empty());
    assert!(account.api_key_by_value("value-of-a").is_none());
    assert!(account.membership("paid", "a").is_none());
}

#[test]
fn removing_a_plan_removes_its_memberships_and_meters() {
    let mut account = account();
    account.meter_mut("free", "a");
    account.meter_mut("paid", "a");
    account.remove_usage_plan("free");
    assert_eq!(account.plans_of_key("a").count(), 1);
    assert!(account.meter("free", "a").is_none());
    assert!(account.meter("paid", "a").is_some());
}

#[test]
fn records_restore_the_account() {
    let mut original = account();
    let mut copy = Account::default();
    for record in original.take_changes() {
        copy.restore(record).unwrap();
    }
    original.remove_api_key("b");
    original.api_key_mut("a").unwrap().enabled = false;
    original.set_settings(Settings { cloudwatch_role_arn: Some("role".into()), ..Settings::default() });
    for record in original.take_changes() {
        copy.restore(record).unwrap();
    }
    assert_eq!(copy.records(), original.records());
    assert_eq!(keys_of(&copy, "free"), ["a"]);
    assert!(copy.api_key_by_value("value-of-b").is_none());
}

#[test]
fn new_entities_are_restored_in_creation_order() {
    let mut original = Account::default();
    for id in ["z", "m", "a"] {
        original.add_api_key(key(id));
    }
    let ids: Vec<String> = original.take_changes().into_iter().map(|record| record.id).collect();
    assert_eq!(ids, ["z", "m", "a"]);
}

#[test]
fn debug_hides_key_values() {
    assert!(!format!("{:?}", account()).contains("value-of-"));
}
