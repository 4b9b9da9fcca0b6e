//! One bucket for each plan and key; a method's bucket in addition; the stage's limits for each method.
//!
//! The account's limit takes five thousand calls to reach, so its test stands beside the code.

use keypool_local_aws::Switches;
use serde_json::{Value, json};

use crate::protected_api::ProtectedApi;

const NO_QUOTA: Value = Value::Null;

#[tokio::test]
async fn a_key_passes_as_often_as_its_bucket_has_tokens() {
    let api = ProtectedApi::new().await;
    let cases = [
        ("burst above rate", 1.0, 3, 5, "...tt", 1.0, ".tttt"),
        ("burst below rate", 10.0, 2, 5, "..ttt", 1.0, "..ttt"),
        ("a tenth a second", 0.1, 1, 2, ".t", 9.0, "tt"),
        ("a tenth a second, later", 0.1, 1, 2, ".t", 10.0, ".t"),
        ("no burst", 10.0, 0, 2, "tt", 1.0, "tt"),
    ];
    for (what, rate, burst, calls, at_once, seconds, later) in cases {
        let plan = api.plan(json!({"rateLimit": rate, "burstLimit": burst}), NO_QUOTA).await;
        let key = api.key(&plan).await;
        assert_eq!(api.series("/pets", &key, calls).await, at_once, "{what}");
        api.advance(seconds);
        assert_eq!(api.series("/pets", &key, calls).await, later, "{what}, {seconds} s later");
    }
}

#[tokio::test]
async fn keys_of_one_plan_do_not_share_a_bucket_but_a_keys_methods_do() {
    let api = ProtectedApi::new().await;
    let plan = api.plan(json!({"rateLimit": 1, "burstLimit": 2}), NO_QUOTA).await;
    let (first, second) = (api.key(&plan).await, api.key(&plan).await);
    assert_eq!(api.series("/pets", &first, 3).await, "..t");
    assert_eq!(api.series("/pets", &second, 3).await, "..t");
    assert_eq!(api.series("/toys", &first, 1).await, "t");
}

#[tokio::test]
async fn a_bucket_for_each_method_can_be_switched_on() {
    let api = ProtectedApi::new().await;
    api.aws.set_switches(Switches { bucket_per_method: true, ..Switches::default() });
    let plan = api.plan(json!({"rateLimit": 1, "burstLimit": 1}), NO_QUOTA).await;
    let key = api.key(&plan).await;
    assert_eq!(api.series("/pets", &key, 2).await, ".t");
    assert_eq!(api.series("/toys", &key, 2).await, ".t");
}

#[tokio::test]
async fn a_methods_own_limit_comes_on_top_of_the_plans_and_lifts_nothing() {
    let api = ProtectedApi::new().await;
    let plan = api.plan(json!({"rateLimit": 1, "burstLimit": 3}), NO_QUOTA).await;
    let throttles = json!({
        "/pets/GET": {"rateLimit": 1, "burstLimit": 1},
        "/toys/GET": {"rateLimit": 100, "burstLimit": 100}
    });
    let member = format!("/apiStages/{}:prod/throttle", api.id);
    api.replace(&format!("/usageplans/{plan}"), &member, &throttles.to_string()).await;

    let key = api.key(&plan).await;
    assert_eq!(api.series("/pets", &key, 2).await, ".t", "the method's own limit is lower");
    assert_eq!(
        api.series("/toys", &key, 3).await,
        "..t",
        "the plan's limit is lower, and a refusal drew nothing"
    );
}

#[tokio::test]
async fn a_stage_limits_each_method_for_all_keys_together() {
    let api = ProtectedApi::new().await;
    let plan = api.plan(json!({"rateLimit": 100, "burstLimit": 100}), NO_QUOTA).await;
    let stage = format!("/restapis/{}/stages/prod", api.id);
    api.replace(&stage, "/*/*/throttling/burstLimit", "2").await;
    api.replace(&stage, "/*/*/throttling/rateLimit", "1").await;
    api.replace(&stage, "/~1toys/GET/throttling/burstLimit", "1").await;

    let (first, second) = (api.key(&plan).await, api.key(&plan).await);
    assert_eq!(api.series("/pets", &first, 1).await, ".");
    assert_eq!(api.series("/pets", &second, 2).await, ".t");
    assert_eq!(api.series("/toys", &first, 2).await, ".t", "a method's own setting goes before that for all");
    assert_eq!(api.series("/open", &first, 3).await, "..t", "also where no key is needed");
}

#[tokio::test]
async fn an_edited_limit_counts_from_the_next_call() {
    let api = ProtectedApi::new().await;
    let plan = api.plan(json!({"rateLimit": 1, "burstLimit": 1}), NO_QUOTA).await;
    let key = api.key(&plan).await;
    assert_eq!(api.series("/pets", &key, 2).await, ".t");
    api.replace(&format!("/usageplans/{plan}"), "/throttle/burstLimit", "2").await;
    api.advance(2.0);
    assert_eq!(api.series("/pets", &key, 3).await, "..t");
}
