//! Delays and limits of the real AWS can be switched on.
//!
//! In the results of `call_repeatedly`, `.` is an accepted call, `f` a forbidden one, `t` a throttled one, and `q` one
//! beyond the quota.

use keypool_local_aws::Switches;
use serde_json::{Value, json};

use crate::protected_api::ProtectedApi;

const NO_LIMIT: Value = Value::Null;
const TODAY: &str = "2026-03-10";

#[tokio::test]
async fn new_and_changed_keys_take_effect_after_the_propagation_delay() {
    let api = ProtectedApi::new().await;
    api.aws.set_switches(Switches { propagation_seconds: 25, ..Switches::default() });
    let plan = api.create_plan(NO_LIMIT, NO_LIMIT).await;
    let key = api.create_key(&plan).await;
    // A change to `enabled`, or `None` for the creation of the key; then the outcome before and after the delay.
    let steps = [(None, "f", "."), (Some(false), ".", "f"), (Some(true), "f", ".")];
    for (change, before_delay, after_delay) in steps {
        if let Some(enabled) = change {
            api.set_enabled(&key, enabled).await;
        }
        assert_eq!(api.call_repeatedly("/pets", &key, 1).await, before_delay, "{change:?} at once");
        api.advance(24.0);
        assert_eq!(api.call_repeatedly("/pets", &key, 1).await, before_delay, "{change:?} after 24 s");
        api.advance(1.0);
        assert_eq!(api.call_repeatedly("/pets", &key, 1).await, after_delay, "{change:?} after 25 s");
    }
}

#[tokio::test]
async fn usage_lags_until_the_quota_is_exhausted() {
    let api = ProtectedApi::new().await;
    api.aws.set_switches(Switches { usage_lag_seconds: 1800, ..Switches::default() });
    let plan = api.create_plan(NO_LIMIT, json!({"limit": 3, "period": "DAY"})).await;
    let key = api.create_key(&plan).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, "..");
    let used =
        async |api: &ProtectedApi| api.usage(&plan, &key, TODAY, TODAY).await.first().map_or(0, |day| day.0);
    assert_eq!(used(&api).await, 0);
    api.advance(1799.0);
    assert_eq!(used(&api).await, 0);
    api.advance(1.0);
    assert_eq!(used(&api).await, 2);

    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, ".q", "the gateway itself does not lag");
    assert_eq!(used(&api).await, 3);
}

#[tokio::test]
async fn fail_open_accepts_calls_without_limits() {
    let api = ProtectedApi::new().await;
    let plan =
        api.create_plan(json!({"rateLimit": 1, "burstLimit": 1}), json!({"limit": 1, "period": "DAY"})).await;
    let key = api.create_key(&plan).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, ".t");
    api.aws.set_switches(Switches { fail_open: true, ..Switches::default() });
    assert_eq!(api.call_repeatedly("/pets", &key, 4).await, "....");
    let lines = api.aws.execution_log().lines();
    let failed_checks = lines
        .iter()
        .filter(|line| line.message.ends_with("Usage Plan check failed due to an internal error"));
    assert_eq!(failed_checks.count(), 4);
    assert_eq!(api.call("/pets", None).await.status, 403, "a key is still required");
    api.aws.set_switches(Switches::default());
    assert_eq!(api.usage(&plan, &key, TODAY, TODAY).await, [(1, 0)]);
}

#[tokio::test]
async fn burst_slop_adds_tokens_to_the_burst() {
    let api = ProtectedApi::new().await;
    api.aws.set_switches(Switches { burst_slop: 2, ..Switches::default() });
    let plan = api.create_plan(json!({"rateLimit": 1, "burstLimit": 1}), NO_LIMIT).await;
    let key = api.create_key(&plan).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 4).await, "...t");
}
