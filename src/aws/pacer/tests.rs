//! Rates, priorities and turns, on a simulated clock.

use std::time::Duration;

use futures_util::FutureExt;

use super::*;

/// Returns how long `calls` take on a clock that only waiting advances.
fn seconds_for(calls: usize, operation: Operation, priority: Priority) -> f64 {
    let start = Instant::now();
    let (mut buckets, mut now) = (Buckets::new(start), start);
    for _ in 0..calls {
        while let Err(wait) = buckets.take_tokens(operation, priority, now) {
            now += wait;
        }
    }
    (now - start).as_secs_f64()
}

fn is_about(measured: f64, expected: f64) -> bool {
    (measured - expected).abs() < 0.05
}

#[test]
fn operations_are_paced_at_their_own_rates() {
    for (operation, calls, expected) in [
        (Operation::Other, 40, 0.0),
        (Operation::Other, 140, 10.0),
        (Operation::CreateApiKey, 5, 0.0),
        (Operation::CreateApiKey, 55, 10.0),
        (Operation::DeleteApiKey, 55, 10.0),
        (Operation::UpdateUsagePlan, 3, 40.0),
        (Operation::GetResources, 10, 2.0),
    ] {
        let measured = seconds_for(calls, operation, Priority::Interactive);
        assert!(is_about(measured, expected), "{calls} {operation:?}: {measured} s, not {expected}");
    }
}

#[test]
fn refreshes_leave_part_of_the_burst_to_interactive_calls() {
    assert!(is_about(seconds_for(30, Operation::Other, Priority::Refresh), 0.0));
    assert!(is_about(seconds_for(31, Operation::Other, Priority::Refresh), 0.1));
    let start = Instant::now();
    let mut buckets = Buckets::new(start);
    for _ in 0..40 {
        assert_eq!(buckets.take_tokens(Operation::Other, Priority::Interactive, start), Ok(()));
    }
    for tenth in 1..20 {
        let now = start + Duration::from_millis(100 * tenth);
        assert!(
            buckets.take_tokens(Operation::Other, Priority::Refresh, now).is_err(),
            "a refresh went first"
        );
        assert_eq!(buckets.take_tokens(Operation::Other, Priority::Interactive, now), Ok(()));
    }
}

#[test]
fn waiting_calls_take_no_tokens() {
    let start = Instant::now();
    let mut buckets = Buckets::new(start);
    assert_eq!(buckets.take_tokens(Operation::UpdateUsagePlan, Priority::Interactive, start), Ok(()));
    for _ in 0..100 {
        assert!(buckets.take_tokens(Operation::UpdateUsagePlan, Priority::Interactive, start).is_err());
    }
    for _ in 0..39 {
        assert_eq!(buckets.take_tokens(Operation::Other, Priority::Interactive, start), Ok(()));
    }
}

#[tokio::test]
async fn keys_are_attached_one_at_a_time_even_on_loopback() {
    let pacer = Pacer::unlimited();
    let first = pacer.wait_for_turn(Operation::CreateUsagePlanKey, Priority::Interactive).await;
    assert!(
        pacer.wait_for_turn(Operation::CreateUsagePlanKey, Priority::Interactive).now_or_never().is_none()
    );
    assert!(pacer.wait_for_turn(Operation::CreateApiKey, Priority::Interactive).now_or_never().is_some());
    drop(first);
    assert!(
        pacer.wait_for_turn(Operation::CreateUsagePlanKey, Priority::Interactive).now_or_never().is_some()
    );
}

#[tokio::test]
async fn loopback_calls_never_wait() {
    let pacer = Pacer::unlimited();
    for _ in 0..1_000 {
        assert!(pacer.wait_for_turn(Operation::UpdateUsagePlan, Priority::Refresh).now_or_never().is_some());
    }
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
