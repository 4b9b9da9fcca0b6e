//! Throttling: one bucket per plan and key, another per method throttle, and one per method and stage that all keys
//! share. In the cases `.` is a call that passes and `t` one that is throttled.
//!
//! The account's throttle takes five thousand calls to reach, so a unit test in `gateway/limits.rs` covers it.

use keypool_local_aws::Switches;
use serde_json::{Value, json};

use crate::protected_api::ProtectedApi;

const NO_QUOTA: Value = Value::Null;

#[tokio::test]
async fn calls_pass_while_the_bucket_has_tokens() {
    let api = ProtectedApi::new().await;
    let cases = [
        ("burst above rate", 1.0, 3, 5, "...tt", 1.0, ".tttt"),
        ("burst below rate", 10.0, 2, 5, "..ttt", 1.0, "..ttt"),
        ("one call in ten seconds", 0.1, 1, 2, ".t", 9.0, "tt"),
        ("one call in ten seconds, later", 0.1, 1, 2, ".t", 10.0, ".t"),
        ("no burst", 10.0, 0, 2, "tt", 1.0, "tt"),
    ];
    for (case, rate, burst, calls, at_once, seconds, later) in cases {
        let plan = api.create_plan(json!({"rateLimit": rate, "burstLimit": burst}), NO_QUOTA).await;
        let key = api.create_key(&plan).await;
        assert_eq!(api.call_repeatedly("/pets", &key, calls).await, at_once, "{case}");
        api.advance(seconds);
        assert_eq!(api.call_repeatedly("/pets", &key, calls).await, later, "{case}, {seconds} s later");
    }
}

#[tokio::test]
async fn each_key_has_one_bucket_for_all_methods() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(json!({"rateLimit": 1, "burstLimit": 2}), NO_QUOTA).await;
    let (first, second) = (api.create_key(&plan).await, api.create_key(&plan).await);
    assert_eq!(api.call_repeatedly("/pets", &first, 3).await, "..t");
    assert_eq!(api.call_repeatedly("/pets", &second, 3).await, "..t");
    assert_eq!(api.call_repeatedly("/toys", &first, 1).await, "t");
}

#[tokio::test]
async fn a_bucket_for_each_method_can_be_switched_on() {
    let api = ProtectedApi::new().await;
    api.aws.set_switches(Switches { bucket_per_method: true, ..Switches::default() });
    let plan = api.create_plan(json!({"rateLimit": 1, "burstLimit": 1}), NO_QUOTA).await;
    let key = api.create_key(&plan).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, ".t");
    assert_eq!(api.call_repeatedly("/toys", &key, 2).await, ".t");
}

#[tokio::test]
async fn a_method_throttle_applies_in_addition_to_the_plan_throttle() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(json!({"rateLimit": 1, "burstLimit": 3}), NO_QUOTA).await;
    let throttles = json!({
        "/pets/GET": {"rateLimit": 1, "burstLimit": 1},
        "/toys/GET": {"rateLimit": 100, "burstLimit": 100}
    });
    let throttle_path = format!("/apiStages/{}:prod/throttle", api.id);
    api.replace(&format!("/usageplans/{plan}"), &throttle_path, &throttles.to_string()).await;

    let key = api.create_key(&plan).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, ".t", "the method's own throttle is lower");
    assert_eq!(
        api.call_repeatedly("/toys", &key, 3).await,
        "..t",
        "the plan's throttle is lower, and a throttled call took no token from it"
    );
}

#[tokio::test]
async fn a_stage_throttle_is_shared_by_all_keys() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(json!({"rateLimit": 100, "burstLimit": 100}), NO_QUOTA).await;
    let stage = format!("/restapis/{}/stages/prod", api.id);
    api.replace(&stage, "/*/*/throttling/burstLimit", "2").await;
    api.replace(&stage, "/*/*/throttling/rateLimit", "1").await;
    api.replace(&stage, "/~1toys/GET/throttling/burstLimit", "1").await;

    let (first, second) = (api.create_key(&plan).await, api.create_key(&plan).await);
    assert_eq!(api.call_repeatedly("/pets", &first, 1).await, ".");
    assert_eq!(api.call_repeatedly("/pets", &second, 2).await, ".t");
    assert_eq!(
        api.call_repeatedly("/toys", &first, 2).await,
        ".t",
        "a method's own setting overrides the one for all methods"
    );
    assert_eq!(
        api.call_repeatedly("/open", &first, 3).await,
        "..t",
        "the throttle also applies to a method that requires no key"
    );
}

#[tokio::test]
async fn an_edited_throttle_applies_from_the_next_call() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(json!({"rateLimit": 1, "burstLimit": 1}), NO_QUOTA).await;
    let key = api.create_key(&plan).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, ".t");
    api.replace(&format!("/usageplans/{plan}"), "/throttle/burstLimit", "2").await;
    api.advance(2.0);
    assert_eq!(api.call_repeatedly("/pets", &key, 3).await, "..t");
}
