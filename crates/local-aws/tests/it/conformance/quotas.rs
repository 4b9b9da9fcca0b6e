//! A quota counts the accepted calls per plan, key and UTC period.
//!
//! In the results of `call_repeatedly`, `.` is an accepted call, `q` one beyond the quota, `t` a throttled one, `f` a
//! forbidden one, and `b` one whose backend failed.

use serde_json::{Value, json};

use crate::protected_api::ProtectedApi;

const NO_THROTTLE: Value = Value::Null;
const TODAY: &str = "2026-03-10";

#[tokio::test]
async fn a_quota_resets_when_its_period_ends() {
    let cases = [
        ("DAY", 0, "2026-03-10T23:59:59Z", "2026-03-11T00:00:00Z"),
        ("WEEK", 0, "2026-03-14T23:59:59Z", "2026-03-15T00:00:00Z"),
        ("WEEK", 3, "2026-03-10T23:59:59Z", "2026-03-11T00:00:00Z"),
        ("MONTH", 0, "2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z"),
        ("MONTH", 14, "2026-03-14T23:59:59Z", "2026-03-15T00:00:00Z"),
    ];
    for (period, offset, last_second, reset) in cases {
        let api = ProtectedApi::new().await;
        let quota = json!({"limit": 3, "offset": offset, "period": period});
        let plan = api.create_plan(NO_THROTTLE, quota).await;
        let (key, other_key) = (api.create_key(&plan).await, api.create_key(&plan).await);
        assert_eq!(api.call_repeatedly("/pets", &key, 5).await, "...qq", "{period} + {offset}");
        assert_eq!(api.call_repeatedly("/pets", &other_key, 1).await, ".", "each key has its own quota");
        api.set_time(last_second);
        assert_eq!(
            api.call_repeatedly("/pets", &key, 1).await,
            "q",
            "{period} + {offset} until {last_second}"
        );
        api.set_time(reset);
        assert_eq!(api.call_repeatedly("/pets", &key, 4).await, "...q", "{period} + {offset} from {reset}");
    }
}

#[tokio::test]
async fn only_accepted_calls_count() {
    let api = ProtectedApi::new().await;
    let plan =
        api.create_plan(json!({"rateLimit": 1, "burstLimit": 2}), json!({"limit": 4, "period": "DAY"})).await;
    let key = api.create_key(&plan).await;
    assert_eq!(api.usage(&plan, &key, TODAY, TODAY).await, [], "a key without calls is not in the list");

    assert_eq!(api.call_repeatedly("/pets", &key, 3).await, "..t", "a throttled call does not count");
    assert_eq!(api.usage(&plan, &key, TODAY, TODAY).await, [(2, 2)]);

    assert_eq!(api.call_repeatedly("/open", &key, 3).await, "...", "a call that needs no key does not count");
    assert_eq!(api.call("/cats", Some(&key.value)).await.status, 403);
    assert_eq!(api.usage(&plan, &key, TODAY, TODAY).await, [(2, 2)], "nor does a call to an unknown path");

    api.advance(10.0);
    assert_eq!(api.call_repeatedly("/broken", &key, 2).await, "bb", "a call whose backend fails counts");
    assert_eq!(api.usage(&plan, &key, TODAY, TODAY).await, [(4, 0)]);

    api.advance(10.0);
    assert_eq!(api.call_repeatedly("/pets", &key, 3).await, "qqq", "a call beyond the quota does not count");
    assert_eq!(api.usage(&plan, &key, TODAY, TODAY).await, [(4, 0)]);
}

#[tokio::test]
async fn disabling_a_key_keeps_its_usage() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(NO_THROTTLE, json!({"limit": 2, "period": "MONTH"})).await;
    let key = api.create_key(&plan).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 1).await, ".");
    api.set_enabled(&key, false).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, "ff");
    api.set_enabled(&key, true).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, ".q");
}

#[tokio::test]
async fn usage_restarts_in_another_plan() {
    let api = ProtectedApi::new().await;
    let (old_plan, new_plan) = (
        api.create_plan(NO_THROTTLE, json!({"limit": 1, "period": "DAY"})).await,
        api.create_plan(NO_THROTTLE, json!({"limit": 2, "period": "DAY"})).await,
    );
    let key = api.create_key(&old_plan).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, ".q");
    api.delete(&format!("/usageplans/{old_plan}/keys/{}", key.id)).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 1).await, "f");
    api.attach(&new_plan, &key).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 3).await, "..q");
}

#[tokio::test]
async fn an_extension_ends_with_the_period() {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(NO_THROTTLE, json!({"limit": 1, "period": "DAY"})).await;
    let key = api.create_key(&plan).await;
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, ".q");
    api.replace(&format!("/usageplans/{plan}/keys/{}/usage", key.id), "/remaining", "2").await;
    assert_eq!(api.usage(&plan, &key, TODAY, TODAY).await, [(1, 2)]);
    assert_eq!(api.call_repeatedly("/pets", &key, 3).await, "..q");
    api.set_time("2026-03-11T00:00:00Z");
    assert_eq!(api.call_repeatedly("/pets", &key, 2).await, ".q");
    assert_eq!(api.usage(&plan, &key, TODAY, "2026-03-11").await, [(3, 0), (1, 0)]);
}
