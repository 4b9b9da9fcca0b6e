//! Which calls wait, at which endpoints.

use futures_util::FutureExt;

use super::*;

use Priority::{Interactive, Refresh};

#[tokio::test]
async fn calls_that_wait_for_their_own_limit_take_nothing_from_the_total() {
    let pacer = Pacer::with_aws_rates();
    assert!(pacer.wait_for_turn(Operation::UpdateUsagePlan, Interactive).now_or_never().is_some());
    for _ in 0..100 {
        assert!(pacer.wait_for_turn(Operation::UpdateUsagePlan, Interactive).now_or_never().is_none());
    }
    for _ in 0..39 {
        assert!(pacer.wait_for_turn(Operation::Other, Interactive).now_or_never().is_some());
    }
}

#[tokio::test]
async fn keys_are_attached_one_at_a_time_even_on_loopback() {
    let pacer = Pacer::unlimited();
    let first = pacer.wait_for_turn(Operation::CreateUsagePlanKey, Interactive).await;
    assert!(pacer.wait_for_turn(Operation::CreateUsagePlanKey, Interactive).now_or_never().is_none());
    assert!(pacer.wait_for_turn(Operation::CreateApiKey, Interactive).now_or_never().is_some());
    drop(first);
    assert!(pacer.wait_for_turn(Operation::CreateUsagePlanKey, Interactive).now_or_never().is_some());
}

#[tokio::test]
async fn loopback_calls_never_wait_until_one_is_refused() {
    let pacer = Pacer::unlimited();
    for _ in 0..1_000 {
        assert!(pacer.wait_for_turn(Operation::UpdateUsagePlan, Refresh).now_or_never().is_some());
    }
    assert_eq!(pacer.pace(), None);
    pacer.note_refusal(Operation::Other, Instant::now(), None);
    assert!(pacer.wait_for_turn(Operation::Other, Interactive).now_or_never().is_none());
    assert!(pacer.wait_for_turn(Operation::UpdateUsagePlan, Interactive).now_or_never().is_none());
}

#[tokio::test]
async fn only_the_limit_of_the_refused_operation_is_lowered() {
    let pacer = Pacer::with_aws_rates();
    pacer.note_refusal(Operation::CreateApiKey, Instant::now(), None);
    assert!(pacer.wait_for_turn(Operation::CreateApiKey, Interactive).now_or_never().is_none());
    assert!(pacer.wait_for_turn(Operation::DeleteApiKey, Interactive).now_or_never().is_some());
}

#[tokio::test]
async fn waiting_and_expected_calls_are_reported_with_the_time_they_take() {
    let pacer = Pacer::with_aws_rates();
    assert_eq!(pacer.pace(), None);
    let expected = pacer.expect_calls(240);
    let pace = pacer.clone().pace().expect("200 calls more than the burst");
    assert_eq!((pace.operation, pace.calls_per_second, pace.waiting), (None, 10.0, 240));
    assert!(pace.wait.as_secs() == 19 || pace.wait.as_secs() == 20, "{pace:?}");
    (0..500).for_each(|_| expected.begin_one());
    assert_eq!(pacer.pace(), None);

    pacer.wait_for_turn(Operation::UpdateUsagePlan, Interactive).await;
    let mut waiting = Box::pin(pacer.wait_for_turn(Operation::UpdateUsagePlan, Interactive));
    assert!((&mut waiting).now_or_never().is_none());
    let pace = pacer.pace().expect("one call in 20 s");
    assert_eq!((pace.operation, pace.waiting), (Some("UpdateUsagePlan"), 1));
    drop(waiting);
    assert_eq!(pacer.pace(), None, "a cancelled call does not wait");
}

#[test]
fn operations_are_recognised_by_method_and_path() {
    for (method, uri, operation) in [
        ("POST", "https://apigateway.eu-west-1.amazonaws.com/apikeys", Operation::CreateApiKey),
        ("POST", "http://127.0.0.1:1/apikeys?mode=import&format=csv", Operation::Other),
        ("GET", "http://127.0.0.1:1/apikeys?limit=500", Operation::Other),
        ("DELETE", "http://127.0.0.1:1/behind/apikeys/abc", Operation::DeleteApiKey),
        ("PATCH", "http://127.0.0.1:1/usageplans/abc", Operation::UpdateUsagePlan),
        ("PATCH", "http://127.0.0.1:1/usageplans/abc/keys/def/usage", Operation::Other),
        ("POST", "http://127.0.0.1:1/usageplans/abc/keys", Operation::CreateUsagePlanKey),
        ("GET", "http://127.0.0.1:1/restapis/abc/resources?embed=methods", Operation::GetResources),
    ] {
        assert_eq!(Operation::from_request(method, uri), operation, "{method} {uri}");
    }
}
