use std::time::Duration;

use super::*;

async fn seconds_for(calls: usize, operation: Operation, priority: Priority) -> f64 {
    let (pacer, start) = (Pacer::at_aws_rates(), Instant::now());
    for _ in 0..calls {
        drop(pacer.turn(operation, priority).await);
    }
    start.elapsed().as_secs_f64()
}

fn about(measured: f64, expected: f64) -> bool {
    (measured - expected).abs() < 0.05
}

#[tokio::test(start_paused = true)]
async fn each_operation_leaves_at_its_own_rate() {
    for (operation, calls, expected) in [
        (Operation::Other, 40, 0.0),
        (Operation::Other, 140, 10.0),
        (Operation::CreateApiKey, 5, 0.0),
        (Operation::CreateApiKey, 55, 10.0),
        (Operation::DeleteApiKey, 55, 10.0),
        (Operation::UpdateUsagePlan, 3, 40.0),
        (Operation::GetResources, 10, 2.0),
    ] {
        let measured = seconds_for(calls, operation, Priority::Asked).await;
        assert!(about(measured, expected), "{calls} {operation:?}: {measured} s, not {expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_leaves_a_part_of_the_burst_to_what_is_asked() {
    assert!(about(seconds_for(30, Operation::Other, Priority::Refresh).await, 0.0));
    let pacer = Pacer::at_aws_rates();
    for _ in 0..40 {
        drop(pacer.turn(Operation::Other, Priority::Asked).await);
    }
    let refresh =
        tokio::time::timeout(Duration::from_millis(900), pacer.turn(Operation::Other, Priority::Refresh));
    let asked = async {
        for _ in 0..8 {
            drop(pacer.turn(Operation::Other, Priority::Asked).await);
        }
    };
    let (refreshed, ()) = tokio::join!(refresh, asked);
    assert!(refreshed.is_err(), "a refresh went before what a person asked for");
}

#[tokio::test(start_paused = true)]
async fn keys_are_attached_one_at_a_time_even_on_loopback() {
    let pacer = Pacer::unpaced();
    let first = pacer.turn(Operation::CreateUsagePlanKey, Priority::Asked).await;
    let second = pacer.turn(Operation::CreateUsagePlanKey, Priority::Asked);
    assert!(tokio::time::timeout(Duration::from_secs(60), second).await.is_err());
    assert!(pacer.turn(Operation::CreateApiKey, Priority::Asked).await.is_none());
    drop(first);
    assert!(pacer.turn(Operation::CreateUsagePlanKey, Priority::Asked).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn nothing_waits_on_loopback() {
    let (pacer, start) = (Pacer::unpaced(), Instant::now());
    for _ in 0..1_000 {
        drop(pacer.turn(Operation::UpdateUsagePlan, Priority::Refresh).await);
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[test]
fn operations_are_told_by_method_and_path() {
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
        assert_eq!(Operation::of(method, uri), operation, "{method} {uri}");
    }
}
